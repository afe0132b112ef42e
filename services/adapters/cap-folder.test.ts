import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { Alert } from '../core/alert.ts'
import { quietRecord, stampOf } from '../core/alert-record.ts'
import { capFaults } from '../formats/cap-check.ts'
import { alertOf, entryOf, MINUTE, RAISED, simplePolicy } from '../testdata/sample-alert.ts'
import { smallPlan } from '../testdata/small-city.ts'
import { CapFolder } from './cap-folder.ts'
import { VirtualClock } from './clock.virtual.ts'

const plan = smallPlan()
const settings = { sender: 'qingyu', contact: '', restriction: '', expiresMs: 3_600_000 }
const encoder = new TextEncoder()
const at = (minutes: number) => RAISED + minutes * MINUTE
const nameAt = (minutes: number, alert = alertOf()) => `32-${alert.id}-${at(minutes).toString(36)}.xml`
const recordAt = (minutes: number, ...alerts: Alert[]) => ({ ...quietRecord(at(minutes)), alerts })
/** Raised, graver after two minutes, dispatched after four. */
const grown = alertOf({
  rank: 4,
  record: [entryOf('raise', RAISED), entryOf('severity', at(2), { rank: 4 }), entryOf('dispatch', at(4))],
})

async function folderBench() {
  const parent = await mkdtemp(join(tmpdir(), 'qingyu-cap-'))
  onTestFinished(() => rm(parent, { recursive: true }))
  const path = join(parent, 'out')
  const clock = new VirtualClock(RAISED)
  const said: string[] = []
  const open = (...alerts: Alert[]) => {
    const parts = { folder: path, settings, plan, policy: simplePolicy(), clock }
    const folder = new CapFolder({ ...parts, report: (sentence) => said.push(sentence) })
    const entries = alerts.map((alert) => {
      const key = alert.closed === null ? `a/${alert.id}` : `h/${stampOf(alert.closed)}/${alert.id}`
      return [key, encoder.encode(JSON.stringify(alert))] as const
    })
    const lost = new AbortController()
    folder.begin({ offset: 0, at: RAISED - 1, entries: new Map(entries) }, lost.signal)
    return { folder, lost }
  }
  const files = async () =>
    (await readdir(path).catch(() => [])).filter((name) => !name.startsWith('.')).toSorted()
  const take = async () => {
    for (const name of await files()) await rm(join(path, name))
  }
  return { path, clock, said, open, files, take }
}

it('[CH60] writes each message as a whole file under its identifier', async () => {
  const { path, open, files } = await folderBench()
  const { folder } = open()
  folder.take(recordAt(0, alertOf()))
  await folder.stop()
  folder.take(recordAt(4, grown))
  await folder.stop()
  expect(await files()).toEqual([0, 2, 4].map((minutes) => nameAt(minutes)))
  for (const name of await files()) expect(capFaults(await readFile(join(path, name), 'utf8'))).toEqual([])
})

it('[CH61] brings nothing back that a reader took away, after a takeover neither', async () => {
  const { open, files, take } = await folderBench()
  const first = open()
  first.folder.take(recordAt(2, { ...grown, record: grown.record.slice(0, 2) }))
  await first.folder.stop()
  expect(await files()).toHaveLength(2)
  await take()
  first.folder.take(recordAt(3, { ...grown, record: grown.record.slice(0, 2) }))
  await first.folder.stop()
  expect(await files()).toEqual([])
  first.lost.abort()
  const { folder } = open(grown)
  await folder.stop()
  expect(await files()).toEqual([nameAt(4)])
})

it('[CH61] cancels what was closed while nobody wrote, and nothing older', async () => {
  const { open, files, take } = await folderBench()
  const first = open()
  first.folder.take(recordAt(4, grown))
  await first.folder.stop()
  await take()
  first.lost.abort()
  const closedAt = (minutes: number, id: string) =>
    alertOf({ id, state: 'closed', closed: at(minutes), record: [] })
  await open(closedAt(3, 'a1-1'), closedAt(6, 'a1-2')).folder.stop()
  expect(await files()).toEqual([nameAt(6, alertOf({ id: 'a1-2' }))])
})

it('[CH62] begins an empty folder with what is open', async () => {
  const { open, files } = await folderBench()
  const over = alertOf({ id: 'a0-1', state: 'closed', closed: at(1) })
  await open(grown, over).folder.stop()
  expect(await files()).toEqual([0, 2, 4].map((minutes) => nameAt(minutes)))
})

it('[CH63] says once that the folder takes nothing, and makes good what it missed', async () => {
  const { path, said, open, files } = await folderBench()
  await writeFile(path, 'in the way')
  const { folder } = open()
  folder.take(recordAt(0, alertOf()))
  await folder.stop()
  folder.take(recordAt(4, grown))
  await folder.stop()
  expect(said).toEqual(['CAP messages cannot be written: EEXIST'])
  await rm(path)
  folder.take(recordAt(5, alertOf({ id: 'a9-1', raised: at(5), record: [] })))
  await folder.stop()
  const other = nameAt(5, alertOf({ id: 'a9-1' }))
  expect(await files()).toEqual([...[0, 2, 4].map((minutes) => nameAt(minutes)), other].toSorted())
})

it('[CH63] tries again by itself', async () => {
  const { path, clock, said, open, files } = await folderBench()
  await writeFile(path, 'in the way')
  const { folder } = open()
  folder.take(recordAt(0, alertOf()))
  while (said.length === 0) await new Promise(setImmediate)
  await rm(path)
  clock.advance(10_000)
  await folder.stop()
  expect(await files()).toEqual([nameAt(0)])
})

it('[CH64] writes nothing once another process has taken over', async () => {
  const { open, files } = await folderBench()
  const { folder, lost } = open()
  lost.abort()
  folder.take(recordAt(0, alertOf()))
  await folder.stop()
  expect(await files()).toEqual([])
})
