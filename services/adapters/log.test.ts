import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MemoryDisk } from './disk.memory.ts'
import { openDataFolder } from './data-folder.lmdb.ts'
import { failingLogContract, logContract, type LogBench } from './log.contract.ts'
import { lmdbLog } from './log.lmdb.ts'
import { MemoryLog } from './log.memory.ts'

const BELONGING = { city: 'test', grid: 'v1', partitions: 4 }

async function lmdbBench(): Promise<LogBench> {
  const dir = await mkdtemp(join(tmpdir(), 'qingyu-log-'))
  let folder = openDataFolder(dir, BELONGING)
  const log = lmdbLog(folder)
  return {
    log,
    fills: true,
    drop: (partition, before) => log.trim(partition, before),
    async reopen() {
      await folder.close()
      folder = openDataFolder(dir, BELONGING)
      return lmdbLog(folder)
    },
    async dispose() {
      await folder.close()
      await rm(dir, { recursive: true })
    },
  }
}

function memoryBench(): Promise<LogBench & { failNext(): void }> {
  let failures = 0
  const options = {
    defer: (run: () => void) => void setImmediate(run),
    fault: () => (failures-- > 0 ? 'no space left' : undefined),
  }
  const log = new MemoryLog(new MemoryDisk(options), { partitions: 4, epoch: '0123456789abcdef' })
  return Promise.resolve({
    log,
    fills: true,
    drop: (partition, before) => log.trim(partition, before),
    async reopen() {
      await log.close()
      return log.reopen(new MemoryDisk(options))
    },
    failNext: () => void (failures = 1),
    dispose: () => Promise.resolve(),
  })
}

logContract('lmdb', lmdbBench)
logContract('memory', memoryBench)
failingLogContract('memory', memoryBench)
