import { ownAll } from './adapters/ownership.embedded.ts'
import { afterEach, describe, expect, it } from 'vitest'
import { MemoryDisk } from './adapters/disk.memory.ts'
import { MemoryLog } from './adapters/log.memory.ts'
import { MemoryState } from './adapters/state.memory.ts'
import { startAggregate, type Aggregate } from './aggregate.ts'
import { alignTicks } from './core/align.ts'
import type { TickRecord } from './core/change.ts'
import { encodeTick } from './core/record.ts'
import { CityRun } from './testdata/city-run.ts'
import { busyPlan } from './testdata/watched-city.ts'

const START = Date.UTC(2026, 10, 22)
const TICK = 15_000
const plan = busyPlan(3)

/** A run whose logs and records a stage must reproduce. */
function story(ticks: number): CityRun {
  const run = new CityRun(plan)
  for (let tick = 1; tick <= ticks; tick++) {
    for (let i = 0; i < 12; i++) {
      const time = START + tick * TICK - i * 900
      const indicator = ['air', 'call', 'speed', 'crowd'][i % 4] ?? 'air'
      run.observe({
        area: 6 + ((i * 5 + tick) % 15),
        indicator,
        value: (i * tick) % 60,
        time,
        source: `s${i % 3}`,
      })
    }
    run.tick(START + tick * TICK)
  }
  return run
}

/** Log and state on one simulated disk. */
function twins(): { log: MemoryLog; state: MemoryState } {
  const disk = new MemoryDisk({ defer: (run) => setImmediate(run) })
  const log = new MemoryLog(disk, { partitions: plan.partitions, epoch: '00000000000000aa' })
  return { log, state: new MemoryState(disk, plan) }
}

async function fill(log: MemoryLog, run: CityRun, from = 0, to = Infinity): Promise<void> {
  for (const [partition, records] of run.logs.entries())
    await log.append(partition, records.slice(from, Math.min(to, records.length)))
}

/** All tick records up to `at`, as the gateway sees them. */
async function recordsUntil(state: MemoryState, at: number): Promise<TickRecord[]> {
  const stop = new AbortController()
  const records: TickRecord[] = []
  const all = Array.from({ length: plan.partitions + 1 }, (_, partition) => partition)
  for await (const tick of alignTicks(state.changes.bind(state), all, 0, stop.signal)) {
    records.push(...tick.records)
    if (tick.at >= at) break
  }
  stop.abort()
  return records
}

describe('aggregate stage', () => {
  const running: Aggregate[] = []
  const start = (log: MemoryLog, state: MemoryState, part = {}): Aggregate => {
    const stage = startAggregate({ log, state, plan, ownership: ownAll(3), ...part })
    running.push(stage)
    return stage
  }
  afterEach(async () => {
    await Promise.all(running.splice(0).map((stage) => stage.stop()))
  })

  it('[WN20] commits every tick with its changes', async () => {
    const run = story(20)
    const { log, state } = twins()
    start(log, state)
    await fill(log, run)
    expect(await recordsUntil(state, START + 20 * TICK)).toEqual(run.records)
  })

  it('[WN21] takes up where its state stands', async () => {
    const run = story(30)
    const { log, state } = twins()
    const first = start(log, state)
    await fill(log, run, 0, 25)
    await recordsUntil(state, START + 12 * TICK)
    await first.stop()
    await fill(log, run, 25)
    start(log, state)
    expect(await recordsUntil(state, START + 30 * TICK)).toEqual(run.records)
    for (let partition = 0; partition <= plan.partitions; partition++)
      expect((await state.load(partition)).entries).toEqual(run.kept[partition]?.entries)
  })

  it('[WN22] stops a partition that another owner took', async () => {
    const { log, state } = twins()
    const lost: string[] = []
    const told = new Promise<void>((resolve) => {
      start(log, state, {
        report: (sentence: string) => {
          lost.push(sentence)
          resolve()
        },
      })
    })
    const tick = (at: number) => log.append(0, [encodeTick({ at })])
    await tick(START)
    for await (const batch of state.changes(0, 0, new AbortController().signal)) if (batch.length > 0) break
    const { offset } = await state.load(0)
    await state.commit(0, offset, {
      offset: offset + 5,
      at: START + TICK,
      entries: [],
      record: new Uint8Array(0),
      levels: [],
      readings: [],
    })
    await tick(START + 2 * TICK)
    await told
    expect(lost[0]).toContain('partition 0')
    expect((await state.load(0)).offset).toBe(offset + 5)
  })

  it('[WN26] waits with eight commits outstanding', async () => {
    const { log, state } = twins()
    let open: () => void = () => undefined
    const gate = new Promise<void>((resolve) => (open = resolve))
    let [waiting, most] = [0, 0]
    const slow = Object.assign(Object.create(state) as MemoryState, {
      async commit(...of: Parameters<MemoryState['commit']>) {
        most = Math.max(most, ++waiting)
        await gate
        await state.commit(...of)
        waiting--
      },
      load: state.load.bind(state),
    })
    start(log, slow, { partitions: [0], rollup: false })
    const ticks = Array.from({ length: 40 }, (_, i) => encodeTick({ at: START + i * TICK }))
    await log.append(0, ticks)
    // The log is read within a few turns; none of them may bring a ninth.
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect([waiting, most]).toEqual([8, 8])
    open()
    const last = START + 39 * TICK
    for await (const batch of state.changes(0, last, new AbortController().signal))
      if (batch.length > 0) break
    expect(await state.load(0)).toMatchObject({ offset: 40, at: last })
  })

  it('[WN23] fails aloud on a damaged record', async () => {
    const { log, state } = twins()
    const stage = start(log, state)
    await log.append(1, [Uint8Array.of(9, 9, 9)])
    await expect(stage.failed).rejects.toMatchObject({ code: 'LG-record' })
  })
})
