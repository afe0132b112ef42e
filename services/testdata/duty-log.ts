import type { Action } from '../core/action.ts'
import type { AlertPolicy } from '../core/alert-policy.ts'
import type { AlertRecord } from '../core/alert-record.ts'
import type { Commit } from '../core/commit.ts'
import type { RuleVerdict } from '../core/change.ts'
import type { Person } from '../core/person.ts'
import { actionOf, DutyCity, dutyPolicy, STAFF } from './duty-city.ts'
import { alertSaid, clockOf, openSaid, placeOf, said, STREETS, type Names } from './duty-facts.ts'
import { deedSaid, rankCalled, type Meaning } from './duty-words.ts'

const MINUTE = 60_000
const DAY = 1440 * MINUTE

/** How a day differs from the usual one. */
export interface DayOptions {
  readonly policy?: Partial<AlertPolicy>
  /** YAML of the rosters; '' for none at all. */
  readonly roster?: string
  /** Midnight at which the log begins, ISO with offset; the city's zone. */
  readonly midnight?: string
  readonly zone?: string
  /** People beside the usual staff. */
  readonly people?: ReadonlyMap<string, Person>
}

/** Chen, then Lin, for street A; Wang for B; commander Xu for the city, with supervisor Sun behind him; C has no roster. */
const ROSTER = `areas:
  '3201': { shifts: [{ people: [chen, lin] }] }
  '3202': { shifts: [{ people: [wang] }] }
  '32': { shifts: [{ people: [xu, sun] }] }
`

/**
 * Plays a duty officer's log. A line is a time and a sentence, or a sentence of the same time. Sentences tell what cells do (`A1 A2
 * turn red`) and what people do (`chen acknowledges 1: on my way`); and what must be true then: all that people are `told:`, and
 * what is `kept back:`, why somebody is `refused`, facts of an `alert 1:`, the end of the `record 1:`, which are `open:`. Between
 * two times there is a tick a minute. The log is played a second time with a restart before each tick, which
 * must give the same bytes. The answer is what was not as the log says.
 */
export function play(log: string, options: DayOptions = {}): readonly string[] {
  const once = new Day(options, false).play(log)
  const again = new Day(options, true).play(log)
  const isSame = JSON.stringify(again.commits) === JSON.stringify(once.commits)
  return [...once.wrong, ...(isSame ? [] : ['other bytes after restarts'])]
}

class Day {
  /** What was not as the log says. */
  readonly wrong: string[] = []
  readonly #city: DutyCity
  readonly #people: ReadonlyMap<string, Person>
  readonly #names: Names & Meaning
  #midnight: number
  #now: number
  #ticked: number
  #verdicts: RuleVerdict[] = []
  #actions: Action[] = []
  #acted = 0
  #said: AlertRecord
  /** Alerts by the order in which they were raised: `1`, and `H1` for those raised by hand. */
  readonly #ids = new Map<string, string>()
  #silence = ''

  constructor(options: DayOptions, restarts: boolean) {
    const { policy, roster = ROSTER, midnight, zone = 'Asia/Shanghai', people = new Map() } = options
    this.#people = new Map([...STAFF, ...people])
    this.#city = new DutyCity(dutyPolicy({ people: this.#people, ...policy }), restarts, zone)
    this.#midnight = Date.parse(midnight ?? '2026-11-22T00:00:00+08:00')
    this.#now = this.#midnight
    this.#ticked = this.#midnight
    this.#names = {
      time: (text) => this.#time(text),
      clock: (at) => clockOf(at, this.#midnight),
      area: (name) => this.#area(name),
      place: (code) => placeOf(code),
      alert: (name) => this.#ids.get(name) ?? name,
      name: (id) => [...this.#ids].find(([, each]) => each === id)?.[0] ?? id,
      silence: () => this.#silence,
    }
    this.#said = this.#city.last
    if (roster !== '') this.#act('zhao', { verb: 'roster', name: 'all', format: 'yaml', text: roster })
  }

  get commits(): readonly Commit[] {
    return this.#city.commits
  }

  play(log: string): this {
    for (const line of log.split('\n').map((text) => text.trim())) {
      const [, time, sentence = ''] = /^(?:(\d\d:\d\d(?::\d\d)?)\s+)?(.*)$/.exec(line) ?? []
      if (time !== undefined) this.#goTo(this.#time(time))
      if (sentence !== '') this.#hear(sentence)
    }
    this.#settle()
    return this
  }

  #hear(sentence: string): void {
    const [, kind = '', of = '', rest = ''] =
      /^(told|kept back|refused|alert|record|open|audit|notes|next day)(?: (\S+))?(?::\s*(.*))?$/.exec(
        sentence,
      ) ?? []
    if (kind !== '') return this.#check(kind, of, rest, sentence)
    const turn = /^((?:[ABC][1-4] ?)+) turn (\w+)(?: with (noise))?$/.exec(sentence)
    if (turn === null) {
      const [who = '', ...what] = sentence.split(' ')
      return this.#act(who, deedSaid(who, what.join(' '), this.#names))
    }
    const [, cells = '', colour = '', noise] = turn
    const rule = noise === undefined ? 'pm25-high' : 'noise-calls'
    const rank = rankCalled(colour)
    for (const cell of cells.trim().split(' '))
      this.#verdicts.push({ area: this.#index(cell), rule, rank, value: rank * 80, limit: rank * 75 })
  }

