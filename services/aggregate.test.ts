import { ownAll } from './adapters/ownership.embedded.ts'
import { afterEach, describe, expect, it } from 'vitest'
import { MemoryDisk } from './adapters/disk.memory.ts'
import { MemoryLog } from './adapters/log.memory.ts'
import { MemoryState } from './adapters/state.memory.ts'
import { startAggregate, type Aggregate } from './aggregate.ts'
import { alignTicks } from './core/align.ts'
import type { TickRecord } from './core/change.ts'
import { QingyuError } from './core/errors.ts'
import { encodeTick } from './core/record.ts'
import type { Ownership } from './ports.ts'
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

const EMPTY = { entries: [], record: new Uint8Array(0), levels: [], readings: [] }

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
      ...EMPTY,
      offset: offset + 5,
      at: START + TICK,
    })
    await tick(START + 2 * TICK)
    await told
    expect(lost[0]).toContain('partition 0')
    expect((await state.load(0)).offset).toBe(offset + 5)
  })

  it('[WN30] gives up a partition with the roll-up that goes with it, and follows when it is given again', async () => {
    const run = story(20)
    const { log, state } = twins()
    const commit = state.commit.bind(state)
    let isTaken = false
    state.commit = (partition, expected, next) => {
      if (partition !== plan.partitions || isTaken || next.at < START + 5 * TICK)
        return commit(partition, expected, next)
      isTaken = true
      return Promise.reject(new QingyuError('ST-fenced', { partition, value: 0, expected }))
    }
    const all = ownAll(3)
    let given = 0
    const ownership: Ownership = {
      held: all.held,
      reached() {},
      stop: () => all.stop(),
      start: (own) =>
        all.start(async (partition, lost) => {
          for (; !lost.aborted; given++) await own(partition, lost)
        }),
    }
    start(log, state, { ownership })
    await fill(log, run)
    expect(await recordsUntil(state, START + 20 * TICK)).toEqual(run.records)
    expect([isTaken, given]).toEqual([true, 1])
  })

  it('[WN27] goes on where ticks are held when the state of the roll-up was lost', async () => {
    const run = story(20)
    const { log, state } = twins()
    const first = start(log, state)
    await fill(log, run)
    await recordsUntil(state, START + 20 * TICK)
    await first.stop()
    await state.trim(START + 12 * TICK)
    const lost = plan.partitions
    const other = twins().state
    const said: string[] = []
    const second = startAggregate({
      log,
      plan,
      ownership: ownAll(3),
      report: (sentence) => said.push(sentence),
      state: {
        load: (partition) => (partition === lost ? other : state).load(partition),
        commit: (partition, ...of) => (partition === lost ? other : state).commit(partition, ...of),
        changes: (partition, ...of) => (partition === lost ? other : state).changes(partition, ...of),
        entry: (...of) => state.entry(...of),
        entries: (...of) => state.entries(...of),
        levelAt: (...of) => state.levelAt(...of),
        levels: (...of) => state.levels(...of),
        readings: (...of) => state.readings(...of),
        offsetAt: (...of) => state.offsetAt(...of),
        tick: () => state.tick(),
        trim: (before) => state.trim(before),
        close: () => state.close(),
      },
    })
    running.push(second)
    for await (const ticks of other.changes(lost, 0, new AbortController().signal))
      if (ticks.some(({ at }) => at === START + 20 * TICK)) break
    const children = (entries: ReadonlyMap<string, Uint8Array>) =>
      [...entries].filter(([key]) => key.startsWith('k/')).sort(([a], [b]) => (a < b ? -1 : 1))
    const made = await other.load(lost)
    expect(children(made.entries)).toEqual(children(run.kept[lost]?.entries ?? new Map()))
    expect(children(made.entries).length).toBeGreaterThan(0)
    expect(said).toHaveLength(1)
    expect(said[0]).toContain('no longer held')
  })

  it('[WN28] makes a partition anew from the log when its state was lost', async () => {
    const run = story(20)
    const { log, state } = twins()
    await fill(log, run)
    const said: string[] = []
    start(log, state, { report: (sentence: string) => said.push(sentence) })
    expect(await recordsUntil(state, START + 20 * TICK)).toEqual(run.records)
    expect(said).toHaveLength(plan.partitions)
    expect(said[0]).toContain('nothing is missing')
  })

  it('[WN28] refuses a state that is ahead of its log', async () => {
    const { log, state } = twins()
    await state.commit(1, 0, { ...EMPTY, offset: 7, at: START })
    await expect(start(log, state).failed).rejects.toMatchObject({ code: 'ST-ahead' })
  })

  it('[WN31] asks again when the log does not answer', async () => {
    const run = story(5)
    const { log, state } = twins()
    await fill(log, run)
    const end = log.end.bind(log)
    let asked = 0
    log.end = (partition) =>
      asked++ < plan.partitions
        ? Promise.reject(new QingyuError('LG-unreachable', { value: 'kafka:9092', why: 'timed out' }))
        : end(partition)
    const told: string[] = []
    start(log, state, { report: (sentence: string) => told.push(sentence) })
    expect(await recordsUntil(state, START + 5 * TICK)).toEqual(run.records)
    expect(
      told.filter((sentence) => sentence.startsWith('Kafka at kafka:9092 does not answer')),
    ).toHaveLength(plan.partitions)
  })

  it('[WN29] loads again when the state has lost commits', async () => {
    const run = story(20)
    const { log, state } = twins()
    let isLost = false
    const commit = state.commit.bind(state)
    state.commit = (partition, expected, next) => {
      if (partition !== 1 || isLost || next.at < START + 5 * TICK) return commit(partition, expected, next)
      isLost = true
      return Promise.reject(new QingyuError('ST-rewound', { partition, value: 0, expected }))
    }
    const said: string[] = []
    start(log, state, { report: (sentence: string) => said.push(sentence) })
    await fill(log, run)
    expect(await recordsUntil(state, START + 20 * TICK)).toEqual(run.records)
    expect(said.filter((sentence) => sentence.includes('lost commits'))).toHaveLength(1)
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
