import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { systemClock } from './adapters/clock.system.ts'
import { openDataFolder } from './adapters/data-folder.lmdb.ts'
import { ownAll } from './adapters/ownership.embedded.ts'
import { systemRandom } from './adapters/random.system.ts'
import { lmdbState } from './adapters/state.lmdb.ts'
import { startAlert } from './alert.ts'
import type { Action } from './core/action.ts'
import { alertPartition } from './core/alert-record.ts'
import { Alerting } from './core/alerting.ts'
import { aligned } from './core/align.ts'
import { encodeTickRecord } from './core/change.ts'
import type { StateEntry } from './core/commit.ts'
import { benchGrid, TickBench } from './core/notice.bench.ts'
import type { Channel } from './core/notice.ts'
import { decodeAction } from './core/record.ts'
import type { Measure } from './measure.bench.ts'
import { startOutbox } from './outbox.ts'
import type { Delivery, Letter, Notifier, State } from './ports.ts'
import { tickRecord } from './testdata/small-city.ts'

const START = Date.UTC(2026, 10, 22)
const TICK = 1000
/** Real time of a tick, ms: the minute passes four times as fast. */
const PACE = 250
const STORMY = 60
/** Ticks in which the last notices leave. */
const AFTERMATH = 12
const EMPTY = { entries: [], levels: [], readings: [] }

/** When the first letter about each alert left, and whether any left twice. */
class Leaving {
  readonly first = new Map<string, number>()
  readonly #begun: ReadonlyMap<number, number>
  readonly #ids = new Set<string>()
  twice = 0

  constructor(begun: ReadonlyMap<number, number>) {
    this.#begun = begun
  }

  get letters(): number {
    return this.#ids.size
  }

  by(channel: Channel): Notifier {
    return {
      channel,
      send: (letter) => this.#take(letter),
      address: () => null,
      close: () => Promise.resolve(),
    }
  }

  #take({ notice, alerts }: Letter): Promise<Delivery> {
    if (this.#ids.has(notice.id)) this.twice++
    this.#ids.add(notice.id)
    for (const { id, raised } of alerts)
      if (!this.first.has(id)) this.first.set(id, performance.now() - (this.#begun.get(raised) ?? NaN))
    return new Promise((resolve) => setImmediate(() => resolve({ sent: true })))
  }
}

/** Tells the ticks of a stormy minute as the aggregate stage would, with what the outbox told the log in between. */
async function tellMinute(
  state: State,
  city: TickBench,
  begun: Map<number, number>,
  deeds: Action[],
): Promise<void> {
  const { partitions } = city.plan
  for (let tick = 0; tick < STORMY + AFTERMATH; tick++) {
    const at = START + tick * TICK
    const verdicts = tick < STORMY + 10 ? city.verdicts(tick) : []
    const actions = deeds.splice(0)
    begun.set(at, performance.now())
    for (let partition = 0; partition <= partitions; partition++) {
      const record = encodeTickRecord(tickRecord(partition, at, partition === 0 ? { verdicts, actions } : {}))
      await state.commit(partition, tick, { ...EMPTY, offset: tick + 1, at, record })
    }
    await pause(PACE)
  }
}

async function runMinute(state: State, city: TickBench): Promise<Leaving> {
  const { plan, policy } = city
  const begun = new Map<number, number>()
  const leaving = new Leaving(begun)
  const deeds: Action[] = []
  const ticks = aligned(state, plan.partitions)
  const outbox = startOutbox({
    notifiers: (['webhook', 'mail', 'push'] as const).map((channel) => leaving.by(channel)),
    people: policy.people,
    addresses: (person) => Promise.resolve([person]),
    render: ({ id }) => ({ subject: id, body: id, link: '' }),
    log: {
      append: (_, records) => {
        deeds.push(...records.map((record) => decodeAction(record)))
        return Promise.resolve(0)
      },
    },
    state,
    plan,
    newest: () => ticks.newest(),
    clock: systemClock,
    random: systemRandom(),
    report: (sentence) => process.stderr.write(`${sentence}\n`),
  })
  const stage = startAlert({
    ticks,
    state,
    plan,
    ownership: ownAll(1),
    watch: (stored) => new Alerting(plan, policy, stored),
    onActive: (stored, lost) => outbox.begin(stored, lost),
    committed: (record) => outbox.take(record),
  })
  await Promise.race([tellMinute(state, city, begun, deeds), stage.failed])
  await stage.stop()
  await outbox.stop()
  return leaving
}

/**
 * `alerts.first`: a thousand alerts in what a minute of ticks is, 10,000 officers with five subscriptions each, the state on
 * disk: from telling the tick to the first letter that leaves, ms, p99, over the promised 2 s. Throws when a letter leaves twice.
 */
export async function alertFirst(measure: Measure): Promise<void> {
  const city = new TickBench(benchGrid(), 50_000, 10_000)
  const { grid, partitions } = city.plan
  const dir = mkdtempSync(join(tmpdir(), 'qingyu-alerts-'))
  const folder = openDataFolder(dir, { city: grid.city, grid: grid.version, partitions })
  try {
    const state = lmdbState(folder)
    const entries = [...city.entries].map(([key, value]): StateEntry => ({ key, value }))
    const before = START - TICK
    const record = new Uint8Array(0)
    await state.commit(alertPartition(city.plan), 0, {
      ...EMPTY,
      entries,
      offset: before,
      at: before,
      record,
    })
    const { first, letters, twice } = await runMinute(state, city)
    if (twice > 0) throw new RangeError(`${twice} of ${letters} letters left twice`)
    const sorted = [...first.values()].sort((a, b) => a - b)
    measure.figure('alerts.first', 'ms', sorted[Math.floor(sorted.length * 0.99)] ?? NaN, 2000)
    measure.figure('alerts.first.alerts', 'alerts', sorted.length, 1000)
  } finally {
    await folder.close()
    rmSync(dir, { recursive: true, force: true })
  }
}
