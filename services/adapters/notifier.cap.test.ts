import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { capFaults } from '../formats/cap-check.ts'
import {
  alertOf,
  entryOf,
  letterOf,
  MINUTE,
  noticeOf,
  RAISED,
  simplePolicy,
} from '../testdata/sample-alert.ts'
import { smallPlan } from '../testdata/small-city.ts'
import { capNotifier } from './notifier.cap.ts'

const plan = smallPlan()
const settings = { sender: 'qingyu', contact: '', restriction: '', expiresMs: 3_600_000 }

async function capFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'qingyu-cap-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return { folder, open: () => capNotifier({ folder, settings, plan, policy: simplePolicy() }) }
}

const at = (minutes: number) => RAISED + minutes * MINUTE
const graver = alertOf({
  rank: 4,
  record: [entryOf('raise', RAISED), entryOf('severity', at(2), { rank: 4 }), entryOf('dispatch', at(4))],
})
const letter = (minutes: number, alert = graver) => letterOf(plan, '', noticeOf({ at: at(minutes) }), [alert])

it('[CH60] writes each message as a whole file under its identifier', async () => {
  const { folder, open } = await capFolder()
  const notifier = open()
  expect(await notifier.send(letter(0, alertOf()))).toEqual({ sent: true })
  expect(await notifier.send(letter(4))).toEqual({ sent: true })
  const names = (await readdir(folder)).toSorted()
  expect(names).toEqual([0, 2, 4].map((minutes) => `32-amia2-1-${at(minutes).toString(36)}.xml`))
  for (const name of names) expect(capFaults(await readFile(join(folder, name), 'utf8'))).toEqual([])
})

it('[CH61] brings nothing back that a reader took away', async () => {
  const { folder, open } = await capFolder()
  const notifier = open()
  await notifier.send(letter(0, alertOf()))
  for (const name of await readdir(folder)) await rm(join(folder, name))
  await notifier.send(letter(2))
  await notifier.send(letter(2))
  expect(await readdir(folder)).toHaveLength(2)
  for (const name of await readdir(folder)) await rm(join(folder, name))
  expect(await open().send(letter(4))).toEqual({ sent: true })
  expect(await readdir(folder)).toEqual([`32-amia2-1-${at(4).toString(36)}.xml`])
})
