import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openDataFolder } from './data-folder.lmdb.ts'
import { commitOf } from '../testdata/state-lines.ts'
import { lmdbState } from './state.lmdb.ts'

const MINUTE = 60_000
const DAY = 1440 * MINUTE

it('[ST8] tells offsets by the minute for ticks of days ago', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'qingyu-trim-'))
  const folder = openDataFolder(dir, { city: 'test', grid: 'v1', partitions: 1 })
  const state = lmdbState(folder)
  const ticks = [1000, 2000, MINUTE + 1000, MINUTE + 5000, 3 * DAY]
  let offset = 0
  for (const at of ticks) await state.commit(0, offset, commitOf(at, ++offset))
  await state.trim(0)
  const at = [999, 2500, MINUTE + 9000, 2 * DAY, 3 * DAY]
  expect(await Promise.all(at.map((each) => state.offsetAt(0, each)))).toEqual([undefined, 1, 3, 3, 5])
  await state.trim(DAY)
  expect(await state.offsetAt(0, 2 * DAY)).toBeUndefined()
  expect(await state.offsetAt(0, 3 * DAY)).toBe(5)
  await folder.close()
  await rm(dir, { recursive: true })
})
