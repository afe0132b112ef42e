import type { Alert, Entry, Scene } from './alert.ts'
import type { Actor } from './person.ts'

/** Lines of one record. */
export const MOST_ENTRIES = 500

/** Who wrote a line, why, and how the alert looked; the program, without a word, where nothing is given. */
interface Particulars {
  readonly by?: Actor
  /** Units concerned, where they are not the actor's own. */
  readonly unit?: string
  readonly comment?: string
  readonly scene?: Scene
}

/** The alert with one more line in its record, as it stands after the act. */
export function noted(alert: Alert, at: number, what: Entry['what'], of: Particulars = {}): Alert {
  const entry: Entry = {
    at,
    what,
    person: of.by?.person ?? '',
    role: of.by?.role ?? '',
    unit: of.unit ?? of.by?.unit ?? '',
    comment: of.comment ?? '',
    rank: alert.rank,
    ...(of.scene && { scene: of.scene }),
  }
  return { ...alert, record: bounded([...alert.record, entry]) }
}

/** Other systems were told of these, too (formats/cap-chain): without them what was given out would change. */
const TOLD: ReadonlySet<Entry['what']> = new Set(['condition-ended', 'merged'])

/** Lines go in this order when there are too many: the program's without a scene, notes, then any but the first and the last. */
function bounded(record: readonly Entry[]): readonly Entry[] {
  if (record.length <= MOST_ENTRIES) return record
  const routine = record.findIndex(
    ({ person, scene, what }) => person === '' && scene === undefined && !TOLD.has(what),
  )
  const note = record.findIndex(({ what }) => what === 'note')
  const least = [routine, note, 1].find((index) => index >= 0 && index < record.length - 1) ?? 1
  return record.toSpliced(least, 1)
}

/** Who did something last, and when; undefined when nobody did. */
export function lastBy(alert: Alert, what: Entry['what']): Entry | undefined {
  return alert.record.findLast((entry) => entry.what === what)
}
