import { describe, expect, it } from 'vitest'
import { partitionOf } from './core/grid.ts'
import { entriesOf, ingestBench, observation, rowsOf, turn } from './testdata/ingest-bench.ts'

describe('group commit', () => {
  it('[OB60] makes observations durable by group commit', async () => {
    const { ingest, log, send } = ingestBench()
    await ingest.start()
    let told = 0
    ingest.onDurable(() => told++)
    const before = ingest.durable
    const first = send(observation(1)).commit
    const second = send([observation(2), observation(3)]).commit
    expect([first, second, ingest.durable]).toEqual([before + 1, before + 1, before])
    await ingest.settled(second)
    expect([ingest.durable, told]).toEqual([before + 1, 1])
    const partition = partitionOf(ingestBench().plan.grid, 5, 4)
    expect(rowsOf(await entriesOf(log, partition)).map((row) => row.value)).toEqual([1, 2, 3])
    await ingest.settled(0)
    await ingest.stop()
  })

  it('[OB60] answers commit 0 when nothing was accepted', async () => {
    const { ingest, send } = ingestBench()
    await ingest.start()
    expect(send('{').commit).toBe(0)
    expect(send(observation(-1))).toMatchObject({ accepted: 0, commit: 0, refusals: [{ code: 'OB-range' }] })
    expect(send(observation(1)).refusals).toBe(null)
    await ingest.stop()
  })

  it('[OB61] keeps one commit on its way at a time', async () => {
    const held: (() => void)[] = []
    const { log: inner } = ingestBench()
    let flying = 0
    let most = 0
    const log = Object.assign(Object.create(inner) as typeof inner, {
      partitions: 4,
      end: () => Promise.resolve(0),
      start: () => Promise.resolve(0),
      append: async () => {
        most = Math.max(most, ++flying)
        await new Promise<void>((resolve) => held.push(resolve))
        flying--
        return 0
      },
    })
    const { ingest, send } = ingestBench({ log })
    const started = ingest.start()
    const release = async () => {
      while (held.length === 0) await turn()
      for (const resolve of held.splice(0)) resolve()
    }
    await release()
    await started
    expect(most).toBe(4)
    most = 0
    const numbers = [send(observation(1)).commit]
    while (held.length === 0) await turn()
    numbers.push(send(observation(2)).commit, send(observation(3)).commit)
    await turn()
    expect([held.length, ingest.durable]).toEqual([1, (numbers[0] ?? 0) - 1])
    await release()
    await ingest.settled(numbers[0] ?? 0)
    await release()
    await ingest.settled(numbers[1] ?? 0)
    expect([numbers[1], numbers[2], most]).toEqual([(numbers[0] ?? 0) + 1, (numbers[0] ?? 0) + 1, 1])
  })

  it('[OB62] keeps what a failing log refuses and offers it again', async () => {
    const { ingest, log, clock, disk, send, flushed } = ingestBench()
    await ingest.start()
    await ingest.settled(send(observation(1)).commit)
    const durable = ingest.durable
    disk.fault = 'no space left'
    const lost = send(observation(2)).commit
    await expect(ingest.settled(lost)).rejects.toThrow('no space left')
    const later = send(observation(3)).commit
    await expect(ingest.settled(later)).rejects.toMatchObject({ code: 'LG-failed' })
    for (let i = 0; i < 8; i++) {
      clock.advance(5000)
      await turn()
      await turn()
      await turn()
    }
    expect([ingest.durable, later > lost]).toEqual([durable, true])
    expect(ingest.stats().failures).toBeGreaterThan(2)
    disk.fault = undefined
    clock.advance(5000)
    await flushed()
    await ingest.settled(later)
    expect(
      rowsOf(await entriesOf(log, partitionOf(ingestBench().plan.grid, 5, 4))).map((row) => row.value),
    ).toEqual([1, 2, 3])
    await ingest.stop()
  })

  it('[OB62] stops on a failing log without waiting for it', async () => {
    const { ingest, disk, send } = ingestBench()
    await ingest.start()
    disk.fault = 'no space left'
    await expect(ingest.settled(send(observation(2)).commit)).rejects.toMatchObject({ code: 'LG-failed' })
    await ingest.stop()
    expect(ingest.stats().pending).toBeGreaterThan(0)
  })

  it('[OB63] is congested at its bound and relieved at half', async () => {
    const { ingest, send, flushed } = ingestBench({ pending: 10 })
    await ingest.start()
    await flushed()
    let relieved = 0
    ingest.onRelief(() => relieved++)
    for (let i = 0; i < 9; i++) send(observation(i, i))
    expect([ingest.congested, ingest.stats().pending]).toEqual([false, 9])
    send(observation(9, 9))
    expect(ingest.congested).toBe(true)
    await flushed()
    expect([ingest.congested, relieved]).toEqual([false, 1])
    await ingest.stop()
  })
})
