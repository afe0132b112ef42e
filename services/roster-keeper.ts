import type { Config } from './config-schema.ts'
import type { Deed } from './core/action.ts'
import { alertPartition } from './core/alert-record.ts'
import { hintOf, messageOf, QingyuError, sentenceOf } from './core/errors.ts'
import { jsonOf } from './core/json-entry.ts'
import { SYSTEM, type Person } from './core/person.ts'
import type { Plan } from './core/plan.ts'
import { encodeAction } from './core/record.ts'
import type { KeptRoster } from './core/roster-book.ts'
import { directoryOf } from './core/roster-intake.ts'
import { forLog, type LoggedRoster } from './core/roster-log.ts'
import { warningsOf } from './core/roster-warnings.ts'
import type { Clock, Log, Random, State } from './ports.ts'

type RosterSetting = Config['rosters'][string]

/** What keeps rosters is made of. */
export interface RosterParts {
  readonly config: Pick<Config, 'rosters' | 'people'>
  readonly plan: Plan
  /** People as the policy knows them. */
  readonly people: ReadonlyMap<string, Person>
  readonly log: Pick<Log, 'append'>
  readonly state: Pick<State, 'entries'>
  readonly clock: Clock
  readonly random: Random
  /** The text behind file or url; rejects with a sentence that does not repeat a url. */
  readonly read: (source: Pick<RosterSetting, 'file' | 'url'>, signal: AbortSignal) => Promise<string>
  /** Hears each fault and warning once while it lasts. */
  readonly report: (sentence: string) => void
}

/** Rosters that are being kept. */
export interface RosterKeeper {
  /** Readings that failed so far. */
  readonly failures: number
  /** Ends; what is being appended settles. */
  stop(): Promise<void>
}

/** Reads the rosters of the configuration now and ever again, and puts those that changed into the log. Only the active alert stage may. */
export function keepRosters(parts: RosterParts): RosterKeeper {
  return new Keeper(parts)
}

const DAY = 86_400_000

class Keeper implements RosterKeeper {
  failures = 0
  readonly #parts: RosterParts
  readonly #stopping = new AbortController()
  readonly #timers = new Map<string, () => void>()
  readonly #rounds = new Set<Promise<void>>()
  /** What was put into the log last, by name: the state follows a tick later. */
  readonly #said = new Map<string, string>()
  /** Text as it was read last, and the day on which its warnings were looked for. */
  readonly #seen = new Map<string, { readonly text: string; readonly day: number }>()
  /** Faults that last, and what was warned of last, by name. */
  readonly #faults = new Map<string, string>()
  readonly #warned = new Map<string, string>()

  constructor(parts: RosterParts) {
    this.#parts = parts
    const { rosters } = parts.config
    this.#run('', () => this.#dropOthers(), null)
    for (const [name, setting] of Object.entries(rosters)) this.#begin(name, setting)
  }

  #begin(name: string, setting: RosterSetting): void {
    this.#run(name, () => this.#round(name, setting), setting.refresh)
  }

  /** One round; the next follows when it is over, so that a slow source is never asked twice at once. */
  #run(name: string, round: () => Promise<void>, refresh: number | null): void {
    const running = round()
      .catch((fault: unknown) => this.#failed(name, fault))
      .finally(() => {
        this.#rounds.delete(running)
        if (refresh === null || this.#stopping.signal.aborted) return
        const { clock } = this.#parts
        this.#timers.set(
          name,
          clock.at(clock.now() + refresh, () => this.#run(name, round, refresh)),
        )
      })
    this.#rounds.add(running)
  }

  async #round(name: string, setting: RosterSetting): Promise<void> {
    const { read, clock } = this.#parts
    const text = await read(setting, this.#stopping.signal).catch((fault: unknown) => {
      throw new QingyuError('RO-source', { roster: name, why: sentenceOf(fault) }, fault)
    })
    if (this.#stopping.signal.aborted) return
    const day = Math.floor(clock.now() / DAY)
    const seen = this.#seen.get(name)
    this.#seen.delete(name)
    if (seen?.text !== text || seen.day !== day) await this.#take(name, setting, text)
    this.#seen.set(name, { text, day })
    this.#faults.delete(name)
  }

  async #take(name: string, setting: RosterSetting, text: string): Promise<void> {
    const { plan, people, config } = this.#parts
    const world = { roster: name, grid: plan.grid, people, lenient: false }
    const logged = forLog(text, world, directoryOf(config.people), setting.area)
    const before = this.#said.get(name) ?? (await this.#kept()).get(name)?.text
    if (before !== logged.text) await this.#append(name, logged)
    this.#warn(name, logged)
  }

  /** Rosters as the state has them, by name. */
  async #kept(): Promise<ReadonlyMap<string, KeptRoster>> {
    const entries = await this.#parts.state.entries(alertPartition(this.#parts.plan), 'r/')
    return new Map([...entries].map(([key, value]) => [key.slice(2), jsonOf<KeptRoster>(value)]))
  }

  /** Takes away what this program read and the configuration no longer names. */
  async #dropOthers(): Promise<void> {
    for (const [name, { by, format }] of await this.#kept())
      if (by === SYSTEM.person && !(name in this.#parts.config.rosters))
        await this.#append(name, { format, text: '' })
  }

  async #append(name: string, { format, text }: Pick<LoggedRoster, 'format' | 'text'>): Promise<void> {
    const { log, clock, random } = this.#parts
    if (this.#stopping.signal.aborted) return
    const word = () => random.uint32().toString(16).padStart(8, '0')
    const deed: Deed = { verb: 'roster', name, format, text }
    await log.append(0, [encodeAction({ id: word() + word(), time: clock.now(), by: SYSTEM, deed })])
    this.#said.set(name, text)
  }

  #warn(name: string, { roster }: LoggedRoster): void {
    const { plan, clock } = this.#parts
    const warnings = warningsOf(name, roster, plan.grid, clock.now())
    // What is said of times moves with them; codes and lines are what a reader has seen before.
    const same = warnings.map(({ code, parameters }) =>
      [code, parameters['area'], parameters['line']].join(' '),
    )
    if (this.#warned.get(name) === same.join('; ')) return
    this.#warned.set(name, same.join('; '))
    for (const { code, parameters } of warnings)
      this.#parts.report(`${messageOf(code, parameters)}. ${hintOf(code, parameters)}`)
  }

  #failed(name: string, fault: unknown): void {
    if (this.#stopping.signal.aborted) return
    this.failures++
    const sentence = fault instanceof QingyuError ? `${fault.message}. ${fault.hint}` : sentenceOf(fault)
    if (this.#faults.get(name) === sentence) return
    this.#faults.set(name, sentence)
    this.#parts.report(sentence)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    for (const cancel of this.#timers.values()) cancel()
    await Promise.allSettled(this.#rounds)
  }
}
