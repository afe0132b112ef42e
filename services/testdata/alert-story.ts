import { systemClock } from '../adapters/clock.system.ts'
import { ownAll } from '../adapters/ownership.embedded.ts'
import type { RedisStateOptions } from '../adapters/state.redis.ts'
import { quiet, redisConfig } from '../adapters/testdata/redis-states.ts'
import { startAggregate } from '../aggregate.ts'
import { startAlert } from '../alert.ts'
import type { AlertPolicy } from '../core/alert-policy.ts'
import type { AlertRecord } from '../core/alert-record.ts'
import { Alerting } from '../core/alerting.ts'
import { aligned } from '../core/align.ts'
import type { TickRecord } from '../core/change.ts'
import { partitionOf } from '../core/grid.ts'
import { decodeAction, encodeAction, KIND_ACTION, kindOf } from '../core/record.ts'
import type { Role } from '../core/person.ts'
import { SYSTEM } from '../core/person.ts'
import { startOutbox } from '../outbox.ts'
import type { Clock, Log, Notifier, Random, State } from '../ports.ts'
import { CityRun } from './city-run.ts'
import { actionOf, dutyPolicy, STAFF } from './duty-city.ts'
import { smallGrid } from './small-city.ts'
import { indicatorWith, planWith, ruleWith } from './watched-city.ts'

const START = Date.UTC(2026, 10, 22)
const TICK = 1000
/** A storm begins so often, lasts so long, and stays on a cell so long, ticks. */
const STORM = { every: 30, lasts: 18, stays: 6 }
/** Ticks after the last at which anything happens, for what became of the last notices. */
const AFTERMATH = 5

/** Three streets of four cells; the air warns within seconds. */
export const STORY_PLAN = planWith(
  [indicatorWith('air', { paneMs: 1000, intervalMs: 0, latenessMs: 5000 })],
  [ruleWith('air', 'air', { windowMs: 4000, offDelayMs: 1000 })],
  { partitions: 2 },
  smallGrid(3, 4),
)

/** Officers and commanders are told by webhook; clocks run out within seconds, so that much is said. */
export const STORY_POLICY: AlertPolicy = dutyPolicy({
  categoryOf: new Map([['air', 'test']]),
  incidents: { rank: 1, by: 'category', gap: 0, gapMetres: 5, offDelayMs: 3000 },
  limits: () => ({ acknowledge: 8000, dispatch: 0, handle: 0, verify: 0 }),
  stepMs: 5000,
  repeatMs: 60_000,
  rate: { most: 10_000, perMs: 60_000 },
  defaults: new Map<Role, { rank: number; channels: ['webhook'] }>([
    ['officer', { rank: 1, channels: ['webhook'] }],
    ['commander', { rank: 2, channels: ['webhook'] }],
  ]),
})

/** What partitions are given, tick by tick: storms that come, grow, move over cells of two streets and go, and what people do. */
export interface Story {
  readonly logs: readonly (readonly Uint8Array[])[]
  /** Number of records of each partition at the end of each tick. */
  readonly ends: readonly (readonly number[])[]
  /** What partitions and roll-up say of each tick. */
  readonly records: readonly TickRecord[]
}

/** A story of so many ticks. */
export function storyOf(ticks: number): Story {
  const run = new CityRun(STORY_PLAN)
  const ends: number[][] = []
  let actions = 0
  for (let tick = 1; tick <= ticks; tick++) {
    const time = START + tick * TICK
    const phase = tick % STORM.every
    const storm = Math.floor(tick / STORM.every)
    for (let cell = 0; cell < 12; cell++) {
      const centre = (storm * 5 + Math.floor(phase / STORM.stays)) % 12
      const isWet = phase < STORM.lasts && (cell === centre || (phase > 8 && cell === (centre + 1) % 12))
      run.observe({ area: 4 + cell, indicator: 'air', value: isWet ? 15 + phase : 1, time: time - 500 })
    }
    const sun = STAFF.get('sun')
    if (sun !== undefined && tick % 45 === 0) {
      const deed = {
        verb: 'raise',
        areas: ['3203'],
        category: 'test',
        rank: 3,
        headline: 'Gas',
        exercise: false,
      }
      run.flush(0)
      run.logs[0]?.push(encodeAction(actionOf(++actions, time, sun, deed as Parameters<typeof actionOf>[3])))
    }
    run.tick(time)
    ends.push(run.logs.map(({ length }) => length))
  }
  return { logs: run.logs, ends, records: run.records }
}

