import { Redis } from 'ioredis'
import { pino } from 'pino'
import { CELLS, ChangedCells, PARTITIONS, type TickCommit } from '../commits.bench.ts'
import { partitionOf } from '../core/grid.ts'
import type { Measure } from '../measure.bench.ts'
import { onBed, type Bed } from '../servers.bench.ts'
import { systemClock } from './clock.system.ts'
import { openRedisState, type RedisState } from './state.redis.ts'

/** Ticks committed in one round; the aggregate stage, too, has up to eight of a partition on their way. */
const TICKS = 2
/** Events of one round of the other side, events of one pipeline, and pipelines on their way. */
const EVENTS = 20_000
const PIPELINE = 500
const FLYING = 4
/** How long the other side keeps a pane: as long as ours holds one, ms. */
const PANE_MS = 60_000
const HELD_MS = 420_000
/** Longest time in which a tick of all cells may be committed, and longest single script, ms. */
const MOST_COMMIT = 100
const MOST_SCRIPT = 10

type Command = [string, ...(string | number)[]]

/** A city's commits and the state that takes them; each partition's go in order, those of all partitions side by side. */
class Committing {
  readonly #cells: ChangedCells
  readonly #state: RedisState
  readonly #perCell: number

  private constructor(cells: ChangedCells, state: RedisState, perCell: number) {
    this.#cells = cells
    this.#state = state
    this.#perCell = perCell
  }

  /** With full windows. */
  static async open({ config }: Bed, perCell: number): Promise<Committing> {
    const cells = new ChangedCells()
    const { grid, scheme } = cells.plan
    const state = await openRedisState({
      config,
      clock: systemClock,
      log: pino({ enabled: false }),
      belonging: { city: grid.city, grid: grid.version, partitions: PARTITIONS, epoch: '0123456789abcdef' },
      codes: grid.codes,
      scheme,
      partitionOf: (area) => partitionOf(grid, area, PARTITIONS),
    })
    const committing = new Committing(cells, state, perCell)
    for (let partition = 0; partition < PARTITIONS; partition++) await state.load(partition)
    for (const { partition, expected, commit } of cells.fill(perCell))
      await state.commit(partition, expected, commit)
    return committing
  }

  /** Commits of the next `ticks` ticks, made before anything is timed. */
  next(ticks: number): TickCommit[] {
    return Array.from({ length: ticks }, () => this.#cells.tick(this.#perCell)).flat()
  }

  /** The ms that Redis takes for them. */
  async commit(commits: readonly TickCommit[]): Promise<number> {
    const started = performance.now()
    await Promise.all(
      commits.map(({ partition, expected, commit }) => this.#state.commit(partition, expected, commit)),
    )
    return performance.now() - started
  }

  close(): Promise<void> {
    return this.#state.close()
  }
}

/**
 * What one event takes when nothing is gathered: count, sum and largest of its pane, the cell's last value, and an end for the
 * pane; all or nothing, or a reader sees the count of one event and the sum of another. It knows no duplicates, no windows and
 * no levels, as ours does.
 */
function observed(event: number): Command[] {
  const cell = event % CELLS
  const value = (event * 7) % 400
  const time = 1_795_320_000_000 + event
  const minute = Math.floor(time / PANE_MS)
  const pane = `pane:{${cell}}:${minute}`
  return [
    ['multi'],
    ['hincrby', pane, 'count', 1],
    ['hincrby', pane, 'sum', value],
    ['zadd', `max:{${cell}}`, 'GT', value, minute],
    ['hset', `cell:{${cell}}`, 'value', value, 'time', time],
    ['pexpire', pane, HELD_MS],
    ['exec'],
  ]
}

/** The other side: pipelines of 500 events, four on their way. Answers events a second. */
async function eventByEvent(redis: Redis): Promise<number> {
  const flying: Promise<unknown>[] = []
  const started = performance.now()
  for (let event = 0; event < EVENTS;) {
    const commands = Array.from({ length: PIPELINE }, () => observed(event++)).flat()
    flying.push(redis.pipeline(commands).exec())
    if (flying.length >= FLYING) await flying.shift()
  }
  await Promise.all(flying)
  return (EVENTS / (performance.now() - started)) * 1000
}

function clientOf({ config }: Bed): Redis {
  return new Redis(config.redis.url)
}

async function compare(measure: Measure, id: string, perCell: number): Promise<void> {
  await onBed(['redis'], async (bed) => {
    const ours = await Committing.open(bed, perCell)
    const redis = clientOf(bed)
    try {
      await measure.ratio(id, 'events/s', {
        ours: async () => ((CELLS * perCell * TICKS) / (await ours.commit(ours.next(TICKS)))) * 1000,
        baseline: () => eventByEvent(redis),
      })
    } finally {
      await ours.close()
      redis.disconnect()
    }
  })
}

/** `redis.batch`: ten events a cell and tick, committed by tick and one by one. */
export const redisBatch = (measure: Measure): Promise<void> => compare(measure, 'redis.batch', 10)

/** `redis.sparse`: one event a cell and tick. */
export const redisSparse = (measure: Measure): Promise<void> => compare(measure, 'redis.sparse', 1)

/** The longest script since the slow log was emptied, ms. */
async function longestScript(redis: Redis): Promise<number> {
  const entries = (await redis.slowlog('GET', -1)) as [number, number, number, string[]][]
  const scripts = entries.filter(([, , , [command = '']]) => /^(evalsha|eval|fcall)$/i.test(command))
  return Math.max(...scripts.map(([, , microseconds]) => microseconds)) / 1000
}

/** `redis.commit`: one tick of 10,000 changed cells in 16 partitions, and the longest time that one script keeps Redis from others. */
export async function redisCommit(measure: Measure): Promise<void> {
  await onBed(['redis'], async (bed) => {
    const ours = await Committing.open(bed, 10)
    const redis = clientOf(bed)
    await redis.config('SET', 'slowlog-log-slower-than', '0')
    await redis.config('SET', 'slowlog-max-len', '4096')
    const scripts: number[] = []
    try {
      await measure.value(
        'redis.commit',
        'ms',
        async () => {
          const commits = ours.next(1)
          await redis.slowlog('RESET')
          const elapsed = await ours.commit(commits)
          scripts.push(await longestScript(redis))
          return elapsed
        },
        MOST_COMMIT,
      )
      await measure.value('redis.commit.script', 'ms', () => scripts.shift() ?? NaN, MOST_SCRIPT)
    } finally {
      await ours.close()
      redis.disconnect()
    }
  })
}
