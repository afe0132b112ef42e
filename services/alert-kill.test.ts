import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { serialize } from 'node:v8'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from './adapters/clock.system.ts'
import { openDataFolder } from './adapters/data-folder.lmdb.ts'
import { MemoryDisk } from './adapters/disk.memory.ts'
import { MemoryLog } from './adapters/log.memory.ts'
import { seededRandom } from './adapters/random.seeded.ts'
import { lmdbState } from './adapters/state.lmdb.ts'
import { MemoryState } from './adapters/state.memory.ts'
import { bundle } from './adapters/testdata/bundle.ts'
import { alertPartition, decodeAlertRecord, type AlertRecord } from './core/alert-record.ts'
import type { Notice } from './core/notice.ts'
import type { Delivery, Letter, Notifier, State } from './ports.ts'
import { playStory, storyOf, STORY_PLAN } from './testdata/alert-story.ts'
import { HttpReceiver } from './testdata/http-receiver.ts'

const SEED = Number(process.env['KILL_SEED'] ?? 1)
const KILLS = 50
const TICKS = 720
/** A life ends after at most so many steps: ticks, commits and letters. */
const MOST_STEPS = 50
const story = storyOf(TICKS)

/** What a run left behind. */
interface Left {
  readonly incidents: readonly string[]
  readonly alerts: readonly string[]
  /** Last word on each notice, by id. */
  readonly notices: ReadonlyMap<string, Notice>
}

async function leftIn(state: State): Promise<Left> {
  const partition = alertPartition(STORY_PLAN)
  const { at } = await state.load(partition)
  const stop = new AbortController()
  const records: AlertRecord[] = []
  for await (const batch of state.changes(partition, 0, stop.signal)) {
    records.push(...batch.map(({ bytes }) => decodeAlertRecord(bytes)))
    if ((batch.at(-1)?.at ?? 0) >= at) break
  }
  stop.abort()
  const dated = (list: (record: AlertRecord) => readonly object[]) =>
    records.flatMap((record) => list(record).map((one) => `${record.at} ${JSON.stringify(one)}`))
  return {
    incidents: dated(({ incidents }) => incidents),
    alerts: dated(({ alerts }) => alerts),
    notices: new Map(records.flatMap(({ notices }) => notices.map((notice) => [notice.id, notice]))),
  }
}

/** A notice but for when its delivery was known. */
const comparable = (notices: ReadonlyMap<string, Notice>) =>
  [...notices.values()].map(({ settled: _settled, ...notice }) => JSON.stringify(notice)).sort()

class Collector implements Notifier {
  readonly channel = 'webhook'
  readonly ids: string[] = []

  send({ notice }: Letter): Promise<Delivery> {
    this.ids.push(notice.id)
    return Promise.resolve({ sent: true })
  }

  address(): null {
    return null
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

/** The story without a kill, in memory. */
async function undisturbed(): Promise<Left & { readonly sent: readonly string[] }> {
  const disk = new MemoryDisk({ defer: (run) => void setImmediate(run) })
  const log = new MemoryLog(disk, { partitions: STORY_PLAN.partitions, epoch: '00000000000000aa' })
  const state = new MemoryState(disk, STORY_PLAN)
  const notifier = new Collector()
  await playStory(story, {
    log,
    state,
    clock: systemClock,
    random: seededRandom(1),
    notifier,
    address: (person) => person,
    say: () => undefined,
  })
  return { ...(await leftIn(state)), sent: notifier.ids }
}

describe('an alert stage that is killed', () => {
  let entry: Awaited<ReturnType<typeof bundle>>
  beforeAll(async () => {
    entry = await bundle('../../testdata/alert-host.ts')
  })
  afterAll(() => entry.dispose())

  /** A process that has loaded its code; `go` opens the folder. */
  function load(dir: string, port: number, onStep: () => void) {
    const child = spawn(process.execPath, [entry.file, dir, String(port), `${dir}/story`], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const ended = new Promise<string>((done) =>
      child.once('close', (code, signal) => done(signal ?? String(code))),
    )
    let isOver = false
    createInterface({ input: child.stdout }).on('line', (line) => {
      isOver ||= line === 'over'
      onStep()
    })
    return { child, ended, isOver: () => isOver, go: () => child.stdin.write('\n') }
  }

  it(
    '[AS11] tells and keeps what an undisturbed one does, killed at fifty random moments',
    { timeout: 240_000 },
    async () => {
      const dir = mkdtempSync(join(tmpdir(), 'qingyu-alert-kill-'))
      onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
      writeFileSync(join(dir, 'story'), serialize(story))
      const random = seededRandom(SEED)
      let step: () => void = () => undefined
      const receiver = await HttpReceiver.start()
      onTestFinished(() => receiver.stop())
      receiver.answer = (reply) => {
        step()
        setImmediate(() => reply.writeHead(204).end())
      }
      const loaded = () => load(dir, receiver.port, () => step())
      let spare = loaded()
      for (let kill = 0; kill < KILLS; kill++) {
        const life = spare
        let left = 1 + (random.uint32() % MOST_STEPS)
        step = () => --left === 0 && life.child.kill('SIGKILL')
        life.go()
        spare = loaded()
        expect(await life.ended).toBe('SIGKILL')
        expect(life.isOver()).toBe(false)
      }
      step = () => undefined
      spare.go()
      expect(await spare.ended).toBe('0')
      const { grid, partitions } = STORY_PLAN
      const folder = openDataFolder(dir, { city: grid.city, grid: grid.version, partitions })
      const killed = await leftIn(lmdbState(folder))
      await folder.close()
      const calm = await undisturbed()
      expect(killed.incidents).toEqual(calm.incidents)
      expect(killed.alerts).toEqual(calm.alerts)
      expect(comparable(killed.notices)).toEqual(comparable(calm.notices))
      const receipts = receiver.received.map(({ headers }) => String(headers['idempotency-key']))
      expect([...new Set(receipts)].sort()).toEqual([...calm.sent].sort())
      expect(new Set(calm.sent).size).toBe(calm.sent.length)
      // What was on its way at a kill may come again, under the same id: of each life no more than what was in flight.
      const twice = receipts.length - new Set(receipts).size
      process.stdout.write(
        `${KILLS} kills, seed ${SEED}: ${calm.alerts.length} changes of alerts, ${calm.sent.length} notices sent, ${twice} of them again\n`,
      )
    },
  )
})