/** A state in Redis for the story; its keys begin with `prefix`. */
export function storyState(redis: { readonly url: string; readonly prefix: string }): RedisStateOptions {
  const { grid, partitions, scheme } = STORY_PLAN
  return {
    config: redisConfig(redis),
    clock: systemClock,
    log: quiet,
    belonging: { city: grid.city, grid: grid.version, partitions, epoch: '0123456789abcdef' },
    codes: grid.codes,
    scheme,
    partitionOf: (area) => partitionOf(grid, area, partitions),
  }
}

/** Whether a record belongs to the story: all but what the program itself adds. */
function isTold(record: Uint8Array): boolean {
  return kindOf(record) !== KIND_ACTION || decodeAction(record).by.person !== SYSTEM.person
}

/** How many records of the story stand in a partition of the log. */
async function toldIn(log: Log, partition: number): Promise<number> {
  const end = await log.end(partition)
  let count = 0
  const stop = new AbortController()
  if (end > 0)
    for await (const { first, records } of log.read(partition, 0, stop.signal)) {
      count += records.filter(isTold).length
      if (first + records.length >= end) break
    }
  stop.abort()
  return count
}

/** What a story is played on. */
export interface Stage {
  readonly log: Log
  readonly state: State
  readonly clock: Clock
  readonly random: Random
  readonly notifier: Notifier
  readonly address: (person: string) => string
  /** Hears of each step. */
  readonly say: (what: string) => void
}

/** Plays a story from where the log stands to its end, until every notice is settled; as a whole program would, in one process. */
export async function playStory(story: Story, on: Stage): Promise<void> {
  const { log, state, clock, random, notifier, address, say } = on
  const ticks = aligned(state, STORY_PLAN.partitions)
  const aggregate = startAggregate({ log, state, plan: STORY_PLAN, ownership: ownAll(STORY_PLAN.partitions) })
  const outbox = startOutbox({
    notifiers: [notifier],
    people: STORY_POLICY.people,
    addresses: (person) => Promise.resolve([address(person)]),
    render: ({ id }) => ({ subject: id, body: id, link: '' }),
    log,
    state,
    plan: STORY_PLAN,
    newest: () => ticks.newest(),
    clock,
    random,
    report: say,
  })
  const stage = startAlert({
    ticks,
    state,
    plan: STORY_PLAN,
    ownership: ownAll(1),
    watch: (stored) => new Alerting(STORY_PLAN, STORY_POLICY, stored),
    onActive: (stored, lost) => outbox.begin(stored, lost),
    committed: (record: AlertRecord) => {
      outbox.take(record)
      say(`committed ${record.at}`)
    },
  })
  const failed = Promise.race([aggregate.failed, stage.failed])
  const until = async (holds: () => boolean) => {
    while (!holds()) await Promise.race([failed, new Promise((resolve) => setTimeout(resolve, 1))])
  }
  const isIdle = () =>
    outbox
      .metrics()
      .every(({ kind, samples }) => kind === 'counter' || samples.every(({ value }) => value === 0))
  const have = await Promise.all(story.logs.map((_, partition) => toldIn(log, partition)))
  for (const [i, ends] of story.ends.entries()) {
    if (i === story.ends.length - AFTERMATH) await until(isIdle)
    for (const [partition, records] of story.logs.entries()) {
      const missing = records.slice(have[partition], ends[partition])
      if (missing.length === 0) continue
      await log.append(partition, missing)
      have[partition] = ends[partition] ?? 0
    }
    await until(() => stage.reached >= START + (i + 1) * TICK)
    say(`tick ${i}`)
  }
  await stage.stop()
  await outbox.stop()
  await aggregate.stop()
}
