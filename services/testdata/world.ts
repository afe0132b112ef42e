import { ownAll } from '../adapters/ownership.embedded.ts'
import { VirtualClock } from '../adapters/clock.virtual.ts'
import { MemoryDisk } from '../adapters/disk.memory.ts'
import { MemoryLetters } from '../adapters/letters.memory.ts'
import { MemoryLog } from '../adapters/log.memory.ts'
import { MemoryState } from '../adapters/state.memory.ts'
import { seededRandom } from '../adapters/random.seeded.ts'
import { startAggregate, type Aggregate } from '../aggregate.ts'
import type { Plan } from '../core/plan.ts'
import { createIngest, type Ingest } from '../ingest.ts'
import type { Random } from '../ports.ts'

const START = Date.UTC(2026, 10, 22, 0, 0, 0)
const SETTINGS = {
  clock: { source: 'wall', tick: 1000, skew: 60_000, maxAge: 604_800_000, maxStep: 172_800_000 },
  limits: { batch: 1000, depth: 16, sources: 10_000, deadLetters: 1000 },
  log: { partitions: 4, retention: 604_800_000, maxSize: 2 ** 33, pending: 65_536 },
  http: { maxBody: 262_144 },
  mqtt: { maxPacket: 65_536 },
  vendors: {},
} as const

/** A payload on its way: its sender keeps it until it is acknowledged, and sends it again after a crash or by whim. */
interface Parcel {
  readonly source: string
  readonly bytes: Uint8Array
  /** Ids of the observations in it that ought to be taken. */
  readonly ids: readonly string[]
  commit: number
}

/** One process: made anew after each crash on what the disk kept. */
interface Process {
  readonly disk: MemoryDisk
  readonly log: MemoryLog
  readonly state: MemoryState
  readonly ingest: Ingest
  readonly aggregate: Aggregate
}

/**
 * The whole of ingest, log, aggregate and state in one deterministic process: virtual time, one queue of turns, a simulated
 * disk that fails and forgets, senders that repeat, reorder, delay and err. All chance comes from the seed.
 */
export class World {
  readonly plan: Plan
  readonly clock = new VirtualClock(START)
  /** Ids whose sender was told that they are safe. */
  readonly acknowledged = new Set<string>()
  /** How often the process died. */
  crashes = 0
  private readonly random: Random
  private readonly turns: (() => void)[] = []
  private process!: Process
  private waiting: Parcel[] = []
  private serial = 0
  private faults = 0
  /** A stage gave up: the program ends and is started again, as its supervisor would. */
  private broken = false

  constructor(plan: Plan, seed: number) {
    this.plan = plan
    this.random = seededRandom(seed)
  }

  get log(): MemoryLog {
    return this.process.log
  }

  get state(): MemoryState {
    return this.process.state
  }

  /** Starts the first process, or the next one on what the last left behind. */
  async start(): Promise<void> {
    const defer = (run: () => void) => void this.turns.push(run)
    const disk = new MemoryDisk({
      defer,
      fault: () => (this.faults > 0 && this.faults-- > 0 ? 'no space left' : undefined),
    })
    const { plan, clock } = this
    const before: Process | undefined = this.process
    const log =
      before?.log.reopen(disk) ??
      new MemoryLog(disk, { partitions: plan.partitions, epoch: '0011223344556677' })
    const state = before?.state.reopen(disk) ?? new MemoryState(disk, { partitions: plan.partitions })
    const ingest = createIngest({
      log,
      clock,
      plan,
      config: SETTINGS,
      deadLetters: new MemoryLetters(1000),
      program: 'test',
      defer,
    })
    const aggregate = startAggregate({ log, state, plan, ownership: ownAll(plan.partitions) })
    this.process = { disk, log, state, ingest, aggregate }
    this.broken = false
    aggregate.failed.catch(() => (this.broken = this.process.aggregate === aggregate))
    let started = false
    void ingest.start().then(() => (started = true))
    while (!started) await this.turn()
    ingest.onDurable(() => this.acknowledge())
  }

