import { describe, expect, it } from 'vitest'
import { encodeTick } from './core/record.ts'
import { entriesOf, ingestBench, NOON, observation, ticksOf } from './testdata/ingest-bench.ts'

describe('ingest, restarted', () => {
  it('[OB70] says what is in force when it differs', async () => {
    const first = ingestBench()
    await first.ingest.start()
    await first.ingest.stop()
    const same = ingestBench({ log: first.log })
    await same.ingest.start()
    await same.ingest.stop()
    const other = ingestBench({ log: first.log, plan: { rules: { version: '2', rules: [], parents: [] } } })
    await other.ingest.start()
    await other.ingest.stop()
    const versions = (await entriesOf(first.log, 3)).map((entry) =>
      'inForce' in entry ? entry.inForce.rules : '',
    )
    expect(versions).toEqual(['1', '2'])
  })

  it('[OB71] never ticks back and counts what no tick has', async () => {
    const first = ingestBench({ now: NOON + 10_000 })
    await first.ingest.start()
    first.send(observation(1))
    first.clock.advance(1000)
    first.send([observation(2), observation(3)])
    await first.flushed()
    // Killed here: no stop, two rows behind the last tick.
    const second = ingestBench({ log: first.log, now: NOON })
    await second.ingest.start()
    second.clock.advance(11_000)
    await second.flushed()
    expect(ticksOf(await entriesOf(first.log, 0))).toHaveLength(1)
    second.clock.advance(1000)
    await second.flushed()
    expect(
      ticksOf(await entriesOf(first.log, 0)).map(({ at, ingest }) => [at - NOON, ingest?.received]),
    ).toEqual([
      [11_000, 1],
      [12_000, 2],
    ])
    await second.ingest.stop()
  })

  it('[OB71] makes good a tick that one partition missed', async () => {
    const { log, ingest, clock, flushed } = ingestBench()
    await ingest.start()
    clock.advance(1000)
    await flushed()
    for (const partition of [0, 1, 2]) await log.append(partition, [encodeTick({ at: NOON + 2000 })])
    const second = ingestBench({ log, now: NOON + 2000 })
    await second.ingest.start()
    expect(ticksOf(await entriesOf(log, 3)).map((tick) => tick.at - NOON)).toEqual([1000, 2000])
    await second.ingest.stop()
  })
})
