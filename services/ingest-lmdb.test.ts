import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openDataFolder } from './adapters/data-folder.lmdb.ts'
import { lmdbLog } from './adapters/log.lmdb.ts'
import { entriesOf, ingestBench, observation, rowsOf, ticksOf } from './testdata/ingest-bench.ts'

const dir = mkdtempSync(join(tmpdir(), 'qingyu-ingest-'))
afterAll(() => {
  rmSync(dir, { recursive: true, force: true })
})

describe('ingest on LMDB', () => {
  it('[OB60] finds again after a restart what was durable', async () => {
    const belonging = { city: 'checkerboard', grid: '1', partitions: 4 }
    const folder = openDataFolder(join(dir, 'data'), belonging)
    const first = ingestBench({ log: lmdbLog(folder) })
    await first.ingest.start()
    const commits = Array.from(
      { length: 200 },
      (_, i) => first.send(observation(i, i % 50), `cam-${i % 7}`).commit,
    )
    await first.ingest.settled(Math.max(...commits))
    first.clock.advance(1000)
    await first.flushed()
    await first.ingest.stop()
    await folder.close()

    const again = openDataFolder(join(dir, 'data'), belonging)
    const log = lmdbLog(again)
    const second = ingestBench({ log })
    await second.ingest.start()
    second.clock.advance(2000)
    await second.flushed()
    const entries = (await Promise.all([0, 1, 2, 3].map((partition) => entriesOf(log, partition)))).flat()
    expect(
      rowsOf(entries)
        .map((row) => row.value)
        .toSorted((a, b) => a - b),
    ).toEqual(Array.from({ length: 200 }, (_, i) => i))
    expect(ticksOf(await entriesOf(log, 0)).map((tick) => tick.ingest?.received)).toEqual([200, 0])
    await second.ingest.stop()
    await again.close()
  })
})
