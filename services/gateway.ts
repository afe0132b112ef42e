import { setMaxListeners } from 'node:events'
import type { Config } from './config-schema.ts'
import type { Ticks } from './core/align.ts'
import type { Occurrence, TickRecord } from './core/change.ts'
import { oldestOf, QingyuError, type ErrorCode } from './core/errors.ts'
import { Picture, type View } from './core/layer.ts'
import { RankHistory } from './core/layer-history.ts'
import type { Plan } from './core/plan.ts'
import type { ReplayView } from './core/replay-wire.ts'
import type { Score } from './core/score.ts'
import { NO_TOTALS, totalsOf, type Totals } from './core/summary.ts'
import type { Subscribe, Welcome } from './core/wire.ts'
import type { Desk } from './desk-port.ts'
import { Editions, type Issue } from './gateway-edition.ts'
import { Latency } from './gateway-latency.ts'
import { areaIndex, depthOf, textMessage } from './gateway-message.ts'
import type { Gateway, GatewayFigures, Message, WallLink, WallSession } from './gateway-port.ts'
import { beginning, rebuild } from './gateway-rebuild.ts'
import { MOST_AHEAD, PING_MS, Wall, type Admission, type Feed, type Told, type When } from './gateway-wall.ts'
import type { AlignedTick, Clock, State } from './ports.ts'

/** What the gateway is made of. */
export interface GatewayParts {
  readonly state: Pick<State, 'levelAt' | 'levels' | 'entry'>
  readonly ticks: Ticks
  readonly plan: Plan
  readonly epoch: string
  readonly config: Pick<Config, 'http' | 'state' | 'clock'>
  readonly clock: Clock
  /** What walls are told of incidents and alerts by; without one they are told of neither. */
  readonly desk?: Pick<Desk, 'board'>
  /** Occurrences of the hour before the feed begins, where that does not reach back so far. */
  readonly calls?: readonly Occurrence[]
  /** Of a replay or drill: how it stands, for every Welcome. */
  readonly replay?: () => ReplayView
  readonly demo: boolean
  /** Version of the program. */
  readonly program: string
  /** Told once when the feed breaks; the gateway is then no longer ready. */
  readonly report: (fault: unknown) => void
}

/** Starts to follow the state's changes and to serve walls. Returns at once; walls wait until the picture has caught up. */
export function startGateway(parts: GatewayParts): Gateway {
  return new Stage(parts)
}

class Stage implements Gateway, Feed, Issue {
  picture: Picture
  totals: Totals = NO_TOTALS
  ready = false
  records: AlignedTick['records'] = []
  private readonly parts: GatewayParts
  readonly history = new RankHistory()
  private readonly measured = new Latency()
  private readonly walls = new Set<Wall>()
  private readonly editions: Editions
  private readonly latest = new Map<number, TickRecord>()
  private readonly counters = { frames: 0, bytes: 0, missed: 0, closed: new Map<ErrorCode, number>() }
  private readonly stopping = new AbortController()
  private readonly started: Promise<void>
  private readonly running: Promise<void>
  private turnedAway = 0
  private cancelSweep: () => void

  constructor(parts: GatewayParts) {
    this.parts = parts
    // One listener a partition is no leak.
    setMaxListeners(0, this.stopping.signal)
    this.picture = this.blank()
    this.editions = new Editions(parts.plan, this)
    let began: () => void = () => undefined
    let failed: (fault: unknown) => void = () => undefined
    this.started = new Promise<void>((resolve, reject) => {
      began = resolve
      failed = reject
    })
    // Nobody need ask: readiness and `report` tell of the fault too.
    this.started.catch(() => undefined)
    this.running = this.follow(began).catch((fault: unknown) => {
      this.ready = false
      failed(fault)
      if (!this.stopping.signal.aborted) parts.report(fault)
    })
    this.cancelSweep = parts.clock.at(parts.clock.now() + PING_MS, () => this.sweep())
  }

  private async follow(began: () => void): Promise<void> {
    const { plan, config, ticks } = this.parts
    const goal = await ticks.newest()
    const from = beginning(goal, plan, config.state.resumeTicks)
    try {
      await this.followFrom(await ticks.begin(from), goal, began)
    } catch (fault) {
      if (oldestOf(fault) === undefined || this.ready) throw fault
      // A partition that was away for long has let go of what it did meanwhile: then without what walls could resume from.
      await this.followFrom(await ticks.begin(Infinity), goal, began)
    }
  }

  private blank(): Picture {
    const { plan, epoch, config } = this.parts
    return new Picture(plan.grid, epoch, config.state.resumeTicks)
  }

