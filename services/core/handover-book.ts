import type { Action, Outcome } from './action.ts'
import { commentOf, fieldDenial, nameOf } from './alert-deed.ts'
import type { Handover } from './alert-record.ts'
import { remitDenial, type Denial } from './alert-transitions.ts'
import type { Office } from './alert-office.ts'
import type { StateEntry } from './commit.ts'
import { jsonEntry } from './json-entry.ts'
import { KeptKeys } from './kept-keys.ts'
import { isPermitted, rolesFor } from './permission.ts'

/** Notes that the state keeps, whatever their age. */
const MOST_NOTES = 5_000

/** Notes for the next shift, `o/` in the state. */
export class HandoverBook {
  readonly #office: Office
  readonly #kept = new KeptKeys('o/', MOST_NOTES)
  #notes: { readonly key: string; readonly note: Handover }[] = []

  constructor(office: Office) {
    this.#office = office
  }

  restore(entries: ReadonlyMap<string, Uint8Array>): void {
    this.#kept.restore(entries)
  }

  /** Takes a note; null for what is none. */
  act(at: number, { id, by, deed }: Action): Outcome | null {
    if (deed.verb !== 'handover') return null
    const area = nameOf(deed.area)
    const text = commentOf(deed)
    const denial = this.#denialOf(area, text, by)
    if (denial !== null) return { action: id, ...denial, subject: area }
    const note = { at, area, person: by.person, text }
    this.#notes.push({ key: this.#kept.key(at, id), note })
    return { action: id, code: null, parameters: {}, subject: area }
  }

  /** Notes of the tick, and the entries for the state. */
  take(before: number): { handovers: Handover[]; entries: StateEntry[] } {
    const notes = this.#notes
    this.#notes = []
    this.#kept.add(notes.map(({ key }) => key))
    const entries = notes.map(({ key, note }) => jsonEntry(key, note))
    return { handovers: notes.map(({ note }) => note), entries: [...entries, ...this.#kept.expire(before)] }
  }

  #denialOf(code: string, text: string, by: Action['by']): Denial | null {
    if (!isPermitted(by.role, 'handover')) {
      const expected = rolesFor('handover').join(' or ')
      return { code: 'AL-role', parameters: { role: by.role, person: by.person, verb: 'handover', expected } }
    }
    const area = this.#office.grid.indexOf(code)
    if (area === undefined) return fieldDenial('area', code, 'the code of an area')
    if (text === '') return fieldDenial('comment', '', 'what the next shift must know')
    return remitDenial(this.#office, by, [area])
  }
}
