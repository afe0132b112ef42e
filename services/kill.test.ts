import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pino } from 'pino'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { VirtualClock } from './adapters/clock.virtual.ts'
import { seededRandom } from './adapters/random.seeded.ts'
import type { StatsAnswer } from './api-schema.ts'
import { startApp } from './app.ts'
import { readConfig } from './config.ts'
import { Fingerprint, seedOf } from './core/idempotency.ts'
import type { TickRecord } from './core/change.ts'
import { UNKNOWN } from './core/level.ts'
import { built, keptPort, load, settled, type Program } from './testdata/app-process.ts'
import { contentsOf, demoPlan, idOf, type FolderContents, type Row } from './testdata/folder-contents.ts'
import { PublisherUnderKill, WINDOW } from './testdata/publisher-under-kill.ts'
import { BEGIN, seededDay, TICK_MS, tickOf, type Message, type Told } from './testdata/seeded-day.ts'

const SEED = Number(process.env['KILL_SEED'] ?? 1)
const COUNT = 8_000
const KILLS = Number(process.env['KILL_COUNT'] ?? 20)
const TERMS = 1
/** What is sent again after each restart though it was acknowledged, too old to stand in for what the stop may have lost. */
const AGAIN = { repeated: 40, behind: 2 * WINDOW }
/** Silence after which the data clock makes a tick early. */
const IDLE_MS = 1000

const plan = demoPlan()
const messages = seededDay(seededRandom(SEED), plan.grid, COUNT)
const said = messages.flatMap(({ source, observations }) =>
  observations.map((told) => ({ ...told, source: `seeded/${source}` })),
)
const END = said.at(-1)?.time ?? 0
/** The last observation is shown, and with it all before it that were not lost. */
const isOver = ({ newest, tick }: StatsAnswer) => newest >= END && tick >= tickOf(END)

/** A signal sent to the program once so many messages are acknowledged. */
interface Stop {
  readonly at: number
  readonly signal: 'SIGKILL' | 'SIGTERM'
}

/**
 * By the data clock a second of silence makes the next tick early. A restart on a busy machine may take that long; then an
 * undisturbed run is one that had the same silence: before observation `before`, until `tick` had come.
 */
interface Silence {
  readonly before: number
  readonly tick: number
}

/** What one way through the day left behind. */
interface Outcome {
  readonly contents: FolderContents
  readonly stats: StatsAnswer
  readonly ends: readonly (string | number)[]
  /** The log's name as each of the programs told it. */
  readonly epochs: readonly string[]
}

type Calm = Pick<Outcome, 'contents' | 'stats'>
/** Days without a stop by their silences: mostly there are none, and one will do. */
const calmDays = new Map<string, Promise<Calm>>()

function calmWith(silences: readonly Silence[]): Promise<Calm> {
  const key = JSON.stringify(silences)
  const day = calmDays.get(key) ?? undisturbed(silences)
  calmDays.set(key, day)
  return day
}

const random = seededRandom(SEED + 1)
const stopsOf = (count: number, signal: Stop['signal']): Stop[] =>
  Array.from({ length: count }, () => random.uint32() % messages.length)
    .sort((a, b) => a - b)
    .map((at) => ({ at, signal }))

/**
 * The day without a stop, by the same program on virtual time: no silence comes to pass but those that are asked for, however
 * busy the machine is.
 */
