import { badField } from './act-field.ts'
import type { Action, Outcome } from './action.ts'
import type { AlertPolicy } from './alert-policy.ts'
import type { StateEntry } from './commit.ts'
import { QingyuError } from './errors.ts'
import { jsonEntry, jsonOf } from './json-entry.ts'
import type { Plan } from './plan.ts'
import { byMaking, coverKey, coverOf, type KeptCover } from './roster-cover.ts'
import { stretchAt, type Stretch } from './roster-duty.ts'
import { readRoster, type RosterFormat } from './roster-read.ts'
import type { Cover, Roster, RosterWorld, Shift } from './roster-shift.ts'
import { warningsOf, type RosterWarning } from './roster-warnings.ts'
import type { OnDuty } from './roster.ts'
import { isName } from './topic.ts'

/** A roster as it stands in the state under `r/<name>`. */
export interface KeptRoster {
  readonly format: RosterFormat
  readonly text: string
  readonly by: string
  readonly at: number
}

const DAY = 86_400_000
/** Shifts are worked out for so long at once, ms. */
const CHUNK = 8 * DAY
/** Rosters, and covers that are kept; more are refused. */
const MOST_ROSTERS = 256
const MOST_COVERS = 10_000

interface Chunk {
  readonly from: number
  readonly shifts: readonly Shift[]
}

const NOBODY: readonly OnDuty[] = []

/** Who is on duty where, for any time: rosters as they were read, with covers laid over them. */
export class RosterBook {
  readonly #plan: Plan
  readonly #policy: AlertPolicy
  readonly #texts = new Map<string, KeptRoster>()
  readonly #rosters = new Map<string, Roster>()
  readonly #covers = new Map<string, KeptCover>()
  /** Rosters of an area, by name. */
  #byArea = new Map<number, readonly Roster[]>()
  readonly #coversOf = new Map<number, readonly Cover[]>()
  readonly #chunks = new Map<number, Chunk>()
  readonly #stretches = new Map<number, Stretch>()
  readonly #changed = new Map<string, StateEntry>()
  readonly #unreadable = new Map<string, RosterWarning>()

  constructor(plan: Plan, policy: AlertPolicy) {
    this.#plan = plan
    this.#policy = policy
  }

  /**
   * Takes up what `take` gave before. People and areas that the configuration no longer has are passed over here, so that a
   * roster outlives those who leave.
   */
  restore(entries: ReadonlyMap<string, Uint8Array>): void {
    for (const [key, value] of entries) {
      if (key.startsWith('r/')) {
        const kept = jsonOf<KeptRoster>(value)
        this.#texts.set(key.slice(2), kept)
        this.#reread(key.slice(2), kept)
      }
      if (key.startsWith('c/')) this.#covers.set(key, jsonOf<KeptCover>(value))
    }
    this.#index()
  }

