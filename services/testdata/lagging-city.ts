import { VirtualClock } from '../adapters/clock.virtual.ts'
import { MemoryDisk } from '../adapters/disk.memory.ts'
import { seededRandom } from '../adapters/random.seeded.ts'
import { MemoryState } from '../adapters/state.memory.ts'
import { ByteWriter } from '../core/bytes.ts'
import { encodeTickRecord, type Change, type Occurrence, type ReadingUpdate } from '../core/change.ts'
import { encodeLevel, levelKey } from '../core/level-table.ts'
import { ownersOf } from '../core/ownership.ts'
import type { Plan } from '../core/plan.ts'
import { noCounts } from '../core/record.ts'
import type { Commit, StateEntry } from '../ports.ts'
import { changed, tickRecord } from './small-city.ts'

/** Partitions that commit invented records of their areas to one state, each as late as chance has it. */
export class LaggingCity {
  readonly clock: VirtualClock
  readonly state: MemoryState
  readonly plan: Plan
  private readonly random: { uint32(): number }
  private readonly standing = new Map<number, Change>()
  private readonly next: number[]
  private readonly asleep: number[]
  /** Partitions that nothing wakes. */
  readonly gone = new Set<number>()
  private readonly applied: number[]
  private readonly start: number
  private readonly writer = new ByteWriter()

  constructor(plan: Plan, start: number, seed: number) {
    this.plan = plan
    this.start = start
    this.clock = new VirtualClock(start)
    this.state = new MemoryState(new MemoryDisk({ defer: (run) => void setImmediate(run) }), plan)
    this.random = seededRandom(seed)
    this.next = Array.from({ length: plan.partitions + 1 }, () => 1)
    this.asleep = this.next.map(() => 0)
    this.applied = this.next.map(() => 0)
  }

  /** A number in [0, below). */
  private draw(below: number): number {
    return this.random.uint32() % below
  }

  /** One tick of time: who is awake commits all that it has not yet, sometimes only a part; now and then one falls asleep. */
  async step(): Promise<void> {
    this.clock.advance(this.plan.tickMs)
    const now = (this.clock.now() - this.start) / this.plan.tickMs
    for (const [partition, asleep] of this.asleep.entries()) {
      if (asleep > now || this.gone.has(partition)) continue
      if (this.draw(25) === 0) this.asleep[partition] = now + this.draw(15)
      const most = this.draw(3) === 0 ? this.draw(4) : now
      for (let n = 0; n < most && (this.next[partition] ?? 0) <= now; n++) await this.commit(partition)
    }
  }

  /** Wakes everybody and lets them commit all they have not yet, each at least something of the newest tick. */
  async wake(): Promise<void> {
    const now = (this.clock.now() - this.start) / this.plan.tickMs
    for (const partition of this.next.keys()) {
      if (this.gone.has(partition)) continue
      this.asleep[partition] = 0
      while ((this.next[partition] ?? 0) <= now) await this.commit(partition)
    }
  }

  /** Newest tick that each partition has committed. */
  get committed(): readonly number[] {
    return this.next.map((_, partition) => this.state.newest(partition))
  }

  private async commit(partition: number): Promise<void> {
    const number = this.next[partition] ?? 0
    this.next[partition] = number + 1
    const at = this.start + number * this.plan.tickMs
    // Now and then a partition has nothing to say of a tick.
    if (at < this.clock.now() && this.draw(20) === 0) return
    const { offset } = await this.state.load(partition)
    await this.state.commit(partition, offset, this.record(partition, at))
  }

  private record(partition: number, at: number): Commit {
    const owners = ownersOf(this.plan)
    const own = [...owners.keys()].filter((area) => owners[area] === partition)
    const [changes, readings, occurrences]: [Change[], ReadingUpdate[], Occurrence[]] = [[], [], []]
    for (const area of own) {
      const before = this.standing.get(area)
      if (this.draw(150) === 0) {
        const rank = this.draw(5)
        const since = before?.rank === rank ? before.since : at
        const value = this.draw(300)
        changes.push(changed(area, before?.rank ?? 15, rank, since, { value }))
      } else if (before !== undefined && before.rank > 0 && this.draw(80) === 0)
        readings.push({ area, rule: before.rule, value: this.draw(300) })
      if (this.draw(8) === 0)
        occurrences.push({ area, indicator: 'call.noise', time: at - this.draw(this.plan.tickMs) })
    }
    for (const change of changes) this.standing.set(change.area, change)
    for (const { area, value } of readings) {
      const before = this.standing.get(area)
      if (before) this.standing.set(area, { ...before, value })
    }
    const applied = (this.applied[partition] ?? 0) + this.draw(50)
    this.applied[partition] = applied
    const record = tickRecord(partition, at, {
      offset: at,
      changes,
      readings,
      occurrences,
      counts: { ...noCounts(), received: applied, applied },
      sources: { alive: this.draw(9), known: 9 },
      lag: this.draw(4) === 0 ? null : { p50: this.draw(500), p99: 500 + this.draw(500) },
      newest: at - this.draw(1000),
    })
    const entries = [...changes, ...readings].map(({ area }) => this.entry(area))
    return {
      offset: at,
      at,
      entries,
      record: encodeTickRecord(record),
      levels: changes.map(({ area, since, ...decision }) => ({ area, at, since, decision })),
      readings: [],
    }
  }

  private entry(area: number): StateEntry {
    const level = this.standing.get(area)
    return { key: levelKey(area), value: level ? encodeLevel(this.writer, level) : null }
  }
}
