import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { open } from 'lmdb'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { QingyuError } from '../core/errors.ts'
import { openDataFolder, type Belonging } from './data-folder.lmdb.ts'
import { take, codeOf, recordOf } from './log.contract.ts'
import { lmdbLog } from './log.lmdb.ts'
import { slotOf } from './slot.lmdb.ts'
import { bundle } from './testdata/bundle.ts'

const BELONGING = { city: 'test', grid: 'v1', partitions: 4 }

let dir: string
let writer: Awaited<ReturnType<typeof bundle>>
beforeAll(async () => {
  writer = await bundle('./log-writer.ts')
})
afterAll(() => writer.dispose())
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'qingyu-folder-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

function refusalOf(path: string, wanted: Belonging = BELONGING): QingyuError {
  try {
    void openDataFolder(path, wanted).close()
  } catch (error) {
    if (error instanceof QingyuError) return error
    throw error
  }
  throw new Error('it opened')
}

it('[ST14] opens a folder again with its epoch', async () => {
  const first = openDataFolder(join(dir, 'deep/data'), BELONGING)
  expect(first.epoch).toMatch(/^[0-9a-f]{16}$/)
  await first.close()
  const second = openDataFolder(join(dir, 'deep/data'), BELONGING)
  expect(second.epoch).toBe(first.epoch)
  await second.close()
  const other = openDataFolder(join(dir, 'other'), BELONGING)
  expect(other.epoch).not.toBe(first.epoch)
  await other.close()
})

it('[ST15] refuses a folder of a newer version', async () => {
  const folder = openDataFolder(dir, BELONGING)
  await folder.close()
  const root = open({ path: dir })
  const meta = root.openDB<Record<string, unknown>, string>('meta', { encoding: 'json' })
  await meta.put('folder', { ...meta.get('folder'), layout: 99 })
  await root.close()
  const error = refusalOf(dir)
  expect(error.code).toBe('ST-version')
  expect(error.message).toBe(`Data folder ${dir} is of version 99, this program reads 1`)
})

it('[ST16] refuses a folder that is open here', async () => {
  const folder = openDataFolder(dir, BELONGING)
  const error = refusalOf(dir)
  expect([error.code, error.parameters['value']]).toEqual(['ST-locked', process.pid])
  const log = lmdbLog(folder)
  expect(await log.append(0, [recordOf(0, 0)])).toBe(0)
  await folder.close()
  await openDataFolder(dir, BELONGING).close()
})

it('[ST16] refuses a folder that another process has open', async () => {
  const child = spawn(process.execPath, [writer.file, dir, '1000000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  expect((await lines.next()).value).toBe('open')
  const error = refusalOf(dir)
  expect([error.code, error.parameters['value']]).toEqual(['ST-locked', child.pid])
  child.kill('SIGKILL')
  await ended
  await openDataFolder(dir, BELONGING).close()
})

it.each([
  ['a dead process', JSON.stringify({ pid: 2 ** 22 + 1, born: 'x' })],
  ['a later process of the same number', JSON.stringify({ pid: 1, born: 'other-boot/1' })],
  ['nobody that can be read', '{"pid":'],
  ['an empty file', ''],
])('[ST17] takes over a lock left by %s', async (_, text) => {
  writeFileSync(join(dir, 'owner.lock'), text)
  const folder = openDataFolder(dir, BELONGING)
  const held: unknown = JSON.parse(readFileSync(join(dir, 'owner.lock'), 'utf8'))
  expect(held).toMatchObject({ pid: process.pid })
  await folder.close()
  expect(readdirSync(dir).filter((name) => name.startsWith('owner'))).toEqual([])
})

it.each([
  ['city', { ...BELONGING, city: 'elsewhere' }],
  ['grid', { ...BELONGING, grid: 'v2' }],
  ['number of partitions', { ...BELONGING, partitions: 8 }],
])('[ST18] refuses a folder of another %s', async (_, wanted) => {
  const folder = openDataFolder(dir, BELONGING)
  await folder.close()
  const error = refusalOf(dir, wanted)
  expect(error.code).toBe('ST-city')
  expect(error.message).toContain('belongs to test (grid v1, 4 partitions)')
  await openDataFolder(dir, BELONGING).close()
})

it('[ST19] names the setting when it cannot write', () => {
  writeFileSync(join(dir, 'file'), '')
  const error = refusalOf(join(dir, 'file/data'))
  expect([error.code, error.parameters['field']]).toEqual(['CF-value', 'data.dir'])
  if (process.getuid?.() === 0) return
  chmodSync(dir, 0o500)
  expect(refusalOf(dir).code).toBe('CF-value')
  chmodSync(dir, 0o700)
})

it.each([
  ['are not its own', randomBytes(64 * 1024)],
  ['are cut to almost nothing', Buffer.from('qingyu')],
])('[ST20] refuses a folder whose files %s', (_, bytes) => {
  writeFileSync(join(dir, 'data.mdb'), bytes)
  const error = refusalOf(dir)
  expect([error.code, error.parameters['dir']]).toEqual(['ST-damaged', dir])
})

/** What comes of opening a folder and reading its partition 1. */
async function readAll(): Promise<string> {
  try {
    const folder = openDataFolder(dir, BELONGING)
    const code = await codeOf(take(lmdbLog(folder), 1, 0, 2000))
    await folder.close()
    return code
  } catch (error) {
    return error instanceof QingyuError ? error.code : String(error)
  }
}

it.each([0.2, 0.5, 0.9])('[LG13] survives a data file cut to %s', async (share) => {
  const folder = openDataFolder(dir, BELONGING)
  const log = lmdbLog(folder)
  for (let n = 0; n < 2000; n += 100) {
    const records = Array.from({ length: 100 }, (_, i) => recordOf(1, n + i, 600))
    await log.append(1, records)
  }
  await folder.close()
  const file = join(dir, 'data.mdb')
  truncateSync(file, Math.floor(statSync(file).size * share))
  // Which page is lost decides who notices.
  expect(['LG-record', 'ST-damaged']).toContain(await readAll())
})

it('[LG13] reports a damaged record instead of yielding it', async () => {
  let folder = openDataFolder(dir, BELONGING)
  await lmdbLog(folder).append(
    1,
    [0, 1, 2].map((n) => recordOf(1, n)),
  )
  await folder.bytes('log', true).put(slotOf(1, 1), recordOf(1, 7), 12345)
  await folder.close()
  folder = openDataFolder(dir, BELONGING)
  const log = lmdbLog(folder)
  expect(await take(log, 1, 0, 1)).toHaveLength(1)
  const reading = take(log, 1, 0, 3)
  expect(await codeOf(reading)).toBe('LG-record')
  await expect(reading).rejects.toThrow('Record 1 of partition 1 cannot be read: its checksum does not fit')
  await folder.close()
})
