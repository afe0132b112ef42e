import { describe, expect, it, onTestFinished } from 'vitest'
import { MemoryDisk } from '../adapters/disk.memory.ts'
import { MemoryLog } from '../adapters/log.memory.ts'
import { ownAll } from '../adapters/ownership.embedded.ts'
import { MemoryState } from '../adapters/state.memory.ts'
import { startAggregate } from '../aggregate.ts'
import { partitionOf } from '../core/grid.ts'
import { Fingerprint } from '../core/idempotency.ts'
import { encodeTick } from '../core/record.ts'
import { RecordWriter } from '../core/record-writer.ts'
import { busyPlan } from '../testdata/watched-city.ts'
import { Book } from './book.ts'
import { faultsOf } from './fault.ts'
import { judge, type Evidence } from './verdict.ts'

const START = Date.UTC(2026, 10, 22)
const TICK = 15_000
const TICKS = 20
const plan = busyPlan(3)
const AIR = plan.indicators.index.get('air') ?? 0
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
    writer.add(time, 12, print.high, print.low, area, slot, AIR)
  }
  return [writer.finish()]
}

/** Log and state after these rows, tick by tick, and the book of what should be in them. */
async function evidenceOf(book: Book, ticks: readonly (readonly Row[])[]): Promise<Evidence> {
  const disk = new MemoryDisk({ defer: (run) => void setImmediate(run) })
  const log = new MemoryLog(disk, { partitions: plan.partitions, epoch: '00000000000000aa' })
  const state = new MemoryState(disk, plan)
  for (const [number, rows] of ticks.entries())
    for (let partition = 0; partition < plan.partitions; partition++) {
      const own = rows.filter(({ area }) => partitionOf(plan.grid, area, plan.partitions) % 3 === partition)
      const at = START + (number + 1) * TICK
      await log.append(partition, [...recordOf(own), encodeTick({ at })])
    }
  const aggregate = startAggregate({ log, state, plan, ownership: ownAll(plan.partitions) })
  onTestFinished(() => aggregate.stop())
  while ((await state.tick()) < START + TICKS * TICK) await new Promise(setImmediate)
  await aggregate.stop()
  return { plan, book, log, state }
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
    expect(told(1)).toHaveLength(6)
  })

  it('[FT7] hold every kind once, and twice in the long form', () => {
    const kinds = (form: 'usual' | 'long') =>
      faultsOf(3, form).map(({ kind, target }) => `${kind} ${target.replace(/(-\d| from .*)$/, '')}`)
    const usual = kinds('usual')
    expect(new Set(usual).size).toBe(usual.length)
    expect(kinds('long').sort()).toEqual([...usual, ...usual].sort())
  })
})

describe('the verdict on a run', () => {
  it('[FT8] finds nothing where nothing went wrong', async () => {
    const { breaches, facts } = await judge(await sound())
    expect(breaches).toEqual([])
    expect(facts).toHaveLength(5)
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
    const { state, ...rest } = await sound()
    const spoilt: Evidence['state'] = {
      readings: (...asked) => state.readings(...asked),
      async *changes(partition, from, signal) {
        for await (const batch of state.changes(partition, from, signal))
          yield partition === 1 ? batch.map((tick) => ({ ...tick, bytes: tick.bytes.with(13, 0x37) })) : batch
      },
      async load(partition) {
        const found = await state.load(partition)
        return partition === 2 ? { ...found, entries: new Map([...found.entries].slice(1)) } : found
      },
    }
    const { breaches } = await judge({ ...rest, state: spoilt })
    expect(breaches.join('\n')).toMatch(
      /tick records are those of a replay in memory: 20 times, as partition 1/,
    )
    expect(breaches.join('\n')).toMatch(/NOT states .*: 1 times, as \S+ of partition 2/)
  })
})
