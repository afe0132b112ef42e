import type { Action, Outcome } from './action.ts'
import { commentOf, nameOf } from './alert-deed.ts'
import type { AuditLine } from './alert-record.ts'
import type { StateEntry } from './commit.ts'
import { jsonEntry } from './json-entry.ts'
import { KeptKeys } from './kept-keys.ts'
import { withoutNumbers } from './personal.ts'

/** Lines that the state keeps, whatever their age. */
const MOST_LINES = 50_000
const MOST_FROM = 64

/** Acts whose outcome stands in the notice itself; repeated, they change nothing. There are too many of them for a log of decisions. */
const TOLD_ELSEWHERE = new Set(['delivery', 'see'])

/** The audit log, `e/` in the state: who tried what when, and what came of it. It is also what knows which actions were applied already. */
export class AuditLog {
  readonly #kept = new KeptKeys('e/', MOST_LINES)
  /** Ids of the actions in it. */
  readonly #ids = new Set<string>()

  restore(entries: ReadonlyMap<string, Uint8Array>): void {
    this.#kept.restore(entries)
    for (const key of this.#kept.keys) this.#ids.add(idIn(key))
  }

  /** The actions that were not applied before, each once. */
  fresh(actions: readonly Action[]): readonly Action[] {
    const seen = new Set<string>()
    return actions.filter(({ id }) => !this.#ids.has(id) && !seen.has(id) && seen.add(id))
  }

  /** Takes the lines of a tick; what it keeps of them, and the entries for the state. */
  add(
    lines: readonly AuditLine[],
    at: number,
    before: number,
  ): { audit: AuditLine[]; entries: StateEntry[] } {
    const audit = lines.filter(({ verb }) => !TOLD_ELSEWHERE.has(verb))
    const entries = audit.map((line) => jsonEntry(this.#kept.key(at, line.id), line))
    this.#kept.add(entries.map(({ key }) => key))
    for (const { id } of audit) this.#ids.add(id)
    const gone = this.#kept.expire(before)
    for (const { key } of gone) this.#ids.delete(idIn(key))
    return { audit, entries: [...entries, ...gone] }
  }
}

/** Behind `e/`, the stamp and a stroke. */
function idIn(key: string): string {
  return key.slice('e/'.length + 9 + 1)
}

/** The line of an action whose book gives only its outcome. */
export function lineOf(at: number, { id, by, deed }: Action, { subject, code }: Outcome): AuditLine {
  const said = 'from' in deed && typeof deed.from === 'string' ? deed.from : commentOf(deed)
  const comment = withoutNumbers(said).slice(0, 'from' in deed ? MOST_FROM : undefined)
  const { person, role } = by
  return { at, id, person, role, verb: deed.verb, subject: nameOf(subject), comment, code }
}
