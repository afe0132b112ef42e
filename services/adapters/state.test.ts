import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDataFolder } from './data-folder.lmdb.ts'
import { MemoryDisk } from './disk.memory.ts'
import { stateContract, type StateBench } from './state.contract.ts'
import { lmdbState } from './state.lmdb.ts'
import { MemoryState } from './state.memory.ts'

const BELONGING = { city: 'test', grid: 'v1', partitions: 2 }

async function lmdbBench(): Promise<StateBench> {
  const dir = await mkdtemp(join(tmpdir(), 'qingyu-state-'))
  let folder = openDataFolder(dir, BELONGING)
  return {
    state: lmdbState(folder),
    async reopen() {
      await folder.close()
      folder = openDataFolder(dir, BELONGING)
      return lmdbState(folder)
    },
    async dispose() {
      await folder.close()
      await rm(dir, { recursive: true })
    },
  }
}

function memoryBench(): Promise<StateBench> {
  const disk = () => new MemoryDisk({ defer: (run) => void setImmediate(run) })
  const state = new MemoryState(disk(), BELONGING)
  return Promise.resolve({
    state,
    async reopen() {
      await state.close()
      return state.reopen(disk())
    },
    dispose: () => Promise.resolve(),
  })
}

stateContract('lmdb', lmdbBench)
stateContract('memory', memoryBench)