async function undisturbed(silences: readonly Silence[]): Promise<Calm> {
  const dir = mkdtempSync(join(tmpdir(), 'qingyu-calm-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const clock = new VirtualClock(BEGIN)
  const read = readConfig(
    'config/qingyu.yaml',
    {},
    {
      data: { dir },
      http: { port: 0 },
      mqtt: { port: 0, anonymous: true, rate: 1_000_000, burst: 1_000_000 },
      clock: { source: 'data' },
      demo: { enabled: false },
    },
  )
  const app = await startApp(read, {
    log: pino({ level: 'error' }),
    home: resolve('.'),
    program: 'test',
    clock,
  })
  const publisher = new PublisherUnderKill(messages, Number(new URL(app.mqtt).port))
  const starts = startsOf(messages)
  // Silence shows something only where something came that no tick has shown yet, and a repetition is that.
  const keepSilent = async (to: number) => {
    await publisher.stretch({ to, repeated: 1, behind: 0 })
    clock.advance(IDLE_MS)
  }
  let newest = 0
  for (const { before, tick } of silences) {
    const to = starts.indexOf(before)
    await publisher.stretch({ to, repeated: 0, behind: 0 })
    newest = Math.max(newest, tickOf(said[before - 1]?.time ?? 0) - TICK_MS)
    for (; newest < tick; newest += TICK_MS) await keepSilent(to)
  }
  await publisher.stretch({ to: messages.length, repeated: 0, behind: 0 })
  clock.advance(IDLE_MS)
  const stats = await settled(app.http, isOver)
  await app.stop()
  return { contents: await contentsOf(dir, plan), stats }
}

const startsOf = (list: readonly Message[]) => {
  let before = 0
  return list.map(({ observations }) => (before += observations.length) - observations.length)
}

async function epochOf(program: Program): Promise<string> {
  await program.ready()
  return (await settled(program.http, () => true)).epoch
}

/** Lives through the day with these stops; what is not acknowledged is sent again, in order, to the next program. */
async function live(stops: readonly Stop[]): Promise<Outcome> {
  const dir = mkdtempSync(join(tmpdir(), 'qingyu-kill-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const [mqttPort, httpPort] = [await keptPort(), await keptPort()]
  const launch = { dir, mqttPort, httpPort, args: ['--clock', 'data'] }
  const publisher = new PublisherUnderKill(messages, mqttPort)
  const ends: (string | number)[] = []
  const epochs: string[] = []
  let spare = load(launch)
  for (const { at, signal } of stops) {
    const program = spare
    let isTold = false
    program.go()
    spare = load(launch)
    if (signal === 'SIGTERM') epochs.push(await epochOf(program))
    await publisher.stretch({
      to: messages.length,
      ...AGAIN,
      onWaiting: () => program.expectAlive(),
      onAcknowledged: (all) => {
        // Once: a second SIGTERM means now.
        if (all >= at && !isTold) program.signal(signal)
        isTold ||= all >= at
      },
    })
    ends.push(await program.ended)
  }
  spare.go()
  await spare.ready()
  await publisher.stretch({ to: messages.length, ...AGAIN, onWaiting: () => spare.expectAlive() })
  const stats = await settled(spare.http, isOver)
  epochs.push(stats.epoch)
  spare.signal('SIGTERM')
  ends.push(await spare.ended)
  return { contents: await contentsOf(dir, plan), stats, ends, epochs }
}

/** An observation as one text, the way the log knows it. */
const nameOf = ({ source, indicator, area, time, value, id }: Omit<Row, 'shown'>) =>
  `${source} ${indicator} ${area} ${time} ${value} ${id}`

/** First appearances only: what is sent again stands in the log again. */
const firstOf = (rows: readonly Row[]) => [...new Set(rows.map(nameOf))]

function silencesOf({ rows, ticks }: FolderContents): Silence[] {
  const shown = new Map<string, number>()
  for (const row of rows.flat()) if (!shown.has(nameOf(row))) shown.set(nameOf(row), row.shown)
  const behind = [...shown.values()].sort((a, b) => a - b)
  return (ticks[0] ?? []).flatMap((tick) => {
    const before = behind.filter((at) => at <= tick).length
    const due = said.filter(({ time }) => time <= tick).length
    return before < due ? [{ before, tick }] : []
  })
}

/** Key under which the log keeps what was said. */
function keyOf(told: Told & { readonly source: string }): string {
  const print = new Fingerprint()
  const bytes = new TextEncoder().encode(told.id ?? '')
  if (told.id === undefined) print.ofTime(seedOf(told.indicator), told.time)
  else print.ofId(bytes, 0, bytes.length)
  return `${told.source} ${idOf(print.high, print.low)}`
}

/** Lines of one that the other does not have at the same place, the first ten. */
function differences(one: readonly string[], other: readonly string[]): string[] {
  const found: string[] = []
  for (let i = 0; i < Math.max(one.length, other.length) && found.length < 10; i++)
    if (one[i] !== other[i]) found.push(`${i}: ${one[i] ?? 'nothing'} <> ${other[i] ?? 'nothing'}`)
  return found
}

/**
 * What is sent twice is received twice and stands at other offsets, and what the program itself did bears ids and times of its
 * run: all else of a record must be the same.
 */
const comparable = ({ offset: _offset, counts, actions: _actions, ...record }: TickRecord) =>
  JSON.stringify({ ...record, counts: { ...counts, received: 0, duplicate: 0 } })

/** The same for the counters in the state. */
const comparableMeta = ({ counts, ...meta }: FolderContents['metas'][number]) =>
  JSON.stringify({ ...meta, counts: { ...counts, received: 0, duplicate: 0 } })

const entriesOf = ({ entries }: FolderContents) =>
  [...entries].map(([key, bytes]) => `${key}=${bytes}`).sort()

function expectSame(one: FolderContents, other: FolderContents): void {
  expect(differences(one.ticks.map(String), other.ticks.map(String))).toEqual([])
  for (const [partition, rows] of one.rows.entries())
    expect(differences(firstOf(rows), firstOf(other.rows[partition] ?? []))).toEqual([])
  expect(differences(one.records.map(comparable), other.records.map(comparable))).toEqual([])
  expect(differences(entriesOf(one), entriesOf(other))).toEqual([])
  expect(differences(one.metas.map(comparableMeta), other.metas.map(comparableMeta))).toEqual([])
  expect(differences(one.history, other.history)).toEqual([])
}

/** Counts as the program left them: what came last may be counted after anybody asked. */
function expectCounted({ contents }: Calm): void {
  const rows = contents.rows.flat()
  const shown = rows.filter((row) => row.shown > 0)
  const stored = new Set(rows.map((row) => `${row.source} ${row.id}`))
  expect(said.filter((told) => !stored.has(keyOf(told)))).toEqual([])
  expect(stored.size).toBe(said.length)
  const of = (name: keyof TickRecord['counts']) =>
    contents.metas.reduce((sum, { counts }) => sum + counts[name], 0)
  expect([of('received'), of('applied'), of('duplicate')]).toEqual([
    shown.length,
    said.length,
    shown.length - said.length,
  ])
  expect([of('late'), of('quarantined'), of('refused')]).toEqual([0, 0, 0])
}

const name = (stops: number, what: string, { contents, stats }: Outcome) =>
  `${stops} ${what}, seed ${SEED}: ${said.length} observations, ${stats.duplicate} sent twice, ${silencesOf(contents).length} silences\n`

describe('a program that is stopped under load', () => {
  beforeAll(built)

  it('[LG31] [ST31] ends where an undisturbed one does', { timeout: 240_000 }, async () => {
    const killed = await live(stopsOf(KILLS, 'SIGKILL'))
    const calm = await calmWith(silencesOf(killed.contents))
    expect(killed.ends).toEqual([...Array.from({ length: KILLS }, () => 'SIGKILL'), 0])
    expectCounted(killed)
    expectCounted(calm)
    expect(killed.stats.duplicate).toBeGreaterThan(0)
    expectSame(killed.contents, calm.contents)
    const ranks = new Set(killed.contents.records.flatMap(({ changes }) => changes.map(({ rank }) => rank)))
    // All four colours, calm, and areas that fell silent: a day on which nothing happens would prove nothing.
    expect([...ranks].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, UNKNOWN])
    process.stdout.write(name(KILLS, 'kills', killed))
  })

  it('[ST32] goes on after SIGTERM as if never stopped', { timeout: 240_000 }, async () => {
    const ended = await live(stopsOf(TERMS, 'SIGTERM'))
    const calm = await calmWith(silencesOf(ended.contents))
    expect(ended.ends).toEqual(Array.from({ length: TERMS + 1 }, () => 0))
    expect(new Set(ended.epochs)).toEqual(new Set([ended.contents.epoch]))
    expectCounted(ended)
    expectSame(ended.contents, calm.contents)
    process.stdout.write(name(TERMS, 'stops', ended))
  })
})
