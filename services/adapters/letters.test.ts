import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openDataFolder } from './data-folder.lmdb.ts'
import { letterOf, lettersContract, type LettersBench } from './letters.contract.ts'
import { lmdbLetters, type CountedLetters } from './letters.lmdb.ts'
import { MemoryLetters } from './letters.memory.ts'

const BELONGING = { city: 'test', grid: 'v1', partitions: 1 }

interface FolderBench extends LettersBench {
  reopen(): Promise<CountedLetters>
}

async function lmdbBench(most = 20): Promise<FolderBench> {
  const dir = await mkdtemp(join(tmpdir(), 'qingyu-letters-'))
  let folder = openDataFolder(dir, BELONGING)
  return {
    letters: lmdbLetters(folder, most),
    async reopen() {
      await folder.close()
      folder = openDataFolder(dir, BELONGING)
      return lmdbLetters(folder, most)
    },
    async dispose() {
      await folder.close()
      await rm(dir, { recursive: true })
    },
  }
}

lettersContract('lmdb', lmdbBench)
lettersContract('memory', () =>
  Promise.resolve({ letters: new MemoryLetters(20), dispose: () => Promise.resolve() }),
)

it('[ST12] keeps the bound of letters over a restart', async () => {
  const bench = await lmdbBench()
  for (let n = 1; n <= 15; n++) bench.letters.add(letterOf('acme', n))
  await bench.letters.close()
  const letters = await bench.reopen()
  for (let n = 16; n <= 30; n++) letters.add(letterOf('acme', n))
  const found = await letters.list('acme', 100)
  expect(found.map((letter) => letter.received)).toEqual(Array.from({ length: 20 }, (_, n) => 30 - n))
  await bench.dispose()
})

it('[ST13] drops the oldest waiting letters of a flood', async () => {
  const bench = await lmdbBench(100_000)
  for (let n = 1; n <= 10_050; n++) bench.letters.add(letterOf('acme', n))
  const found = await bench.letters.list('acme', 100_000)
  expect(found).toHaveLength(10_000)
  expect([found[0]?.received, found.at(-1)?.received]).toEqual([10_050, 51])
  expect(bench.letters.counts).toEqual({ dropped: 50, displaced: 0 })
  await bench.dispose()
})
