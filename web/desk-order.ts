import type { Deadline } from '../services/core/alert.ts'
import type { AlertRow } from '../services/core/desk-wire.ts'
import { UNKNOWN } from '../services/core/level.ts'
import { byUrgency } from '../services/core/urgency.ts'

/** What of the list is wanted. */
export interface Filter {
  readonly whose: 'mine' | 'all' | 'closed'
  /** Least rank; 0 for every one. */
  readonly rank: number
  /** '' for every one. */
  readonly category: string
  /** Part of a place's or category's name, a code, or a number as `#3`; '' for every one. */
  readonly text: string
}

/** Nothing left out. */
export const ANY: Filter = { whose: 'mine', rank: 0, category: '', text: '' }

const grave = (rank: number): number => (rank === UNKNOWN ? 0.5 : rank)

/** The clock that matters: one that ran out before those that run, then the earliest. */
export function clockOf(row: Pick<AlertRow, 'deadlines'>): Deadline | null {
  return row.deadlines.find((one) => one.overdue) ?? row.deadlines[0] ?? null
}

/** Whether time has run out, by the server's clock as it is now: a page must not wait for news of it. */
export function isOverdue(row: Pick<AlertRow, 'deadlines'>, now: number): boolean {
  return row.deadlines.some((one) => one.overdue || one.due <= now)
}

/** Open ones in the order that the server and the walls have, closed ones newest first behind them. */
export function byNeed(a: AlertRow, b: AlertRow): number {
  if (a.closed === null && b.closed === null) return byUrgency(a, b)
  return Number(a.closed !== null) - Number(b.closed !== null) || (b.closed ?? 0) - (a.closed ?? 0)
}

/** The rank to show: of what is over, how grave it was. */
export function rankShown({ rank, peak, closed }: Pick<AlertRow, 'rank' | 'peak' | 'closed'>): number {
  return closed !== null || rank === 0 ? peak : rank
}

function speaksOf(row: AlertRow, text: string): boolean {
  const wanted = text.trim().toLowerCase()
  if (/^#\d+$/.test(wanted)) return row.number === Number(wanted.slice(1))
  const said = [
    row.headline,
    row.name,
    row.area.name,
    row.area.code,
    row.worst.area.name,
    row.worst.area.code,
    row.id,
  ]
  return said
    .flatMap((part) => (typeof part === 'string' ? [part] : [part.zh, part.en]))
    .some((part) => part.toLowerCase().includes(wanted))
}

/** Whether a row is wanted by a filter. */
export function passes(row: AlertRow, filter: Filter): boolean {
  if ((filter.whose === 'closed') !== (row.closed !== null)) return false
  if (filter.whose === 'mine' && !row.mine) return false
  if (filter.rank > 0 && grave(rankShown(row)) < filter.rank) return false
  if (filter.category !== '' && row.category !== filter.category) return false
  return filter.text.trim() === '' || speaksOf(row, filter.text)
}

/** Share of a duty's time that is gone, 0 to 1; `from`: when its clock began. */
export function spent(due: number, from: number, now: number): number {
  return due <= from ? 1 : Math.min(1, Math.max(0, (now - from) / (due - from)))
}

/**
 * What the sound is for: alerts that turned to the gravest rank since `before` or are new with it, and those that newly concern
 * me or climbed the ladder to me. Drills sound, too: they are there to be answered.
 */
export function alarming(
  before: ReadonlyMap<string, AlertRow>,
  after: readonly AlertRow[],
  gravest: number,
  me: string,
): readonly AlertRow[] {
  const told = (row: AlertRow | undefined): boolean => row?.onDuty.includes(me) === true
  return after.filter((row) => {
    if (row.closed !== null || row.shelved !== null || row.mutedBy !== '') return false
    const was = before.get(row.id)
    const red = row.rank === gravest && row.rank !== UNKNOWN && was?.rank !== gravest
    const mine = row.mine && was?.mine !== true
    const climbed = was !== undefined && row.step > was.step && told(row) && !told(was)
    return red || mine || climbed
  })
}

/** Rows by a key, in the order in which each key first came. */
export function grouped<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): readonly (readonly [string, readonly Row[]])[] {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const known = groups.get(keyOf(row))
    if (known === undefined) groups.set(keyOf(row), [row])
    else known.push(row)
  }
  return [...groups]
}
