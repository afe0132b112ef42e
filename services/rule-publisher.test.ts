import { describe, expect, it } from 'vitest'
import { VirtualClock } from './adapters/clock.virtual.ts'
import { MemoryDisk } from './adapters/disk.memory.ts'
import { MemoryLog } from './adapters/log.memory.ts'
import { ownAll } from './adapters/ownership.embedded.ts'
import { MemoryState } from './adapters/state.memory.ts'
import { startAggregate } from './aggregate.ts'
import { withKnown } from './alert-beginning.ts'
import { alertPartition, quietRecord } from './core/alert-record.ts'
import { encodeTickRecord } from './core/change.ts'
import type { Snapshot } from './core/commit.ts'
import { jsonEntry } from './core/json-entry.ts'
import type { Plan } from './core/plan.ts'
import { decodeInForce, encodeInForce, encodeTick, KIND_IN_FORCE, kindOf } from './core/record.ts'
import { plainRules } from './core/rule-set.ts'
import { STANDING_KEY, VERSION_PREFIX } from './core/rule-versions.ts'
import { RULES_KEY } from './core/rules-of-log.ts'
import { createIngest, type IngestOptions } from './ingest.ts'
import { tellLate } from './late-notices.ts'
import type { Source } from './ports.ts'
import { openPublisher } from './rule-publisher.ts'
import { RulesNow } from './rules-now.ts'
import { tickRecord } from './testdata/small-city.ts'
import { until } from './testdata/small-server.ts'
import { busyPlan } from './testdata/watched-city.ts'

const plan = busyPlan(3)
const OWN = alertPartition(plan)
const NOON = Date.UTC(2026, 10, 22, 12)
/** The rules under another version, with other windows. */
const named = (version: string, windowMs: number) => ({
  ...plan.rules,
  version,
  rules: plan.rules.rules.map((rule) => ({ ...rule, version, windowMs })),
})
const storm = named('storm', 600_000)
const pending = { version: 'storm', by: 'sun', why: 'heavy rain', from: NOON + 5000 }
const standing = (of: typeof pending | null) => ({
  current: plan.rules.version,
  file: '',
  pending: of,
  from: NOON + 5000,
})
const decided: Snapshot = {
  offset: NOON,
  at: NOON,
  entries: new Map(
    [
      jsonEntry(STANDING_KEY, standing(pending)),
      jsonEntry(`${VERSION_PREFIX}storm`, {
        name: 'Storm',
        saved: NOON,
        by: 'sun',
        published: [],
        book: plainRules(storm),
      }),
    ].flatMap(({ key, value }) => (value === null ? [] : [[key, value] as const])),
  ),
}
const published = {
  ...quietRecord(NOON),
  audit: [
    {
      at: NOON,
      id: '01',
      person: 'sun',
      role: 'supervisor',
      verb: 'publish-rules',
      subject: 'storm',
      comment: '',
      code: null,
    },
  ],
} as const

function stores(fault: () => string | undefined = () => undefined) {
  const disk = new MemoryDisk({ defer: (run) => void setImmediate(run), fault })
  const log = new MemoryLog(disk, { partitions: 3, epoch: '0123456789abcdef' })
  return { log, state: new MemoryState(disk, plan) }
}

/** What the publisher of a process reads of the state. */
const stateOf = ({ entries }: Snapshot) => ({
  entry: (partition: number, key: string) =>
    Promise.resolve(partition === OWN ? entries.get(key) : undefined),
})

async function saidIn(log: MemoryLog, partition: number) {
  const end = await log.end(partition)
  const said: ReturnType<typeof decodeInForce>[] = []
  if (end === 0) return said
  for await (const { first, records } of log.read(partition, 0, new AbortController().signal)) {
    said.push(
      ...records.filter((bytes) => kindOf(bytes) === KIND_IN_FORCE).map((bytes) => decodeInForce(bytes)),
    )
    if (first + records.length >= end) break
  }
  return said
}

