import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../adapters/clock.system.ts'
import { MemoryDisk } from '../adapters/disk.memory.ts'
import { MemoryLog } from '../adapters/log.memory.ts'
import { ownAll } from '../adapters/ownership.embedded.ts'
import { MemoryState } from '../adapters/state.memory.ts'
import { seededRandom } from '../adapters/random.seeded.ts'
import { keysOf, leaseKey } from '../adapters/redis-keys.ts'
import { redisConfig } from '../adapters/testdata/redis-states.ts'
import { startAggregate } from '../aggregate.ts'
import { startAlert } from '../alert.ts'
import { alertPartition, decodeAlertRecord, encodeAlertRecord } from '../core/alert-record.ts'
import { Alerting } from '../core/alerting.ts'
import type { Snapshot, TickBytes } from '../core/commit.ts'
import { conducted } from '../core/conducted.ts'
import { partitionOf } from '../core/grid.ts'
import { Fingerprint } from '../core/idempotency.ts'
import { encodeAction, encodeTick } from '../core/record.ts'
import { RecordWriter } from '../core/record-writer.ts'
import { actionOf, dutyPolicy, STAFF } from '../testdata/duty-city.ts'
import { startDeskServer } from '../testdata/desk-server.ts'
import { HAS_REDIS, RedisBed, until } from '../testdata/redis.ts'
import { busyPlan } from '../testdata/watched-city.ts'
import { AlertWatch } from './alert-watch.ts'
import { Book } from './book.ts'
import { faultsOf } from './fault.ts'
import type { Evidence } from './findings.ts'
import { Officers } from './officers.ts'
import { judge } from './verdict.ts'

const START = Date.UTC(2026, 10, 22)
const TICK = 15_000
const TICKS = 20
const plan = busyPlan(3)
const AIR = plan.indicators.index.get('air') ?? 0
const ALERTS = alertPartition(plan)
const END = START + TICKS * TICK
const policy = dutyPolicy({
  incidents: { rank: 1, by: 'category', gap: 0, gapMetres: 5, offDelayMs: 30_000 },
  categoryOf: new Map(plan.rules.rules.map(({ id }) => [id, 'air'])),
  defaults: new Map([['commander', { rank: 1, channels: ['desk'] }]]),
})
const PANE = plan.indicators.list[AIR]?.paneMs ?? 1

/** An observation as ingest would have written it. */
interface Row {
  readonly area: number
  readonly time: number
  readonly source: string
  readonly id: string
}

/** What vendors sent in twenty ticks: twelve observations each. */
function sent(book: Book): Row[][] {
  return Array.from({ length: TICKS }, (_, tick) =>
    Array.from({ length: 12 }, (_, i) => {
      const area = 6 + ((i * 5 + tick) % 15)
      const time = START + tick * TICK + i * 1000
      const source = `v/s${i % 3}`
      return { area, time, source, id: book.enter(source, plan.grid.codes[area] ?? '', 'air', time, PANE) }
    }),
  )
}

function recordOf(rows: readonly Row[]): Uint8Array[] {
  if (rows.length === 0) return []
  const writer = new RecordWriter(plan.indicators.list.map(({ code }) => code))
  const sources = new Map<string, number>()
  const print = new Fingerprint()
  for (const { area, time, source, id } of rows) {
    const slot = sources.get(source) ?? writer.source(Buffer.from(source))
    sources.set(source, slot)
    print.ofId(Buffer.from(id), 0, id.length)
    writer.add(time, 250, print.high, print.low, area, slot, AIR)
  }
  return [writer.finish()]
}

/** Somebody raises an alert by hand; done once it is decided. */
function raised() {
  const by = STAFF.get('sun')
  if (by === undefined) throw new RangeError('nobody is called sun')
  const deed = { verb: 'raise', areas: ['3201'], category: 'air', rank: 3, headline: 'Test', exercise: true }
  return actionOf(7, START, by, { ...deed, verb: 'raise' })
}

/** Log and state after these rows, tick by tick, and the book of what should be in them. */
async function evidenceOf(book: Book, ticks: readonly (readonly Row[])[]): Promise<Evidence> {
  const disk = new MemoryDisk({ defer: (run) => void setImmediate(run) })
  const log = new MemoryLog(disk, { partitions: plan.partitions, epoch: '00000000000000aa' })
  const state = new MemoryState(disk, plan)
  await log.append(0, [encodeAction(raised())])
  for (const [number, rows] of ticks.entries())
    for (let partition = 0; partition < plan.partitions; partition++) {
      const own = rows.filter(({ area }) => partitionOf(plan.grid, area, plan.partitions) % 3 === partition)
      const at = START + (number + 1) * TICK
      await log.append(partition, [...recordOf(own), encodeTick({ at })])
    }
  const score = { patience: Infinity, clock: systemClock }
  const aggregate = startAggregate({ log, state, plan, ownership: ownAll(plan.partitions), score })
  onTestFinished(() => aggregate.stop())
  const told = conducted(state, plan.partitions)
  const watch = (stored: Snapshot) => new Alerting(plan, policy, stored)
  const alert = startAlert({ ticks: told, state, plan, ownership: ownAll(1), watch })
  onTestFinished(() => alert.stop())
  while (((await state.offsetAt(ALERTS, END)) ?? 0) < END) await new Promise(setImmediate)
  await alert.stop()
  await aggregate.stop()
  return { plan, policy, book, deeds: new Map([[raised().id, true]]), log, state }
}

