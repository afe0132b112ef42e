import { createHttpServer, type HttpServer } from './adapters/http.fastify.ts'
import { MemoryLetters } from './adapters/letters.memory.ts'
import { MemoryRegistry } from './adapters/registry.memory.ts'
import { StagedCity } from './app-replay-city.ts'
import type { Config } from './config-schema.ts'
import type { AlertPolicy } from './core/alert-policy.ts'
import type { Plan } from './core/plan.ts'
import type { Keyframe } from './core/archive.ts'
import type { DrillScore, ReplayView } from './core/replay-wire.ts'
import { standingSources } from './core/surroundings.ts'
import { readPlanDocument, type PlanRead } from './plan-document.ts'
import type { Archive, Clock } from './ports.ts'
import { Drill } from './drill.ts'
import { NO_ACTS } from './replay-acts.ts'
import { ReplayDesk } from './replay-desk.ts'
import type { FromReplay, ReplaySetting, ToReplay, VerbCall } from './replay-message.ts'
import { Reel, type Beginning } from './replay-reel.ts'
import { forwardedSignIn } from './replay-sign-in.ts'
import { ReplayWalls } from './replay-walls.ts'
import { Replay } from './replay.ts'
import { Reports } from './reports.ts'
import { standIn } from './stand-in.ts'
import { toTell } from './thread.ts'

/** Ticks that are played at most before a moment is shown, beside those since the keyframe: longer windows begin cold in charts, never in colours. */
const MOST_WARM = 1_200
/** While it plays, where it stands is told so often, ms. */
const TELL_MS = 500

/** What a session needs of its thread. */
export interface SessionAround {
  readonly archive: Archive
  readonly clock: Clock
  readonly post: (message: FromReplay) => void
}

/** A session with its server. */
export interface OpenSession {
  readonly view: ReplayView
  hear(message: ToReplay): Promise<void>
  close(): Promise<void>
}

function warmthOf({ rules, tickMs }: Plan): number {
  const longest = Math.max(0, ...rules.rules.map(({ windowMs }) => windowMs))
  return Math.min(Math.max(longest, 2 * tickMs), MOST_WARM * tickMs)
}

/** People as this installation calls them: an archive names nobody. */
function named(policy: AlertPolicy, names: ReplaySetting['names']): AlertPolicy {
  const people = [...policy.people].map(
    ([id, person]) => [id, { ...person, name: names[id] ?? person.name }] as const,
  )
  return { ...policy, people: new Map(people) }
}

/** Nobody is named on a wall. */
const forWalls = (view: ReplayView): ReplayView => ({ ...view, by: '' })

/** Plans of the archive by their hash; those in use are kept. */
class Plans {
  readonly #archive: Archive
  readonly #read = new Map<string, Promise<PlanRead>>()

  constructor(archive: Archive) {
    this.#archive = archive
  }

  get(hash: string): Promise<PlanRead> {
    const known = this.#read.get(hash) ?? this.#archive.plan(hash).then(readPlanDocument)
    this.#read.clear()
    this.#read.set(hash, known)
    return known
  }
}

class Session implements OpenSession {
  readonly #setting: ReplaySetting
  readonly #around: SessionAround
  readonly #plans: Plans
  readonly #reel: Reel
  #city: StagedCity | null = null
  #walls: ReplayWalls | null = null
  #desk: ReplayDesk | null = null
  #replay: Replay | null = null
  #server: HttpServer | null = null
  readonly #drill: Drill | null
  /** Plan in force, as it was read last. */
  #read: PlanRead | null = null
  #cancelTelling: () => void = () => undefined

  constructor(setting: ReplaySetting, around: SessionAround, reel: Reel) {
    this.#setting = setting
    this.#around = around
    this.#reel = reel
    this.#plans = new Plans(around.archive)
    this.#drill = setting.named.kind === 'drill' ? new Drill(setting.people) : null
  }