function publisherOn(log: MemoryLog, snapshot: Snapshot) {
  const clock = new VirtualClock(NOON)
  const heard: string[] = []
  const parts = {
    log,
    state: stateOf(snapshot),
    plan,
    clock,
    program: 'test',
    tell: (line: string) => void heard.push(line),
    report: (line: string) => void heard.push(line),
  }
  return { clock, heard, publisher: openPublisher(parts) }
}

describe('publication of rules', () => {
  it('[RV40] puts what was decided into every partition of the log, once it is committed', async () => {
    const { log } = stores()
    const { heard, publisher } = publisherOn(log, decided)
    publisher.begin({ offset: 0, at: 0, entries: new Map() }, new AbortController().signal)
    publisher.take({ ...published, audit: published.audit.map((line) => ({ ...line, code: 'AL-role' })) })
    publisher.take(published)
    await until(() => heard.length > 0)
    await publisher.stop()
    for (const partition of [0, 1, 2])
      expect(await saidIn(log, partition)).toMatchObject([
        { rules: 'storm', from: NOON + 5000, by: 'sun', why: 'heavy rain' },
      ])
    expect(heard).toEqual(['Rules storm (Storm) are put into force by sun: heavy rain'])
  })

  it('[RV41] makes good what a crash kept from the log, and tries again what the log did not take', async () => {
    let fault: string | undefined = 'disk is full'
    const { log } = stores(() => fault)
    const { clock, heard, publisher } = publisherOn(log, decided)
    publisher.begin(decided, new AbortController().signal)
    await until(() => heard.length > 0)
    expect(heard[0]).toContain('could not be put into force')
    fault = undefined
    clock.advance(1000)
    await until(() => heard.length > 1)
    await publisher.stop()
    for (const partition of [0, 1, 2]) expect((await saidIn(log, partition)).at(-1)?.rules).toBe('storm')
  })

  it('[RV41] leaves it to who took over', async () => {
    const { log } = stores()
    const { publisher } = publisherOn(log, decided)
    publisher.begin(decided, AbortSignal.abort())
    publisher.take(published)
    await publisher.stop()
    expect(await saidIn(log, 0)).toEqual([])
  })
})

/** A process that lets ticks in and makes state of them, on these stores, with these rules in its file. */
async function processOn({ log, state }: ReturnType<typeof stores>, file: Plan, now: number) {
  const clock = new VirtualClock(now)
  const config = {
    clock: { source: 'wall', tick: file.tickMs, skew: 60_000, maxAge: 604_800_000, maxStep: 1 },
    http: { maxBody: 65_536 },
    limits: { batch: 1000, depth: 16, sources: 10, deadLetters: 10 },
    log: { partitions: 3, retention: 0, maxSize: 0, pending: 1000 },
    mqtt: { maxPacket: 65_536 },
    vendors: {},
  } as unknown as IngestOptions['config']
  const deadLetters = {
    add: () => undefined,
    list: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  }
  const aggregate = startAggregate({ log, state, plan: file, ownership: ownAll(3) })
  const ingest = createIngest({ log, clock, plan: file, config, deadLetters, program: 'test' })
  await ingest.start()
  const rules = new RulesNow(state, file)
  return {
    /** Plays ticks; the version in force after them. */
    ticks: async (count: number) => {
      for (let i = 0; i < count; i++) {
        clock.advance(file.tickMs)
        const goal = Math.floor(clock.now() / file.tickMs) * file.tickMs
        while ((await state.tick()) < goal) await new Promise((resolve) => setImmediate(resolve))
      }
      return (await rules.get()).plan.rules.version
    },
    now: () => clock.now(),
    stop: async () => {
      await ingest.stop()
      await aggregate.stop()
    },
  }
}