/** The same evidence with other ticks and entries of a partition. */
function spoilt(
  evidence: Evidence,
  own: number,
  ticks: (batch: readonly TickBytes[]) => readonly TickBytes[],
  entries: (held: ReadonlyMap<string, Uint8Array>) => ReadonlyMap<string, Uint8Array>,
): Evidence {
  const { state } = evidence
  return {
    ...evidence,
    state: {
      readings: (...asked) => state.readings(...asked),
      async *changes(partition, from, signal) {
        for await (const batch of state.changes(partition, from, signal))
          yield partition === own ? ticks(batch) : batch
      },
      async load(partition) {
        const found = await state.load(partition)
        return partition === own ? { ...found, entries: entries(found.entries) } : found
      },
    },
  }
}

const sound = async (): Promise<Evidence> => {
  const book = new Book()
  return evidenceOf(book, sent(book))
}

describe('the faults of a run', () => {
  it('[FT7] are a function of the seed', () => {
    const told = (seed: number) => faultsOf(seed, 'short').map(({ kind, target }) => `${kind} ${target}`)
    expect(told(1)).toEqual(told(1))
    expect(told(1)).not.toEqual(told(2))
    expect(told(1)).toHaveLength(8)
  })

  it('[FT7] harm the alert process that is active when they begin', () => {
    const aimed = faultsOf(1, 'usual').flatMap(({ to }) => to?.('alert-2').target ?? [])
    expect(aimed.sort()).toEqual(['alert-2', 'alert-2', 'redis from alert-2', 'redis from alert-2'])
  })

  it('[FT7] hold every kind once, and twice in the long form', () => {
    const kinds = (form: 'usual' | 'long') =>
      faultsOf(3, form).map(({ kind, target }) => `${kind} ${target.replace(/(-\d| from \w+-\d)$/, '')}`)
    const usual = kinds('usual')
    expect(new Set(usual).size).toBe(usual.length)
    expect(kinds('long').sort()).toEqual([...usual, ...usual].sort())
  })
})

