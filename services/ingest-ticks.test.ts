import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { partitionOf } from './core/grid.ts'
import {
  entriesOf,
  ingestBench,
  kindsOf,
  NOON,
  observation,
  rowsOf,
  ticksOf,
  turn,
} from './testdata/ingest-bench.ts'

const data = { clock: { source: 'data' as const } }

describe('ticks', () => {
  it('[OB65] ticks at multiples of the tick, in every partition', async () => {
    const { ingest, log, clock, send, flushed } = ingestBench({ now: NOON + 300 })
    await ingest.start()
    send(observation(1))
    clock.advance(1000)
    send(observation(2))
    clock.advance(1000)
    await flushed()
    const own = partitionOf(ingestBench().plan.grid, 5, 4)
    for (let partition = 0; partition < 4; partition++)
      expect(kindsOf(await entriesOf(log, partition))).toEqual(
        partition === own
          ? ['in force', 1, 'tick 1000', 1, 'tick 2000']
          : ['in force', 'tick 1000', 'tick 2000'],
      )
    await ingest.stop()
    clock.advance(5000)
    await flushed()
    expect(ticksOf(await entriesOf(log, 0))).toHaveLength(2)
  })

  it('[OB65] makes only the newest tick after a pause', async () => {
    const { ingest, log, clock, flushed } = ingestBench()
    await ingest.start()
    clock.jump(NOON + 3_600_500)
    clock.advance(1000)
    await flushed()
    expect(ticksOf(await entriesOf(log, 1)).map((tick) => tick.at - NOON)).toEqual([3_600_000, 3_601_000])
    clock.jump(NOON)
    clock.advance(10_000)
    await flushed()
    expect(ticksOf(await entriesOf(log, 1))).toHaveLength(2)
    await ingest.stop()
  })

  it('[OB65] lets at most eight ticks wait for the log', async () => {
    const { ingest, log, clock, disk, flushed } = ingestBench()
    await ingest.start()
    disk.fault = 'slow'
    for (let i = 0; i < 60; i++) {
      clock.advance(1000)
      await turn()
    }
    disk.fault = undefined
    clock.advance(5000)
    await flushed()
    clock.advance(1000)
    await flushed()
    const ticks = ticksOf(await entriesOf(log, 0)).map((tick) => (tick.at - NOON) / 1000)
    expect(ticks.length).toBeLessThanOrEqual(10)
    expect(ticks.at(-1)).toBe(66)
    await ingest.stop()
  })

  it('[OB66] counts at every tick what stands before it', async () => {
    const step = fc.constantFrom('good', 'bad', 'broken', 'future', 'old', 'batch', 'tick')
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { ingest, log, clock, send, flushed } = ingestBench()
        await ingest.start()
        for (const [i, kind] of steps.entries()) {
          if (kind === 'tick') clock.advance(1000)
          else if (kind === 'broken') send('{')
          else if (kind === 'batch') send([observation(1, i), observation(-1, i), observation(1, 999_999)])
          else
            send(
              observation(
                kind === 'bad' ? -1 : 1,
                kind === 'future' ? 999_999 : kind === 'old' ? -999_999 : i % 50,
              ),
            )
          if (i % 7 === 0) await turn()
        }
        clock.advance(1000)
        await flushed()
        const logs = await Promise.all([0, 1, 2, 3].map((partition) => entriesOf(log, partition)))
        const ticks = ticksOf(logs[0] ?? [])
        const sum = { received: 0, quarantined: 0, refused: 0, by: 0 }
        for (const { at, ingest: counts } of ticks) {
          sum.received += counts?.received ?? 0
          sum.quarantined += counts?.quarantined ?? 0
          sum.refused += counts?.refused ?? 0
          sum.by += Object.values(counts?.refusedBy ?? {}).reduce((a, b) => a + b, 0)
          const before = logs.flatMap((entries) =>
            rowsOf(
              entries.slice(
                0,
                entries.findIndex((entry) => 'tick' in entry && entry.tick.at === at),
              ),
            ),
          )
          expect(sum.received).toBe(before.length + sum.quarantined + sum.refused)
          expect(sum.by).toBe(sum.refused)
        }
        const stats = ingest.stats()
        expect(sum).toMatchObject({
          received: stats.received,
          quarantined: stats.quarantined,
          refused: stats.refused,
        })
        expect(ingest.received).toBe(stats.received)
        await ingest.stop()
      }),
      { numRuns: 30 },
    )
  })

  it('[OB72] ticks by event time, each before what is later', async () => {
    const { ingest, log, send, flushed } = ingestBench(data)
    await ingest.start()
    send([
      observation(1, 1),
      observation(2, 2.5),
      observation(3, 3),
      observation(4, 3.5),
      observation(5, 0.5),
    ])
    await flushed()
    const own = partitionOf(ingestBench().plan.grid, 5, 4)
    expect(kindsOf(await entriesOf(log, own))).toEqual([
      'in force',
      1,
      'tick 1000',
      'tick 2000',
      2,
      'tick 3000',
      2,
    ])
    await ingest.stop()
  })

  it('[OB72] shows the end of the data after a second of silence', async () => {
    const { ingest, log, clock, send, flushed } = ingestBench(data)
    await ingest.start()
    send(observation(1, 1.5))
    clock.advance(900)
    send(observation(2, 4))
    clock.advance(900)
    await flushed()
    expect(ticksOf(await entriesOf(log, 1)).map((tick) => tick.at - NOON)).toEqual([2000, 3000])
    clock.advance(200)
    await flushed()
    expect(ticksOf(await entriesOf(log, 1)).map((tick) => tick.at - NOON)).toEqual([2000, 3000, 4000])
    send(observation(3, 4))
    clock.advance(5000)
    await flushed()
    expect(ticksOf(await entriesOf(log, 1))).toHaveLength(4)
    expect(ticksOf(await entriesOf(log, 0)).map(({ ingest: counts }) => counts?.received)).toEqual([
      1, 0, 1, 1,
    ])
    clock.advance(5000)
    await flushed()
    expect(ticksOf(await entriesOf(log, 1))).toHaveLength(4)
    await ingest.stop()
  })

  it('[OB72] goes on after a restart where its log ended', async () => {
    const first = ingestBench(data)
    await first.ingest.start()
    first.send([observation(1, 1), observation(2, 3.5)])
    await first.flushed()
    const second = ingestBench({ ...data, log: first.log })
    await second.ingest.start()
    second.clock.advance(2000)
    second.send(observation(3, 2))
    second.send(observation(4, 5.5))
    await second.flushed()
    const ticks = ticksOf(await entriesOf(first.log, 0))
    expect(ticks.map(({ at, ingest: counts }) => [at - NOON, counts?.received])).toEqual([
      [1000, 1],
      [2000, 0],
      [3000, 0],
      [4000, 1],
      [5000, 1],
    ])
    await second.ingest.stop()
  })

  it('[OB73] quarantines what would move it too far', async () => {
    const { ingest, send } = ingestBench({ ...data, plan: { tickMs: 3_600_000 } })
    await ingest.start()
    expect(send(observation(1, -400 * 86_400)).accepted).toBe(1)
    expect(send(observation(1, -398 * 86_400)).accepted).toBe(1)
    expect(send(observation(1, 0)).refusals).toMatchObject([{ code: 'OB-time-future' }])
    expect(send(observation(1, -405 * 86_400)).accepted).toBe(1)
    expect(send(observation(1, -405 * 86_400 - 1)).refusals).toMatchObject([{ code: 'OB-time-old' }])
    await ingest.stop()
  })

  it('[OB73] appends the ticks of hours in portions', async () => {
    const { ingest, log, send } = ingestBench(data)
    await ingest.start()
    send(observation(1))
    const { commit } = send(observation(2, 5000))
    await ingest.settled(commit)
    const ticks = ticksOf(await entriesOf(log, 2)).map((tick) => (tick.at - NOON) / 1000)
    expect(ticks).toEqual(Array.from({ length: 5000 }, (_, i) => i))
    await ingest.stop()
  })
})