  /** Runs what waits in this turn, and lets promises settle. */
  async turn(): Promise<void> {
    for (const run of this.turns.splice(0)) run()
    await new Promise((resolve) => setImmediate(resolve))
  }

  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 4;) {
      quiet = this.turns.length === 0 ? quiet + 1 : 0
      await this.turn()
    }
  }

  /** One step of virtual time with whatever chance brings. */
  async step(): Promise<void> {
    const choice = this.chance(100)
    if (choice < 60) this.say()
    if (choice >= 60 && choice < 70) this.repeat()
    if (choice === 70) this.faults = 1
    this.clock.advance(50 + this.chance(400))
    for (let turns = this.chance(4); turns > 0; turns--) await this.turn()
    if (choice >= 97 || this.broken) await this.crash()
  }

  /** Kills the process between two turns: what was on its way to the disk survives in part or not at all. */
  async crash(): Promise<void> {
    this.crashes++
    this.process.disk.crash(this.random)
    this.turns.length = 0
    this.faults = 0
    this.waiting.forEach((parcel) => (parcel.commit = -1))
    this.clock.advance(this.chance(5000))
    await this.start()
    this.repeatAll()
  }

  /** Sends what is unacknowledged until nothing is, lets the last ticks come, stops. */
  async finish(): Promise<void> {
    this.faults = 0
    await this.settle()
    if (this.broken) await this.crash()
    while (this.waiting.length > 0) {
      this.repeatAll()
      this.clock.advance(500)
      await this.settle()
    }
    for (let i = 0; i < 60; i++) {
      this.clock.advance(1000)
      await this.settle()
    }
    let stopped = false
    void this.process.ingest.stop().then(() => (stopped = true))
    while (!stopped) await this.turn()
    await this.settle()
    stopped = false
    void this.process.aggregate.stop().then(() => (stopped = true))
    while (!stopped) await this.turn()
  }

  private chance(below: number): number {
    return this.random.uint32() % below
  }

  private say(): void {
    const observations = Array.from({ length: 1 + this.chance(4) }, () => this.observation())
    const bad = this.chance(12) === 0 ? [{ indicator: 'no.such', value: 1, time: this.clock.now() }] : []
    const source = `device-${this.chance(9)}`
    const bytes = new TextEncoder().encode(JSON.stringify([...observations, ...bad]))
    this.send({ source, bytes, ids: observations.map(({ id }) => id), commit: -1 })
  }

  private observation() {
    const { grid, indicators } = this.plan
    const indicator = indicators.list[this.chance(indicators.list.length)]
    const cells = grid.depths.reduce<number[]>(
      (list, depth, area) => (depth === grid.levels.length - 1 ? [...list, area] : list),
      [],
    )
    // One in twenty speaks of a street or the city as a whole.
    const area = this.chance(20) === 0 ? this.chance(grid.size) : (cells[this.chance(cells.length)] ?? 0)
    const behind = this.chance(30) === 0 ? 60_000 + this.chance(60_000) : this.chance(8000)
    const ahead = this.chance(40) === 0 ? this.chance(50_000) : 0
    const value = indicator?.kind === 'occurrence' ? 1 + this.chance(3) : this.chance(3000) / 10
    return {
      id: `${this.serial++}`,
      indicator: indicator?.code ?? '',
      value,
      time: this.clock.now() - behind + ahead,
      area: grid.codes[area] ?? '',
    }
  }

  private send(parcel: Parcel): void {
    const { ingest } = this.process
    const { commit } = ingest.accept(ingest.sender('acme', parcel.source), parcel.bytes)
    parcel.commit = commit
    if (!this.waiting.includes(parcel)) this.waiting.push(parcel)
  }

  /** A sender that is impatient sends what may well be in the log already, or what was acknowledged long ago. */
  private repeat(): void {
    const parcel = this.waiting[this.chance(Math.max(1, this.waiting.length))]
    if (parcel) this.send(parcel)
  }

  private repeatAll(): void {
    for (const parcel of this.waiting) this.send(parcel)
  }

  private acknowledge(): void {
    const { durable } = this.process.ingest
    const safe = (parcel: Parcel) => parcel.commit >= 0 && parcel.commit <= durable
    for (const parcel of this.waiting.filter(safe)) for (const id of parcel.ids) this.acknowledged.add(id)
    this.waiting = this.waiting.filter((parcel) => !safe(parcel))
  }
}