  get view(): ReplayView {
    if (this.#replay === null) throw new Error('the session is not open yet')
    return this.#replay.view
  }

  async open(): Promise<void> {
    const { named: of, at, to, rate, playing } = this.#setting
    this.#replay = await Replay.open(
      {
        reel: this.#reel,
        clock: this.#around.clock,
        named: of,
        to,
        rate,
        warmth: async (plan) => warmthOf((await this.#plans.get(plan)).plan),
        raise: (begin) => this.#raise(begin),
        show: (city) => this.#show(city as StagedCity),
        changed: (view) => this.#tell(view),
        ...(this.#drill && { begin: (keyframe) => this.#begin(keyframe) }),
      },
      at,
    )
    await this.#serve()
    if (playing) await this.#replay.play()
    this.#tellLater()
  }

  /** The drill takes over from what was. */
  #begin(keyframe: Keyframe): Keyframe {
    const [read, city] = [this.#read, this.#city]
    if (read === null || city === null || this.#drill === null) throw new Error('no city is shown yet')
    return this.#drill.begin(city.plan, read.policy, keyframe)
  }

  async #raise({ keyframe, plan: hash }: Beginning): Promise<StagedCity> {
    const read = await this.#plans.get(hash)
    const { plan, config } = read
    this.#read = read
    const { program } = this.#setting
    this.#drill?.assertOwn(keyframe, this.#city)
    const policy = this.#drill?.policyOf(read.policy) ?? read.policy
    return StagedCity.raise(
      {
        plan,
        policy,
        config: this.#configOf(config),
        program,
        clock: this.#around.clock,
        epoch: this.#reel.epoch,
        windowMs: warmthOf(plan),
        acts: this.#drill?.acts ?? NO_ACTS,
        view: () => forWalls(this.view),
        fail: (fault) => this.#around.post({ what: 'failed', fault: toTell(fault) }),
      },
      keyframe,
    )
  }

  /** The city's own settings with those of this installation's server; its time is that of the tick shown. */
  #configOf(config: Config): Config {
    const { http, state } = this.#setting
    return { ...config, http, state, clock: { ...config.clock, source: 'data' } }
  }

  #show(city: StagedCity): Promise<void> {
    this.#city = city
    this.#walls?.show(city.gateway)
    this.#desk?.show(city.desk)
    return Promise.resolve()
  }

  #tell(view: ReplayView): void {
    this.#drill?.hear(view)
    this.#around.post({ what: 'view', view })
    this.#walls?.say(forWalls(view))
  }

  #tellLater(): void {
    const { clock, post } = this.#around
    this.#cancelTelling = clock.at(clock.now() + TELL_MS, () => {
      if (this.view.state === 'playing') post({ what: 'view', view: this.view })
      this.#tellLater()
    })
  }

  /** What the desk of a session is made of: nobody signs in here, and nothing is sent from here. */
  #door(desk: ReplayDesk, plan: Plan, policy: AlertPolicy) {
    return {
      desk: desk.desk,
      signIn: forwardedSignIn,
      registry: new MemoryRegistry(this.#around.clock),
      policy: named(policy, this.#setting.names),
      standing: () => standingSources(plan.registrations, plan.grid),
      capOf: () => '',
      push: null,
      waysTo: () => [],
      secure: false,
    }
  }

  async #serve(): Promise<void> {
    const city = this.#city
    if (city === null) throw new Error('no city is shown yet')
    const { socket, web, program } = this.#setting
    const read = await this.#plans.get(await this.#reel.planAt(city.at))
    const { config } = read
    const policy = this.#drill?.policyOf(read.policy) ?? read.policy
    const { plan } = city
    const shown = () => this.#city ?? city
    const state = standIn(() => shown().state)
    const desk = new ReplayDesk(city.desk)
    this.#desk = desk
    this.#walls = new ReplayWalls(city.gateway)
    this.#server = createHttpServer({
      config: this.#configOf(config),
      plan,
      gateway: this.#walls,
      intake: null,
      hotline: null,
      state,
      log: standIn(() => shown().log),
      letters: new MemoryLetters(0),
      clock: this.#around.clock,
      desk: this.#door(desk, plan, policy),
      reports: new Reports({ state, plan, policy }),
      sources: [],
      listener: null,
      demo: config.demo.enabled,
      program,
      web,
      socket,
      logger: { error: (fault: unknown) => this.#around.post({ what: 'fault', fault: toTell(fault) }) },
    })
    await this.#server.listen()
  }

  async hear(message: ToReplay): Promise<void> {
    if (message.what === 'close') return this.close()
    const { call } = message
    const { post } = this.#around
    try {
      if (message.what === 'score') post({ what: 'scored', call, score: await this.#score() })
      else post({ what: 'done', call, view: await this.#do(message.verb) })
    } catch (fault) {
      post({ what: 'refused', call, fault: toTell(fault) })
    }
  }

  async #score(): Promise<DrillScore> {
    const [drill, city, read] = [this.#drill, this.#city, this.#read]
    if (drill === null || city === null || read === null) throw new Error('this is no drill, or not open yet')
    return drill.score(city.desk, this.view, { plan: city.plan, policy: read.policy }, this.#around.archive)
  }

  async #do(call: VerbCall): Promise<ReplayView> {
    const replay = this.#replay
    if (replay === null) throw new Error('the session is not open yet')
    this.#drill?.assertForward(call, replay.view)
    const { verb, body } = call
    switch (verb) {
      case 'play':
        return replay.play(body.rate)
      case 'pause':
        return replay.pause()
      case 'seek':
        return replay.seek(body.at)
      case 'step':
        return replay.step(body.ticks)
      case 'rate':
        return replay.rate(body.rate)
      case 'loop':
        return replay.loop(body.from === null ? null : body)
    }
  }

  async close(): Promise<void> {
    this.#cancelTelling()
    await this.#replay?.close()
    await this.#server?.close()
    await this.#around.archive.close()
  }
}

/** Opens a session and its server. RY-future, RY-field, AV-gap, AV-plan, AV-file. */
export async function openSession(setting: ReplaySetting, around: SessionAround): Promise<OpenSession> {
  const session = new Session(setting, around, await Reel.open(around.archive, setting.at))
  await session.open()
  return session
}
