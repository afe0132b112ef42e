import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { VirtualClock } from './clock.virtual.ts'
import { openDataFolder } from './data-folder.lmdb.ts'
import { registryContract, sessionOf } from './registry.contract.ts'
import { lmdbRegistry } from './registry.lmdb.ts'
import { MemoryRegistry } from './registry.memory.ts'
import { MOST_ENTRIES } from './registry-table.ts'

const BELONGING = { city: 'test', grid: 'v1', partitions: 1 }
const NOW = Date.UTC(2026, 10, 22)

async function lmdbBench() {
  const dir = await mkdtemp(join(tmpdir(), 'qingyu-registry-'))
  const clock = new VirtualClock(NOW)
  let folder = openDataFolder(dir, BELONGING)
  return {
    registry: lmdbRegistry(folder, clock),
    clock,
    async reopen() {
      await folder.close()
      folder = openDataFolder(dir, BELONGING)
      return lmdbRegistry(folder, clock)
    },
    async dispose() {
      await folder.close()
      await rm(dir, { recursive: true })
    },
  }
}

registryContract('lmdb', lmdbBench)
registryContract('memory', async () => {
  const clock = new VirtualClock(NOW)
  const registry = new MemoryRegistry(clock)
  return { registry, clock, dispose: () => registry.close() }
})

it('[SE3] keeps the order of what was put over a restart', async () => {
  const bench = await lmdbBench()
  const keys = Array.from({ length: MOST_ENTRIES + 2 }, (_, n) => `k${n}`)
  for (const key of keys.slice(0, MOST_ENTRIES)) await bench.registry.put(sessionOf('li', key, bench.clock))
  const registry = await bench.reopen()
  for (const key of keys.slice(MOST_ENTRIES)) await registry.put(sessionOf('li', key, bench.clock))
  expect((await registry.list('session', 'li')).map(({ key }) => key)).toEqual(keys.slice(2))
  await bench.dispose()
})
