import { MOST_KEYS } from './duplicate-filter.ts'
import { MOST_AREAS } from './grid-squares.ts'
import { MOST_SOURCES } from './source-table.ts'

/** What a system engineer knows of a city, and how it is configured. Times in s. */
export interface City {
  readonly sources: number
  /** Time between two messages of one source. */
  readonly interval: number
  /** Observations of one message. */
  readonly batch: number
  readonly cells: number
  /** Indicators that are observed in each cell. */
  readonly indicators: number
  /** Of the indicators: longest window, pane, lateness. */
  readonly window: number
  readonly pane: number
  readonly lateness: number
  readonly tick: number
  readonly linger: number
  readonly retention: number
  readonly replication: number
  readonly history: number
  /** How long tick records are kept (redis.changes). */
  readonly changes: number
  /** Changes of level of one area in a day. */
  readonly turns: number
  /** How long it has run: what is kept grows until it is as old as it may get. */
  readonly age: number
  /** Where they stand already; otherwise chosen. */
  readonly partitions?: number
  readonly ingests?: number
}

/** Cores at work in the mean; processes (servers, nodes) of which each is half busy then, and is done with a pane's end in a tick. */
export interface Work {
  readonly cores: number
  readonly processes: number
}

/** What Redis keeps, bytes. */
export interface Kept {
  readonly windows: number
  readonly duplicates: number
  readonly sources: number
  readonly levels: number
  readonly readings: number
  readonly ticks: number
}

/** What a city needs; rates are by the second. */
export interface Capacity {
  readonly messages: number
  readonly observations: number
  /** Records of the log. */
  readonly records: number
  /** Windows that change in one tick. */
  readonly changed: number
  readonly partitions: number
  readonly broker: Work
  readonly ingest: Work
  readonly aggregate: Work
  readonly kafka: Work
  readonly redis: Work
  /** Bytes a second into Kafka (compressed, one copy) and into Redis. */
  readonly logged: number
  readonly committed: number
  /** Bytes of all copies on Kafka's disks. */
  readonly disk: number
  readonly kept: Kept & { readonly all: number }
  /** What does not fit as it is asked for. */
  readonly beyond: readonly string[]
}

/** Work in µs of one core, on a machine on which `cost.apply` is {@link REFERENCE_US}. */
export const COSTS = {
  broker: { message: 13 },
  ingest: { idle: 0.015, message: 6, observation: 1.2, record: 60 },
  aggregate: { idle: 0.01, record: 20, observation: 0.8, entry: 8, kilobyte: 4, tick: 1000 },
  kafka: { idle: 0.04, record: 90, observation: 0.8 },
  redis: { idle: 0.003, entry: 0.5, kilobyte: 3, reading: 1.5, tick: 50 },
} as const
/** An observation applied to its windows, µs: by it other machines are compared. */
export const REFERENCE_US = 0.65

/** Sizes in bytes, measured. */
const SIZE = {
  /** Of an observation in the log, compressed; of its source's name; of a record's frame. */
  row: 14,
  name: 18,
  record: 110,
  /** Of one commit: a window, each of its panes, each source in it; a key of the filter; times of 128 sources. */
  series: 60,
  pane: 26,
  speaker: 6.6,
  key: 12,
  heard: 1024,
  /** A field in Redis beside its bytes; a tick record in which nothing changed; a change in it. */
  field: 110,
  tick: 450,
  change: 270,
  /** A source's name and time; an area's level, its readable form and history. */
  source: 45,
  level: 620,
  turn: 90,
  /** A reading, with the room that a growing string has; a day of them. */
  reading: 27,
  day: 300,
} as const

/** Share of a core or a bound that is planned for; the rest is for peaks and for catching up. */
export const PLANNED = 0.5
/** Sources told apart in a pane, and sources whose times are one entry. */
const SPEAKERS = 32
const HEARD = 128
/** Keys of the duplicate filter go by spans of so long, s. */
const SPAN = 60
/** Time from an append to Kafka's answer, beside the linger, s. */
const ANSWER = 0.01
/** What Redis sets aside for a byte; what a partition writes again of its open chunks at each tick, bytes. */
const ALLOCATED = 1.2
const TAIL = 4096
/** Cores of one Kafka broker, the only server here that uses several. */
const BROKER_CORES = 4
const DAY = 86_400
const MOST_PARTITIONS = 256
const FEWEST_PARTITIONS = 16

/** By the million of µs in a second. */
const cores = (...parts: readonly (readonly [rate: number, cost: number])[]): number =>
  parts.reduce((sum, [rate, cost]) => sum + (rate * cost) / 1e6, 0)

/** `atOnce` is work of one moment, s, that must be done within a tick. */
function work(busy: number, idle = 0, atOnce = 0, tick = 1): Work {
  const processes = Math.max(1, Math.ceil(busy / PLANNED), Math.ceil(atOnce / tick))
  return { cores: busy + idle * processes, processes }
}

/** What follows from the city alone, whoever does it. */
function flowOf(city: City) {
  const { sources, interval, batch, cells, indicators, tick, pane, age } = city
  const messages = sources / interval
  const series = cells * indicators
  /** Of one window, by the second. */
  const hits = messages / series
  const held = Math.min(age, city.window + city.lateness)
  const panes = (Math.ceil(held / pane) + 1) * (1 - Math.exp(-hits * pane))
  const speakers = Math.min(SPEAKERS, sources / series, Math.max(1, hits * pane))
  return {
    messages,
    observations: messages * batch,
    series,
    changed: (series * (1 - Math.exp(-hits * tick))) / tick,
    /** Entries of times heard that change; at most, when sources come in no order. */
    heard: ((sources / HEARD) * (1 - Math.exp((-HEARD * tick) / interval))) / tick,
    seriesBytes: SIZE.series + panes * (SIZE.pane + SIZE.speaker * speakers),
    keys: messages * batch * Math.min(age, city.window + city.lateness + SPAN / 2),
  }
}