  #reread(name: string, { format, text }: KeptRoster): void {
    try {
      this.#rosters.set(name, readRoster(format, text, { ...this.#world(name), lenient: true }))
    } catch (error) {
      if (!(error instanceof QingyuError)) throw error
      this.#unreadable.set(name, { code: error.code, parameters: error.parameters })
    }
  }

  #world(roster: string): RosterWorld {
    return { roster, grid: this.#plan.grid, people: this.#policy.people, lenient: false }
  }

  /** Takes a roster or a cover; null for another verb. A refused one changes nothing. */
  act(at: number, action: Action): Outcome | null {
    const { verb } = action.deed
    if (verb !== 'roster' && verb !== 'cover') return null
    try {
      const subject = this.#take(at, action)
      this.#index()
      return { action: action.id, code: null, parameters: {}, subject }
    } catch (error) {
      if (!(error instanceof QingyuError)) throw error
      return { action: action.id, code: error.code, parameters: error.parameters, subject: '' }
    }
  }

  #take(at: number, action: Action): string {
    const { deed } = action
    if (deed.verb === 'roster') return this.#takeRoster(at, action, deed.name, deed.format, deed.text)
    if (deed.verb !== 'cover') return ''
    const cover = coverOf(action, deed, at, this.#plan.grid, this.#policy.people)
    this.#forget(at)
    const key = coverKey(cover)
    if (this.#covers.size >= MOST_COVERS && !this.#covers.has(key))
      throw new QingyuError('RO-size', {
        roster: 'The book of duties',
        value: MOST_COVERS + 1,
        what: 'covers',
        most: MOST_COVERS,
      })
    this.#covers.set(key, cover)
    this.#change(key, cover)
    return cover.area
  }

  /** An empty text takes the roster away. */
  #takeRoster(at: number, { by }: Action, name: string, format: RosterFormat, text: string): string {
    if (by.role !== 'admin')
      throw new QingyuError('AL-role', {
        role: by.role,
        person: by.person,
        verb: 'roster',
        expected: 'admin',
      })
    if (typeof name !== 'string' || !isName(name))
      throw badField('name', name, 'a name of a-z, 0-9 and -, 1 to 64')
    if (typeof text !== 'string' || (format !== 'ical' && format !== 'yaml'))
      throw badField('format', format, 'ical or yaml, with a text')
    if (text === '') {
      this.#texts.delete(name)
      this.#rosters.delete(name)
      this.#unreadable.delete(name)
      this.#changed.set(`r/${name}`, jsonEntry(`r/${name}`, undefined))
      return name
    }
    if (this.#texts.size >= MOST_ROSTERS && !this.#texts.has(name))
      throw new QingyuError('RO-size', {
        roster: 'The book of duties',
        value: MOST_ROSTERS + 1,
        what: 'rosters',
        most: MOST_ROSTERS,
      })
    this.#rosters.set(name, readRoster(format, text, this.#world(name)))
    this.#unreadable.delete(name)
    const kept: KeptRoster = { format, text, by: by.person, at }
    this.#texts.set(name, kept)
    this.#change(`r/${name}`, kept)
    return name
  }

  #change(key: string, value: KeptRoster | KeptCover): void {
    this.#changed.set(key, jsonEntry(key, value))
  }

  /** Covers are kept as long as alerts are, so that reports can say who was on duty. */
  #forget(at: number): void {
    for (const [key, { to }] of this.#covers)
      if (to < at - this.#policy.historyMs) {
        this.#covers.delete(key)
        this.#changed.set(key, { key, value: null })
      }
  }

  /** What has to be written since the last call, by key. */
  take(): StateEntry[] {
    const entries = [...this.#changed.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
    this.#changed.clear()
    return entries
  }

  #index(): void {
    const byArea = new Map<number, Roster[]>()
    const names = [...this.#rosters.keys()].sort()
    for (const name of names) {
      const roster = this.#rosters.get(name)
      if (roster)
        for (const area of roster.areas.filter((known) => known >= 0))
          if (byArea.get(area)?.push(roster) === undefined) byArea.set(area, [roster])
    }
    this.#byArea = byArea
    const covers = new Map<number, Cover[]>()
    for (const [area, rosters] of byArea)
      covers.set(
        area,
        rosters.flatMap((roster) => roster.covers(area)),
      )
    for (const cover of [...this.#covers.values()].sort(byMaking)) {
      const area = this.#plan.grid.indexOf(cover.area)
      if (area === undefined) continue
      if (covers.get(area)?.push(cover) === undefined) covers.set(area, [cover])
    }
    this.#coversOf.clear()
    for (const [area, list] of covers) this.#coversOf.set(area, list)
    this.#chunks.clear()
    this.#stretches.clear()
  }

  #chunk(area: number, at: number): Chunk {
    const from = Math.floor(at / CHUNK) * CHUNK
    const known = this.#chunks.get(area)
    if (known?.from === from) return known
    const shifts = (this.#byArea.get(area) ?? [])
      .flatMap((roster) => roster.shifts(area, from, from + CHUNK))
      .filter(({ person }) => this.#policy.people.has(person))
    const chunk = { from, shifts }
    this.#chunks.set(area, chunk)
    return chunk
  }

  #stretch(area: number, at: number): Stretch {
    const known = this.#stretches.get(area)
    if (known !== undefined && known.from <= at && at < known.until) return known
    const { from, shifts } = this.#chunk(area, at)
    const covers = (this.#coversOf.get(area) ?? []).filter(({ person }) => this.#policy.people.has(person))
    const stretch = stretchAt(at, shifts, covers, [from, from + CHUNK])
    this.#stretches.set(area, stretch)
    return stretch
  }

  /** Whether a roster speaks of an area itself; somebody may have taken over one of which none does. */
  hasRoster(area: number): boolean {
    return this.#byArea.has(area)
  }

  #isKnown(area: number): boolean {
    return this.#byArea.has(area) || this.#coversOf.has(area)
  }

  /** An area's own roster at `at`, by order; for any time, past or future. Rate: per alert and area above it, once a stretch. */
  onDuty(area: number, at: number): readonly OnDuty[] {
    return this.#isKnown(area) ? this.#stretch(area, at).onDuty : NOBODY
  }

  /** Until when the answer of {@link onDuty} holds at least, ms; Infinity where nobody ever is. */
  nextChange(area: number, at: number): number {
    return this.#isKnown(area) ? this.#stretch(area, at).until : Infinity
  }

  /** Areas with a roster or a cover, ascending. */
  get areas(): readonly number[] {
    return [...new Set([...this.#byArea.keys(), ...this.#coversOf.keys()])].sort((a, b) => a - b)
  }

  /** Overlaps and gaps of the four weeks after `at`, and rosters that can no longer be read. */
  warnings(at: number): readonly RosterWarning[] {
    const names = [...this.#rosters.keys()].sort()
    const found = names.flatMap((name) => {
      const roster = this.#rosters.get(name)
      return roster === undefined ? [] : warningsOf(name, roster, this.#plan.grid, at)
    })
    return [...this.#unreadable.values(), ...found]
  }
}