  private async followFrom(base: Score, goal: number, began: () => void): Promise<void> {
    this.picture = this.blank()
    await rebuild(this.picture, this.history, this.parts, base)
    if (goal <= base.at) this.open(began)
    for await (const tick of this.parts.ticks.after(base, this.stopping.signal)) {
      this.take(tick)
      if (!this.ready && tick.at >= goal) this.open(began)
      else if (this.ready && tick.more !== true) this.publish()
    }
    if (!this.stopping.signal.aborted)
      throw new QingyuError('GW-internal', { why: 'the feed of changes ended' })
  }

  private open(began: () => void): void {
    this.ready = true
    began()
    for (const wall of this.walls) wall.begin()
  }

  private take(tick: AlignedTick): void {
    this.totals = totalsOf(tick.records, this.latest)
    if (tick.at <= this.picture.tick) return
    this.history.note(this.picture, tick.at)
    this.picture.apply(tick)
    this.records = tick.records
    this.editions.clear()
  }

  private publish(): void {
    for (const wall of this.walls) wall.tick('fresh')
    // With the data's own clock ticks lie in the past, and the distance to now says nothing.
    if (this.walls.size > 0 && this.parts.config.clock.source === 'wall')
      this.measured.note(this.picture.tick, this.now(), this.totals.lag)
  }

  private sweep(): void {
    for (const wall of this.walls) wall.sweep()
    this.cancelSweep = this.parts.clock.at(this.now() + PING_MS, () => this.sweep())
  }

  get latency(): { readonly p50: number; readonly p99: number } | null {
    return this.measured.spread
  }

  get figures(): GatewayFigures {
    return { walls: this.walls.size, ...this.counters }
  }

  caughtUp(): Promise<void> {
    return this.started
  }

  now(): number {
    return this.parts.clock.now()
  }

  tick(): number {
    return this.picture.tick
  }

  connect(link: WallLink): WallSession | null {
    const most = this.parts.config.http.maxWalls
    if (this.stopping.signal.aborted) {
      link.close('GW-stopping', { retryAfter: 5 })
      return null
    }
    if (this.walls.size >= most) {
      // Spread over 25 s, so that those turned away do not come back together.
      const retryAfter = 5 + (this.turnedAway++ % 26)
      link.close('GW-full', { value: this.walls.size, most, retryAfter })
      this.count('GW-full')
      return null
    }
    const wall = new Wall(link, this)
    this.walls.add(wall)
    return wall
  }

  subscribe(wanted: Subscribe): Admission {
    const { plan, epoch, demo, program, config } = this.parts
    const top = areaIndex(plan.grid, wanted.area)
    const depth = wanted.depth === undefined ? plan.grid.levels.length - 1 : depthOf(plan.grid, wanted.depth)
    const view = this.picture.open(top, Math.max(depth, plan.grid.depths[top] ?? 0))
    const { resume } = wanted
    const resumed =
      resume !== undefined && resume.epoch === epoch && this.picture.reaches(resume.tick) ? resume.tick : null
    const welcome: Welcome = {
      type: 'welcome',
      epoch,
      grid: plan.grid.version,
      city: plan.grid.name,
      zone: plan.grid.zone,
      scheme: plan.scheme,
      demo,
      tickMs: plan.tickMs,
      ...(config.clock.source === 'data' && { past: true }),
      now: this.now(),
      resumed: resumed !== null,
      program,
      ...(config.http.gateways.length > 0 && { gateways: config.http.gateways }),
      ...(this.parts.replay && { replay: this.parts.replay() }),
    }
    const history = this.history.message(this.picture, view, plan.scheme)
    return { view, resumed, first: [textMessage(welcome), textMessage(history)] }
  }

  ahead({ resume }: Subscribe): boolean {
    const step = resume?.epoch === this.parts.epoch ? resume.tick - this.picture.tick : 0
    return step > 0 && step <= MOST_AHEAD
  }

  release(view: View): void {
    this.picture.close(view)
  }

  messages(view: View, from: number | null, missed: number, when: When): readonly Message[] {
    return this.editions.messages(view, from, missed, when)
  }

  board(view: View, seen: number): Told | null {
    const board = this.parts.desk?.board(view.top)
    return board === undefined || board.revision === seen ? null : board
  }

  counted(frames: number, bytes: number, missed: number): void {
    this.counters.frames += frames
    this.counters.bytes += bytes
    this.counters.missed += missed
  }

  closed(wall: Wall, code: ErrorCode | null): void {
    this.walls.delete(wall)
    if (code !== null) this.count(code)
  }

  private count(code: ErrorCode): void {
    this.counters.closed.set(code, (this.counters.closed.get(code) ?? 0) + 1)
  }

  async stop(): Promise<void> {
    this.stopping.abort()
    this.cancelSweep()
    for (const wall of this.walls) wall.end('GW-stopping', { retryAfter: 5 })
    this.ready = false
    await this.running
  }
}