describe('the verdict on a run', () => {
  it('[FT8] finds nothing where nothing went wrong', async () => {
    const { breaches, facts } = await judge(await sound())
    expect(breaches).toEqual([])
    expect(facts).toHaveLength(9)
  })

  it('[FT9] finds one observation that was lost', async () => {
    const book = new Book()
    const [first = [], ...rest] = sent(book)
    const { breaches } = await judge(await evidenceOf(book, [first.slice(1), ...rest]))
    expect(breaches.join('\n')).toMatch(/NOT all 240 .* stand in the log: 1 times, as v\/s0 0/)
    expect(breaches.join('\n')).toMatch(/239 applied of 240/)
    expect(breaches.join('\n')).toMatch(/NOT each is counted once in its pane: 1 times/)
  })

  it('[FT9] finds one observation that was counted twice', async () => {
    const book = new Book()
    const [first = [], ...rest] = sent(book)
    const twice = first.flatMap((row, i) => (i === 0 ? [row, { ...row, id: 'again' }] : [row]))
    const { breaches } = await judge(await evidenceOf(book, [twice, ...rest]))
    expect(breaches.join('\n')).toMatch(/v\/s0 has 81 ids of 80/)
    expect(breaches.join('\n')).toMatch(/241 applied of 240/)
    expect(breaches.join('\n')).toMatch(/: 5 counted of 4/)
  })

  it('[FT9] takes one that was only sent twice for what it is', async () => {
    const book = new Book()
    const ticks = sent(book)
    const { breaches, facts } = await judge(
      await evidenceOf(book, [[...(ticks[0] ?? []), ...(ticks[0] ?? [])], ...ticks.slice(1)]),
    )
    expect(breaches).toEqual([])
    expect(facts).toContain('each is counted once, 12 repetitions told apart')
  })

  it('[FT10] finds a tick record and an entry that differ from a replay', async () => {
    const broken = spoilt(
      await sound(),
      1,
      (batch) => batch.map((tick) => ({ ...tick, bytes: tick.bytes.with(13, 0x37) })),
      (held) => new Map([...held].slice(1)),
    )
    const { breaches } = await judge(broken)
    expect(breaches.join('\n')).toMatch(
      /tick records are those of a replay in memory: 20 times, as partition 1/,
    )
    expect(breaches.join('\n')).toMatch(/NOT states .*: 1 times, as \S+ of partition 1/)
  })

  it('[FT11] finds an alert that was raised twice, and an entry that is not there', async () => {
    const twice = ({ at, bytes, ...tick }: TickBytes): TickBytes => {
      const record = decodeAlertRecord(bytes)
      const alerts = record.alerts.flatMap((alert) => [alert, { ...alert, id: `${alert.id}0` }])
      return { ...tick, at, bytes: encodeAlertRecord({ ...record, alerts }) }
    }
    const first = (held: ReadonlyMap<string, Uint8Array>) => new Map([...held].slice(1))
    const broken = spoilt(await sound(), ALERTS, (batch) => batch.map(twice), first)
    const { breaches } = await judge(broken)
    expect(breaches.join('\n')).toMatch(/NOT \d+ records of the alert stage .* as the record of \d+/)
    expect(breaches.join('\n')).toMatch(/NOT the state of the alert stage .*: 1 times, as \S+ of partition 5/)
    expect(breaches).toHaveLength(2)
  })

  it('[FT11] finds a record of the alert stage that is missing, and that nothing was tested without any', async () => {
    const none = spoilt(
      await sound(),
      ALERTS,
      (batch) => batch.filter(({ at }) => at === END),
      (held) => held,
    )
    const { breaches } = await judge(none)
    expect(breaches.join('\n')).toMatch(/NOT incidents, alerts, notices and outcomes were made: 4 times/)
    expect(breaches.join('\n')).toMatch(/as nothing is said of \d+/)
    expect(breaches.join('\n')).toMatch(/NOT 1 accepted deeds .* as 0{15}7 was never decided/)
  })

  it('[FT11] finds a deed that was accepted and is not in the log, and one decided otherwise than it was told', async () => {
    const evidence = await sound()
    const { breaches } = await judge({ ...evidence, deeds: new Map([['0123456789abcdef', false]]) })
    expect(breaches).toEqual([
      'NOT 1 accepted deeds are decided, each once: 1 times, as 0123456789abcdef was never decided',
    ])
  })
})

describe.skipIf(!HAS_REDIS)('who watches over alerts', () => {
  it('[FT12] is taken over once another holds the lease and has committed', async () => {
    const bed = await RedisBed.open()
    onTestFinished(() => bed.close())
    const server = await bed.server()
    const head = keysOf('watch', ALERTS).head
    let time = START
    const hold = (holder: string) => server.ask('SET', leaseKey('watch', 'alert'), holder)
    const commit = (at: number) => server.ask('HSET', head, 'at', at)
    await hold('alert-1 00')
    await commit(START)
    const watch = new AlertWatch(redisConfig({ url: server.url, prefix: 'watch' }), plan, () => time)
    onTestFinished(() => watch.close())
    await expect.poll(() => watch.holder).toBe('alert-1')
    expect(watch.age).toBe(0)
    const taken = watch.takeover(60_000)
    await hold('alert-2 00')
    await expect.poll(() => watch.holder).toBe('alert-2')
    time += 4000
    await commit(START + 1)
    expect(await taken).toBe(4000)
    expect(await watch.reached(START + 1, 0)).toBe(true)
    const given = watch.takeover(1000)
    time += 1000
    expect(await given).toBe(null)
  })
})

describe('people who work during a run', () => {
  it('[FT13] do a deed again at the next gateway until it is answered, and each once', async () => {
    const roles = ['officer', 'supervisor', 'commander'] as const
    const people = new Map(
      roles.map((id) => [id, { id, name: { zh: id, en: id }, role: id, area: '32', unit: '' }]),
    )
    const server = await startDeskServer({ demo: roles, policy: { people, fallback: 'officer' } })
    onTestFinished(() => server.stop())
    await server.alarm()
    const nobody = 'http://127.0.0.1:1'
    const where = { gateways: [nobody, server.url], areas: ['3201001'] }
    const officers = new Officers(where, 50, seededRandom(1), () => server.clock.now())
    await server.soon(until(() => officers.accepted.size > 3))
    expect(await server.soon(officers.stop(Infinity))).toBe(true)
    const query = { from: 0, to: Number.MAX_SAFE_INTEGER, most: 1000, by: () => true }
    const { lines } = await server.desk.audit(query)
    const done = lines.filter(({ verb, code }) => verb !== 'sign-in' && code === null).map(({ id }) => id)
    expect(done.sort()).toEqual([...officers.accepted.keys()].sort())
    expect(officers.again).toBeGreaterThan(0)
  })
})