  #check(kind: string, of: string, rest: string, sentence: string): void {
    if (kind === 'next day') {
      this.#midnight += DAY
      return
    }
    this.#settle()
    const { alerts } = this.#city
    const words = rest === 'nobody' ? [] : rest.split(',').map((each) => each.trim())
    const wanted = kind === 'refused' ? [of, ...(rest === '' ? [] : [rest])] : words
    const found =
      kind === 'alert' || kind === 'record'
        ? alertSaid(kind, alerts.get(this.#names.alert(of)), wanted, this.#names)
        : kind === 'open'
          ? [openSaid(alerts, this.#names)]
          : said(kind, this.#said, this.#names)
    const shown = kind === 'refused' ? found.slice(0, wanted.length) : found
    const inOrder = (list: readonly string[]) =>
      kind === 'told' || kind === 'kept back' ? list.toSorted() : list
    if (inOrder(shown).join() !== inOrder(wanted).join())
      this.wrong.push(
        `${clockOf(this.#now, this.#midnight)} ${sentence} BUT ${found.join(', ') || 'nothing'}`,
      )
  }

  #act(who: string, deed: Action['deed']): void {
    const by = this.#people.get(who)
    if (by === undefined) throw new Error(`Nobody is called ${who}`)
    this.#actions.push(actionOf(++this.#acted, this.#now, by, deed))
  }

  /** Ticks every minute up to `time`, and takes it for the present. */
  #goTo(time: number): void {
    if (time <= this.#now) return
    // Before the first sentence nothing happened but that the rosters were read.
    if (this.#now === this.#midnight) this.#tick(time - MINUTE)
    else this.#settle()
    for (let at = this.#ticked + MINUTE - (this.#ticked % MINUTE); at < time; at += MINUTE) this.#tick(at)
    this.#now = time
  }

  /** The tick of the present, where it has not come or more happened since: then a second later. */
  #settle(): void {
    if (this.#ticked >= this.#now && this.#verdicts.length === 0 && this.#actions.length === 0) return
    if (this.#ticked >= this.#now) this.#now = this.#ticked + 1000
    this.#tick(this.#now)
  }

  #tick(at: number): void {
    this.#said = this.#city.tick(at, this.#verdicts, this.#actions)
    this.#verdicts = []
    this.#actions = []
    this.#ticked = at
    for (const { id, incident } of this.#said.alerts) {
      if (this.#names.name(id) !== id) continue
      const kind = incident === null ? 'H' : ''
      const others = [...this.#ids.keys()].filter((name) => name.startsWith('H') === (kind === 'H'))
      this.#ids.set(`${kind}${others.length + 1}`, id)
    }
    this.#silence = this.#said.silences.at(-1)?.id ?? this.#silence
  }

  #time(text: string): number {
    const [hours = 0, minutes = 0, seconds = 0] = text.split(':').map(Number)
    return this.#midnight + hours * 60 * MINUTE + minutes * MINUTE + seconds * 1000
  }

  #area(name: string): string {
    const street = STREETS.indexOf(name[0] ?? '') + 1
    if (street === 0 || !/^[ABC][1-4]?$/.test(name)) return name === 'city' ? '32' : name
    return `320${street}${name.length > 1 ? `00${name.slice(1)}` : ''}`
  }

  #index(name: string): number {
    return this.#city.plan.grid.indexOf(this.#area(name)) ?? -1
  }
}