type Flow = ReturnType<typeof flowOf>

/** A power of two that keeps duplicates and sources within half their bounds and gives every aggregate process two partitions. */
function partitionsFor({ keys, changed, observations }: Flow, sources: number): number {
  const { observation, entry } = COSTS.aggregate
  const aggregates = cores([observations, observation], [changed, 2 * entry]) / PLANNED
  const least = Math.max(
    FEWEST_PARTITIONS,
    keys / (MOST_KEYS * PLANNED),
    sources / (MOST_SOURCES * PLANNED),
    2 * aggregates,
  )
  return 2 ** Math.ceil(Math.log2(least))
}

function keptBy(city: City, flow: Flow, partitions: number): Capacity['kept'] {
  const { age, cells, indicators, sources } = city
  const remembered = Math.min(age, city.history)
  const told = Math.min(age, city.changes)
  const turns = (cells * city.turns) / DAY
  /** Cells of which anything was ever heard. */
  const seen = cells * (1 - Math.exp(-(flow.messages / cells) * age))
  const kept = {
    windows: seen * indicators * (flow.seriesBytes * ALLOCATED + SIZE.field),
    duplicates: flow.keys * SIZE.key * ALLOCATED,
    sources: Math.min(sources, flow.messages * age) * SIZE.source * ALLOCATED,
    levels: seen * SIZE.level + turns * remembered * SIZE.turn,
    readings:
      seen * indicators * ((SIZE.reading * remembered) / city.pane + SIZE.day * Math.ceil(remembered / DAY)),
    // The first record of all tells every area.
    ticks:
      (told / city.tick) * partitions * SIZE.tick + (turns * told + (told === age ? seen : 0)) * SIZE.change,
  }
  const { windows, duplicates, levels, readings, ticks } = kept
  return { ...kept, all: windows + duplicates + kept.sources + levels + readings + ticks }
}

function beyondOf({ cells, sources }: City, { keys }: Flow, wanted: number, partitions: number): string[] {
  return [
    wanted > MOST_PARTITIONS &&
      `${wanted} partitions would keep sources and duplicates within half their bounds; log.partitions goes to ${MOST_PARTITIONS}`,
    keys / partitions > MOST_KEYS &&
      `a partition tells duplicates by ${MOST_KEYS} keys; the oldest observations would count as late`,
    cells >= MOST_AREAS && `a grid has ${MOST_AREAS} areas, and the levels above the cells count too`,
    sources > MOST_SOURCES &&
      'every ingest process meets all sources of a shared subscription; those beyond limits.sources are made anew with each message',
  ].filter((sentence) => sentence !== false)
}

/** What it takes to run a city, from the costs of its parts; `speed` is how much slower the machine is than the reference. */
export function capacityOf(city: City, speed = 1): Capacity {
  const { broker, ingest, aggregate, kafka, redis } = COSTS
  const flow = flowOf(city)
  const { messages, observations, changed, heard, series } = flow
  const wanted = partitionsFor(flow, city.sources)
  const partitions = city.partitions ?? Math.min(MOST_PARTITIONS, wanted)
  const taking = speed * cores([messages, ingest.message], [observations, ingest.observation])
  const ingests = city.ingests ?? work(taking).processes
  // Each ingest process makes a record of each partition with every commit, and one of its tick.
  const commits = (ingests * partitions) / (city.linger + ANSWER)
  const records = Math.min(messages, commits) + (ingests * partitions) / city.tick
  const ticks = partitions / city.tick
  const entries = changed + heard + 6 * ticks
  const committed = changed * flow.seriesBytes + heard * SIZE.heard + observations * SIZE.key + ticks * TAIL
  const kilobytes = committed / 1024
  const aggregating =
    speed *
    cores(
      [records, aggregate.record],
      [observations, aggregate.observation],
      [entries, aggregate.entry],
      [kilobytes, aggregate.kilobyte],
      [ticks, aggregate.tick],
      [series / city.pane, aggregate.entry],
    )
  const storing =
    speed *
    cores(
      [entries, redis.entry],
      [kilobytes, redis.kilobyte],
      [ticks, redis.tick],
      [series / city.pane, redis.reading],
    )
  // At the end of a pane every window is judged and its reading kept.
  const judging = speed * cores([series, aggregate.entry])
  const keeping = speed * cores([series, redis.reading])
  const copying = cores([records, kafka.record], [observations, kafka.observation])
  const brokering = speed * city.replication * (kafka.idle + copying)
  const logged = observations * SIZE.row + messages * SIZE.name + records * SIZE.record
  return {
    messages,
    observations,
    records,
    changed,
    partitions,
    broker: work(speed * cores([messages, broker.message])),
    ingest: work(taking + speed * cores([records, ingest.record]), speed * ingest.idle),
    aggregate: work(aggregating, speed * aggregate.idle, judging, city.tick),
    kafka: {
      cores: brokering,
      processes: Math.max(city.replication, Math.ceil(brokering / (PLANNED * BROKER_CORES))),
    },
    redis: work(storing, speed * redis.idle, keeping, city.tick),
    logged,
    committed,
    disk: logged * Math.min(city.age, city.retention) * city.replication,
    kept: keptBy(city, flow, partitions),
    beyond: beyondOf(city, flow, wanted, partitions),
  }
}
