import type { Alert, AlertState, Entry } from './alert.ts'
import type { AuditLine } from './alert-record.ts'
import { STEPS } from './alert-transitions.ts'
import type { Notice } from './notice.ts'
import type { Knowledge } from './history-wire.ts'

/** Lines of one answer; beyond, the oldest of those that only say that somebody was told go first. */
const MOST_LINES = 2_000

type Line = Knowledge['lines'][number]

/** What the record of an alert, notices, deliveries, marks of having seen and refused acts say of who knew what when. */
export interface KnowledgeSource {
  readonly alert: Alert
  readonly notices: readonly Notice[]
  /** Of the audit log, lines about the alert. */
  readonly audit: readonly AuditLine[]
}

/** An alert as its record says it stood from a tick on. */
interface Stand {
  readonly at: number
  readonly state: AlertState
  readonly rank: number
}

/** State that a line of the record leads to, whatever it was before. */
const LEADS_TO: Readonly<Partial<Record<Entry['what'], AlertState>>> = {
  raise: 'raised',
  reopen: 'raised',
  acknowledge: 'acknowledged',
  dispatch: 'dispatched',
  handle: 'handled',
  verify: 'verified',
  close: 'closed',
}

/** State after a line of the record; `wasSent`: a unit or person was sent before. */
function stateAfter(before: AlertState, { what, role, comment }: Entry, wasSent: boolean): AlertState {
  const isFresh = before === 'raised' || before === 'acknowledged'
  if (what === 'report-in') return isFresh ? 'dispatched' : before
  if (what === 'reject') return wasSent ? 'dispatched' : 'acknowledged'
  // Only where nobody works on it; else it stays, and ends by itself.
  if (what === 'merged') return before === 'raised' && comment.startsWith('into:') ? 'closed' : before
  // A supervisor calls others without taking over the work.
  const isTaken = what === 'whistle' && role !== '' && STEPS.dispatch.roles.includes(role)
  if (isTaken) return before === 'raised' ? 'acknowledged' : before
  return LEADS_TO[what] ?? before
}

/** How an alert stood from tick to tick, by its record, oldest first; the last is as it stands. */
export function standsOf({ record, raised, rank }: Alert): readonly Stand[] {
  const stands: Stand[] = []
  let state: AlertState = 'raised'
  let wasSent = false
  for (const entry of record) {
    if (entry.what === 'reopen') wasSent = false
    state = stateAfter(state, entry, wasSent)
    if (entry.what === 'dispatch' || entry.what === 'report-in') wasSent = true
    stands.push({ at: entry.at, state, rank: entry.rank })
  }
  return stands.length === 0 ? [{ at: raised, state, rank }] : stands
}

/** How an alert stood at a time; undefined before it was raised. */
export function standAt(alert: Alert, at: number): Stand | undefined {
  return alert.raised > at ? undefined : standsOf(alert).findLast((stand) => stand.at <= at)
}

/** Who knew what when of one alert, oldest first. Notices that were kept back stand as `suppressed`, acts that were refused with their code. */
export function knowledgeOf({ alert, notices, audit }: KnowledgeSource): Knowledge {
  const stands = standsOf(alert)
  const stand = (at: number) => {
    const { rank, state } = stands.findLast((each) => each.at <= at) ?? stands[0] ?? alert
    return { rank, state }
  }
  const line = (at: number, of: Partial<Line> & Pick<Line, 'what'>): Line => {
    const silent = { person: '', role: '', channel: '', detail: '' }
    return { at, ...silent, ...of, ...stand(at) }
  }
  const marks = new Set(notices.map(({ seen, person }) => `${seen}/${person}`))
  const lines = [
    ...alert.record.map(({ at, what, person, role, unit, comment }) => {
      const detail = [unit, comment].filter((each) => each !== '').join(': ')
      return line(at, { what: what === 'raise' ? 'raised' : what, person, role, detail })
    }),
    ...notices.flatMap((notice) => toldIn(notice).map(({ at, ...of }) => line(at, of))),
    ...audit
      .filter(
        ({ at, person, code, verb }) => code !== null || (verb === 'see' && !marks.has(`${at}/${person}`)),
      )
      .map(({ at, person, role, verb, code }) =>
        line(at, { what: code === null ? 'seen' : verb, person, role, channel: 'desk', detail: code ?? '' }),
      ),
  ]
  return { alert: alert.id, lines: bounded(lines.sort((a, b) => a.at - b.at)) }
}

/** What a notice says: told, delivered or not, and seen. */
function toldIn(notice: Notice): Pick<Line, 'at' | 'what' | 'person' | 'channel' | 'detail'>[] {
  const { at, person, channel, occasion, state, by, why, settled, seen } = notice
  const to = { person, channel }
  if (state === 'suppressed') return [{ at, what: 'suppressed', ...to, detail: `${occasion}: ${by}` }]
  const told = [{ at, what: 'told', ...to, detail: `${occasion}: ${why}` }]
  if (settled !== null && state !== 'queued')
    told.push({
      at: settled,
      what: state === 'sent' ? 'delivered' : 'failed',
      ...to,
      detail: state === 'sent' ? '' : why,
    })
  if (seen !== null) told.push({ at: seen, what: 'seen', ...to, detail: '' })
  return told
}

function bounded(lines: readonly Line[]): readonly Line[] {
  let over = lines.length - MOST_LINES
  const routine = new Set(['told', 'delivered', 'suppressed'])
  return over <= 0 ? lines : lines.filter(({ what }) => !(routine.has(what) && over-- > 0)).slice(-MOST_LINES)
}

/** How an alert stood at a time, and who knew of it then. */
export interface KnownAlert {
  readonly alert: string
  readonly state: AlertState
  readonly rank: number
  /** Area index. */
  readonly area: number
  readonly since: number
  /** By person and channel, the first of each; `seen` null: not by then. */
  readonly told: readonly {
    readonly person: string
    readonly channel: string
    readonly at: number
    readonly state: 'queued' | 'sent' | 'failed' | 'suppressed'
    readonly seen: number | null
  }[]
}

/** What was known of an alert at a time; null where it was not open then. */
export function knownAt(alert: Alert, notices: readonly Notice[], at: number): KnownAlert | null {
  const stand = standAt(alert, at)
  if (stand === undefined || stand.state === 'closed') return null
  const told = new Map<string, KnownAlert['told'][number]>()
  for (const notice of notices.toSorted((a, b) => a.at - b.at)) {
    if (notice.at > at) continue
    const { person, channel, settled, state, seen } = notice
    const key = `${person}/${channel}`
    const isSeen = seen !== null && seen <= at
    const before = told.get(key)
    const then = state === 'suppressed' || (settled !== null && settled <= at) ? state : 'queued'
    if (before === undefined)
      told.set(key, { person, channel, at: notice.at, state: then, seen: isSeen ? seen : null })
    else if (isSeen && before.seen === null) told.set(key, { ...before, seen })
  }
  const { id, area } = alert
  return { alert: id, state: stand.state, rank: stand.rank, area, since: stand.at, told: [...told.values()] }
}
