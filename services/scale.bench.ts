import { pino } from 'pino'
import { systemClock } from './adapters/clock.system.ts'
import { openKafkaLog, type KafkaLog } from './adapters/log.kafka.ts'
import { openRedisState, type RedisState } from './adapters/state.redis.ts'
import { planOf } from './app-plan.ts'
import { partitionOf } from './core/grid.ts'
import type { Plan } from './core/plan.ts'
import { RecordWriter } from './core/record-writer.ts'
import { encodeTick } from './core/record.ts'
import type { Measure } from './measure.bench.ts'
import { onBed, type Bed, type Crew } from './servers.bench.ts'

/** Ticks of one round, and observations of each: about 17 for every cell of the demo city. */
const TICKS = 40
const PER_TICK = 20_000
/** Observations of one record at most. */
const ROWS = 200
/** Sources of one cell. */
const CAMERAS = 10
const INDICATOR = 'people.count'
/** Time between two looks at how far the state is, and the longest wait for a round, ms. */
const LOOK_MS = 10
const MOST_ROUND = 60_000
const START = Date.UTC(2026, 10, 22)
const encoder = new TextEncoder()
const quiet = pino({ enabled: false })

/** Some aggregate processes with a log and a state of their own. */
class Side {
  readonly #plan: Plan
  readonly #log: KafkaLog
  readonly #state: RedisState
  readonly #crew: Crew
  /** Cells of each partition. */
  readonly #cells: readonly (readonly number[])[]
  #at = START
  #events = 0

  private constructor(plan: Plan, log: KafkaLog, state: RedisState, crew: Crew) {
    this.#plan = plan
    this.#log = log
    this.#state = state
    this.#crew = crew
    const { grid, partitions } = plan
    const deepest = grid.levels.length - 1
    const cells = Array.from(grid.depths.keys()).filter((area) => grid.depths[area] === deepest)
    this.#cells = Array.from({ length: partitions }, (_, partition) =>
      cells.filter((area) => partitionOf(grid, area, partitions) === partition),
    )
  }

  static async open(bed: Bed, processes: number): Promise<Side> {
    const name = `of-${processes}`
    const settings = {
      QINGYU_KAFKA__TOPIC: name,
      QINGYU_KAFKA__GROUP: name,
      QINGYU_REDIS__PREFIX: name,
      QINGYU_BROKER__URL: '',
    }
    const read = bed.read(settings)
    const { config } = read
    const plan = planOf(read, quiet)
    const { grid, partitions } = plan
    const belonging = { city: grid.city, grid: grid.version, partitions }
    const { retention, maxSize } = config.log
    const log = await openKafkaLog({ kafka: config.kafka, ...belonging, retention, maxSize, name })
    const state = await openRedisState({
      config,
      clock: systemClock,
      log: quiet,
      belonging: { ...belonging, epoch: log.epoch },
      codes: grid.codes,
      scheme: plan.scheme,
      partitionOf: (area) => partitionOf(grid, area, partitions),
    })
    const members = Array.from({ length: processes }, (_, i) => ({
      name: `${name}-${i + 1}`,
      stage: 'aggregate' as const,
    }))
    return new Side(plan, log, state, await bed.start(members, settings))
  }

  /** Appends so many ticks of a city to the log; events a second until the state has all of it. */
  async round(): Promise<number> {
    const records = this.#cells.map((cells) => this.#records(cells))
    const started = performance.now()
    this.#at += TICKS * this.#plan.tickMs
    await Promise.all(records.map((part, partition) => this.#log.append(partition, part)))
    while ((await this.#state.tick()) < this.#at) {
      if (performance.now() - started > MOST_ROUND) throw new Error('The state did not follow the log.')
      await new Promise((done) => setTimeout(done, LOOK_MS))
    }
    return ((TICKS * PER_TICK) / (performance.now() - started)) * 1000
  }

  async close(): Promise<void> {
    await this.#crew.end()
    await this.#state.close()
    await this.#log.close()
  }

  /** Records of one partition: its share of the observations, by its cells, tick by tick. */
  #records(cells: readonly number[]): Uint8Array[] {
    const { tickMs } = this.#plan
    const share = Math.round((PER_TICK * cells.length) / this.#cells.flat().length)
    const writer = new RecordWriter([INDICATOR])
    const records: Uint8Array[] = []
    for (let tick = 1; tick <= TICKS; tick++) {
      const at = this.#at + tick * tickMs
      for (let i = 0; i < share; i++) {
        const event = this.#events++
        const area = cells[event % cells.length] ?? 0
        const source = writer.source(encoder.encode(`vendor/camera-${area}-${event % CAMERAS}`))
        writer.add(at - 1 - (event % 900), (event * 7) % 150, 1, event, area, source, 0)
        if (writer.rows === ROWS) records.push(writer.finish())
      }
      if (writer.rows > 0) records.push(writer.finish())
      records.push(encodeTick({ at }))
    }
    return records
  }
}

/** `cluster.scale`: events/s from Kafka into Redis by two aggregate processes, over those by one. */
export async function clusterScale(measure: Measure): Promise<void> {
  await onBed(['kafka', 'redis'], async (bed) => {
    const sides: Side[] = []
    try {
      for (const processes of [1, 2]) sides.push(await Side.open(bed, processes))
      const [one, two] = sides
      if (one === undefined || two === undefined) return
      await measure.ratio('cluster.scale', 'events/s', {
        ours: () => two.round(),
        baseline: () => one.round(),
      })
    } finally {
      for (const side of sides) await side.close()
    }
  })
}