describe('rules over restarts', () => {
  it('[RV42] keeps what was published until the file says something else, and then goes by the file', async () => {
    const made = stores()
    const run = async (file: Plan, now: number, publish?: (now: number) => Promise<void>) => {
      const process = await processOn(made, file, now)
      const versions = [await process.ticks(2)]
      await publish?.(process.now())
      versions.push(await process.ticks(3))
      await process.stop()
      return { versions, now: process.now() + 60_000 }
    }
    const put = async (now: number) => {
      const record = encodeInForce({
        grid: '',
        rules: 'storm',
        program: '',
        book: plainRules(storm),
        from: now + 1000,
        by: 'sun',
        why: '',
      })
      for (const partition of [0, 1, 2]) await made.log.append(partition, [record])
    }
    const edited = { ...plan, rules: named('edited', 120_000) }
    const own = plan.rules.version
    const first = await run(plan, NOON, put)
    expect(first.versions).toEqual([own, 'storm'])
    const second = await run(plan, first.now)
    expect(second.versions).toEqual(['storm', 'storm'])
    const third = await run(edited, second.now, put)
    expect(third.versions).toEqual(['edited', 'storm'])
    const fourth = await run(edited, third.now)
    expect(fourth.versions).toEqual(['storm', 'storm'])
    expect((await run(plan, fourth.now)).versions).toEqual([own, own])
  })

  it('[RV43] takes no publication that comes after a later one, or twice', async () => {
    const { log, state } = stores()
    const aggregate = startAggregate({ log, state, plan, ownership: ownAll(3) })
    const say = (version: string, from: number) =>
      encodeInForce({
        grid: '',
        rules: version,
        program: '',
        book: plainRules(named(version, 600_000)),
        from,
        by: 'sun',
        why: '',
      })
    const records = [
      encodeTick({ at: NOON }),
      say('one', NOON + 1000),
      encodeTick({ at: NOON + 1000 }),
      say('two', NOON + 2000),
      encodeTick({ at: NOON + 2000 }),
      // A process that slept since it decided.
      say('one', NOON + 1000),
      encodeTick({ at: NOON + 3000 }),
      encodeTick({ at: NOON + 4000 }),
    ]
    for (const partition of [0, 1, 2]) await log.append(partition, records)
    while ((await state.tick()) < NOON + 4000) await new Promise((resolve) => setImmediate(resolve))
    expect((await new RulesNow(state, plan).get()).plan.rules.version).toBe('two')
    await aggregate.stop()
  })

  it('[RV47] tells the watch what is in force, where the tick that told of it is gone', async () => {
    const { log, state } = stores()
    const aggregate = startAggregate({ log, state, plan, ownership: ownAll(3) })
    const told = {
      grid: '',
      rules: 'storm',
      program: '',
      book: plainRules(storm),
      from: NOON,
      by: 'sun',
      why: '',
    }
    for (const partition of [0, 1, 2])
      await log.append(partition, [
        encodeInForce({ ...told }),
        encodeTick({ at: NOON }),
        encodeTick({ at: NOON + 1000 }),
      ])
    while ((await state.tick()) < NOON + 1000) await new Promise((resolve) => setImmediate(resolve))
    const ticks = { newest: () => Promise.resolve(0), begin: () => Promise.reject(new Error('not asked')) }
    const stored = { offset: 0, at: 0, entries: new Map<string, Uint8Array>() }
    const tick = await withKnown({ ticks, state, plan }, stored, { at: NOON + 2000, records: [] })
    expect(tick.records.map(({ inForce }) => inForce?.rules)).toEqual(['storm'])
    await aggregate.stop()
  })

  it('[RV48] tells vendors of late observations by the windows in force', async () => {
    const kept = {
      file: '',
      published: 0,
      pending: null,
      inForce: { rules: 'storm', after: NOON, book: plainRules(storm) },
    }
    const { value } = jsonEntry(RULES_KEY, kept)
    const told: string[] = []
    const sources = [
      {
        feedback: (...[, , refusals]: Parameters<Source['feedback']>) =>
          void told.push(...refusals.map(({ hint }) => hint)),
      },
    ]
    const late = [{ source: 'acme/cam-1', indicator: 'air', time: NOON - 3_600_000 }]
    const record = encodeTickRecord(tickRecord(0, NOON, { late }))
    await tellLate(record, new RulesNow({ entry: () => Promise.resolve(undefined) }, plan), sources)
    await tellLate(record, new RulesNow({ entry: () => Promise.resolve(value ?? undefined) }, plan), sources)
    expect(told.map((hint) => /\d+ s/.exec(hint)?.[0])).toEqual(['420 s', '720 s'])
  })
})
