import { setImmediate as nextTurn } from 'node:timers/promises'
import { ReplayLog } from './adapters/log.replay.ts'
import { systemRandom } from './adapters/random.system.ts'
import { ReplayState } from './adapters/state.replay.ts'
import type { Config } from './config-schema.ts'
import type { AlertPolicy } from './core/alert-policy.ts'
import type { Keyframe, TickSlice } from './core/archive.ts'
import { CityMachine } from './core/city-machine.ts'
import type { AlignedTick } from './core/commit.ts'
import { decodeMeta, META_KEY } from './core/partition-meta.ts'
import type { Plan } from './core/plan.ts'
import type { ReplayView } from './core/replay-wire.ts'
import { RosterBook } from './core/roster-book.ts'
import { keptRules, RULES_KEY } from './core/rules-of-log.ts'
import { planUnder, ruleSetOf } from './core/rule-set.ts'
import { startDesk } from './desk.ts'
import type { Desk } from './desk-port.ts'
import type { Gateway } from './gateway-port.ts'
import { startGateway } from './gateway.ts'
import type { Clock } from './ports.ts'
import type { ReplayActs } from './replay-acts.ts'
import type { ReplayCity } from './replay-player.ts'
import { ReplayTicks } from './replay-ticks.ts'

/** What a city of a session is made of. */
export interface CitySetting {
  readonly plan: Plan
  readonly policy: AlertPolicy
  readonly config: Config
  readonly epoch: string
  readonly program: string
  /** Records are held so long, ms, for questions about the evidence. */
  readonly windowMs: number
  readonly clock: Clock
  readonly acts: ReplayActs
  readonly view: () => ReplayView
  /** Told once when walls or desk can no longer follow. */
  readonly fail: (fault: unknown) => void
}

/** A city that is played in memory, with a gateway and a desk that follow it as they follow a live one. */
export class StagedCity implements ReplayCity {
  readonly tickMs: number
  readonly grid: string
  readonly plan: Plan
  readonly state: ReplayState
  readonly log: ReplayLog
  readonly gateway: Gateway
  readonly desk: Desk
  readonly #setting: CitySetting
  readonly #machine: CityMachine
  readonly #ticks: ReplayTicks
  #played: AlignedTick[] = []
  #hasNews = false

  private constructor(setting: CitySetting, begin: Keyframe | null) {
    const { policy, config, epoch, program, windowMs, clock, acts, view, fail } = setting
    const kept = keptRules(begin?.parts[0]?.entries.get(RULES_KEY))?.inForce
    const plan = kept ? planUnder(setting.plan, ruleSetOf(kept.book)) : setting.plan
    const { partitions } = plan
    this.#setting = setting
    this.tickMs = plan.tickMs
    this.grid = plan.grid.version
    this.plan = plan
    this.#machine = new CityMachine(setting.plan, { policy, plays: (action) => acts.plays(action) }, begin)
    this.log = new ReplayLog({ partitions, epoch, windowMs })
    this.state = new ReplayState(plan, this.log, { machine: this.#machine, begin })
    const duty = (entries: ReadonlyMap<string, Uint8Array>) => {
      const book = new RosterBook(plan, policy)
      book.restore(entries)
      return book
    }
    const { state } = this
    const random = systemRandom()
    this.desk = startDesk({ state, log: acts, plan, policy, clock, random, duty, report: fail })
    this.#ticks = new ReplayTicks(partitions, begin?.at ?? 0)
    this.gateway = startGateway({
      state,
      ticks: this.#ticks,
      plan,
      epoch,
      config,
      clock,
      desk: this.desk,
      program,
      calls: begin?.calls ?? [],
      replay: view,
      demo: config.demo.enabled,
      report: fail,
    })
  }

  /** Resolves once walls and desk stand where the machine begins. */
  static async raise(setting: CitySetting, begin: Keyframe | null): Promise<StagedCity> {
    const city = new StagedCity(setting, begin)
    await Promise.all([city.gateway.caughtUp(), city.desk.caughtUp()])
    return city
  }

  get at(): number {
    return this.#machine.at
  }

  get rules(): string {
    return decodeMeta(this.#machine.entry(0, META_KEY))?.rules ?? this.plan.rules.version
  }

  play(slice: TickSlice): void {
    const own = this.#setting.acts.take(slice)
    if (own !== null) this.#machine.play(own)
    this.log.take(slice)
    for (const played of this.#machine.play(slice)) {
      this.state.take(played)
      this.#played.push(played.tick)
      this.#hasNews ||= played.alert !== null
    }
  }

  async tell(): Promise<void> {
    const played = this.#played
    this.#played = []
    // The desk follows by itself: what it has to say of these ticks goes to walls with them.
    if (this.#hasNews) await nextTurn()
    this.#hasNews = false
    await this.#ticks.tell(played)
  }

  keyframe(): Keyframe | undefined {
    return this.#machine.keyframe()
  }

  async stop(): Promise<void> {
    await this.gateway.stop()
    await this.desk.stop()
  }
}
