import type { Alert, AlertState, Entry, Scene } from '../core/alert.ts'
import type { Rank } from '../core/level.ts'
import type { Plan } from '../core/plan.ts'
import { zoneOffset } from '../core/schedule.ts'
import { sceneOf } from '../core/scene.ts'

/** One message of the chain by which other systems are told of an alert (CAP 1.2): all that its XML is made from. */
export interface CapMessage {
  /** City, alert and tick: the same from every gateway, at every time. */
  readonly identifier: string
  readonly sender: string
  /** The tick, ms; and as it stands in the message, in the city's zone with its offset. */
  readonly at: number
  readonly sent: string
  readonly msgType: 'Alert' | 'Update' | 'Cancel'
  /** `sender,identifier,sent` of all messages since the last Alert that this one replaces, oldest first. */
  readonly references: readonly string[]
  readonly alert: Alert
  readonly state: AlertState
  readonly rank: Rank
  /** It became graver since the message before. */
  readonly rising: boolean
  readonly scene: Scene
}

/** A date and time as CAP wants it: seconds, and the offset in digits, never `Z` (3.3.2). */
export function capTime(zone: string, at: number): string {
  const offset = zoneOffset(zone, at)
  const local = new Date(at + offset).toISOString().slice(0, 19)
  const minutes = Math.abs(offset) / 60_000
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0')
  return `${local}${offset < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`
}

/** What an entry of the record makes of the state; undefined where it leaves it. */
const STATE_AFTER: Partial<Readonly<Record<Entry['what'], AlertState>>> = {
  raise: 'raised',
  reopen: 'raised',
  acknowledge: 'acknowledged',
  dispatch: 'dispatched',
  reject: 'dispatched',
  handle: 'handled',
  verify: 'verified',
  close: 'closed',
}

/** How an alert stood after one tick of its record. */
interface Standing {
  readonly at: number
  readonly state: AlertState
  readonly rank: Rank
  readonly scene: Scene
  /** Its condition is over. */
  readonly over: boolean
  /** Something that other systems are told of changed. */
  readonly changed: boolean
}

/** An alert that became part of another is over, too; one that is reopened stands as when it was raised. */
function isOver(before: boolean, { what, comment }: Entry): boolean {
  if (what === 'condition-ended' || (what === 'merged' && comment.startsWith('into:'))) return true
  return before && what !== 'condition-back' && what !== 'reopen'
}

function after(before: Standing, entry: Entry): Standing {
  const state = STATE_AFTER[entry.what] ?? before.state
  const fresh = entry.at > before.at
  return {
    at: entry.at,
    state,
    // Once the condition is over the rank is 0: messages go on to say how grave it was.
    rank: entry.rank > 0 ? entry.rank : before.rank,
    scene: entry.scene ?? before.scene,
    over: isOver(before.over, entry),
    changed: (!fresh && before.changed) || state !== before.state || isSeen(entry),
  }
}

const isSeen = ({ what }: Entry) => what === 'severity' || what === 'moved'

/** How an alert stood after each tick at which something was written into its record, and where the record is short, at its end. */
function standings(alert: Alert, plan: Plan): Standing[] {
  const scene = alert.record.find((entry) => entry.scene !== undefined)?.scene ?? sceneOf(plan.grid, alert)
  const rank = alert.record.find((entry) => entry.rank > 0)?.rank ?? alert.rank
  const first: Standing = { at: alert.raised, state: 'raised', rank, scene, over: false, changed: true }
  const found: Standing[] = []
  let last = first
  for (const entry of alert.record) {
    if (entry.at > last.at) found.push(last)
    last = after(last, entry)
  }
  found.push(last)
  const end = alert.closed ?? alert.ended
  if (end !== null && end > last.at && !last.over && last.state !== 'closed')
    found.push({ ...last, at: end, over: true, state: alert.closed === null ? last.state : 'closed' })
  return found
}

/** What a sender of CAP messages is called on the wire: without the characters that would break references (3.2.1). */
export function capWord(text: string): string {
  return text.replace(/[\s,<&]+/g, '-')
}

/**
 * The chain of messages of an alert, oldest first: an Alert when it is raised (or its condition comes back), an Update when its
 * level, outline or state changes, a Cancel when its condition is over or it is closed. A function of the alert's record, so that
 * every gateway gives the same messages, and of its beginning alone, so that a message never changes.
 */
export function capMessages(alert: Alert, plan: Plan, sender: string): CapMessage[] {
  const messages: CapMessage[] = []
  const by = capWord(sender)
  let references: string[] = []
  let before: Standing | null = null
  for (const standing of standings(alert, plan)) {
    const lives = !standing.over && standing.state !== 'closed'
    const msgType = lives ? (before === null ? 'Alert' : 'Update') : 'Cancel'
    if ((!lives && before === null) || (msgType === 'Update' && !standing.changed)) continue
    if (msgType === 'Alert') references = []
    const { at, state, rank, scene } = standing
    const identifier = `${capWord(plan.grid.city)}-${alert.id}-${at.toString(36)}`
    const sent = capTime(plan.grid.zone, at)
    const rising = before !== null && rank > before.rank
    messages.push({
      identifier,
      sender: by,
      at,
      sent,
      msgType,
      references,
      alert,
      state,
      rank,
      rising,
      scene,
    })
    references = [...references, `${by},${identifier},${sent}`]
    before = lives ? standing : null
  }
  return messages
}
