import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { seededRandom } from './adapters/random.seeded.ts'
import { capacityOf, REFERENCE_US, type City } from './core/capacity.ts'
import { measureApply } from './core/window.bench.ts'
import type { Measure } from './measure.bench.ts'
import { placesOf, runElsewhere } from './pipeline.bench.ts'
import { onBed, type Bed, type Crew } from './servers.bench.ts'

/** Cells along a side of the small city; blocks of ten by ten stay in one partition. */
const SIDE = 70
/** Time until windows are full, and time of the measurement, s. */
const WARM = 25
const SECONDS = 20
/** Largest factor between what is foretold and what is measured. */
const MOST_FACTOR = 2
const PARTITIONS = 16
/** Looks at the machine's speed during the measurement. */
const PROBES = 5

/** A city of 10 million sources and a million cells at a scale of 1 : 200, with windows that are soon full. */
const SMALL: City = {
  sources: 50_000,
  interval: 20,
  batch: 4,
  cells: SIDE * SIDE,
  indicators: 1,
  window: 20,
  pane: 5,
  lateness: 30,
  tick: 1,
  linger: 0.05,
  retention: Infinity,
  replication: 1,
  history: Infinity,
  changes: 3600,
  turns: 0,
  age: WARM + SECONDS,
  partitions: PARTITIONS,
  ingests: 1,
}

const GRID = `city: small
name: { zh: 小城, en: Small }
zone: Asia/Shanghai
levels:
  - { id: city, name: { zh: 市, en: City } }
  - { id: block, name: { zh: 片区, en: Block } }
  - { id: cell, name: { zh: 单元网格, en: Cell } }
partitionLevel: block
squares: { west: 118, south: 0, east: ${118 + (SIDE - 0.5) * 0.0009}, north: ${(SIDE - 0.5) * 0.0009}, cellMetres: 100, codePrefix: SM, groups: [10] }
`
const CITY = `city: { grid: grid.yaml }
mqtt: { enabled: false }
log: { partitions: ${PARTITIONS} }
indicators:
  air:
    { name: { zh: 空气, en: Air }, unit: u, resolution: 0.1, range: [0, 1000], pane: ${SMALL.pane}s, lateness: ${SMALL.lateness}s }
rules:
  - id: air
    name: { zh: 空气, en: Air }
    indicator: air
    window: ${SMALL.window}s
    limits: { blue: 60, red: 80 }
parents: [{ level: block, kind: worst }]
`

/** Where everything stands at one moment. */
interface Snap {
  /** Time, s. */
  readonly at: number
  /** Observations applied so far. */
  readonly applied: number
  /** CPU so far, s. */
  readonly cpu: Readonly<Record<string, number>>
  readonly kafkaBytes: number
  readonly redisBytes: number
  readonly redisReceived: number
}

/** CPU of a process so far, s: user and system time in hundredths (proc(5), fields 14 and 15). */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

function bytesOfLogs(dir: string): number {
  return readdirSync(dir, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) return sum + bytesOfLogs(path)
    return entry.name.endsWith('.log') ? sum + statSync(path).size : sum
  }, 0)
}

/** CPU, not time on the clock, of one observation applied to its windows, µs. */
function applyCost(random: () => number): number {
  const { apply } = measureApply(5, 20_000, random, () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  })
  return (apply.ms * 1000) / apply.operations
}

/** How much slower than the reference this machine is for `seconds`, while all else goes on. */
async function slowness(seconds: number): Promise<number> {
  const random = seededRandom(1)
  const integer = () => random.uint32()
  const until = performance.now() + seconds * 1000
  // The first one only warms up.
  applyCost(integer)
  const costs: number[] = []
  for (let i = 1; i <= PROBES; i++) {
    costs.push(applyCost(integer))
    await pause(Math.max(0, until - performance.now()) / 1000 / (PROBES - i + 1))
  }
  return costs.reduce((sum, cost) => sum + cost, 0) / PROBES / REFERENCE_US
}

async function snap(bed: Bed, crew: Crew, redis: Redis): Promise<Snap> {
  const [ingest = 0, aggregate = 0] = crew.pids
  const stats = await fetch(`http://127.0.0.1:${crew.ports[2] ?? 0}/api/v1/stats`)
  const { applied } = (await stats.json()) as { applied: number }
  const info = await redis.info()
  const figure = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1])
  return {
    at: performance.now() / 1000,
    applied,
    cpu: {
      broker: cpuOf(bed.pid('mosquitto')),
      ingest: cpuOf(ingest),
      kafka: cpuOf(bed.pid('kafka')),
      aggregate: cpuOf(aggregate),
      redis: cpuOf(bed.pid('redis')),
    },
    kafkaBytes: bytesOfLogs(bed.dir('kafka')),
    redisBytes: figure('used_memory'),
    redisReceived: figure('total_net_input_bytes'),
  }
}

const pause = (seconds: number) => new Promise((done) => setTimeout(done, seconds * 1000))

/** Lets the small city live for a while; what stood before it, when its windows were full, and at the end. */
async function live(bed: Bed, crew: Crew): Promise<{ snaps: readonly [Snap, Snap, Snap]; speed: number }> {
  const redis = new Redis(bed.config.redis.url)
  const cells = await placesOf(crew.ports[2] ?? 0, Infinity)
  const perSecond = SMALL.sources / SMALL.interval
  const before = await snap(bed, crew, redis)
  const load = runElsewhere({
    port: Number(new URL(bed.config.broker.url).port),
    connections: 20,
    messages: perSecond * (WARM + SECONDS + 2),
    batch: SMALL.batch,
    window: 5000,
    perSecond,
    // Neighbours in the order of reports are none on the map.
    places: Array.from({ length: SMALL.sources }, (_, i) => cells[(i * 7919) % cells.length] ?? [0, 0]),
    indicator: 'air',
    below: 40,
    run: 'capacity',
  })
  await pause(WARM)
  const warm = await snap(bed, crew, redis)
  const speed = await slowness(SECONDS)
  const after = await snap(bed, crew, redis)
  await load
  redis.disconnect()
  return { snaps: [before, warm, after], speed }
}

/** What was measured of the small city, and what is foretold of one with so many observations as really came. */
function compared({ snaps, speed }: Awaited<ReturnType<typeof live>>) {
  const [before, warm, after] = snaps
  const elapsed = after.at - warm.at
  const rate = (after.applied - warm.applied) / elapsed
  const city = { ...SMALL, interval: (SMALL.sources * SMALL.batch) / rate, age: after.at - before.at }
  const foretold = capacityOf(city, speed)
  const cores = Object.entries(after.cpu).map(([name, cpu]) => {
    const stage = foretold[name as 'ingest']
    return [`capacity.${name}`, 'cores', (cpu - (warm.cpu[name] ?? 0)) / elapsed, stage.cores] as const
  })
  const logged = (after.kafkaBytes - warm.kafkaBytes) / elapsed
  const committed = (after.redisReceived - warm.redisReceived) / elapsed
  return [
    ...cores,
    ['capacity.logged', 'bytes/s', logged, foretold.logged],
    ['capacity.committed', 'bytes/s', committed, foretold.committed],
    ['capacity.kept', 'bytes', after.redisBytes - before.redisBytes, foretold.kept.all],
  ] as const
}

/**
 * `capacity`: a city at 1 : 200 through real processes, beside what `qingyu capacity` foretells of it. Rejects where they
 * differ by more than a factor of two. Reads the CPU of processes from /proc, so it needs Linux.
 */
export async function capacity(measure: Measure): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'qingyu-city-'))
  writeFileSync(join(dir, 'grid.yaml'), GRID)
  writeFileSync(join(dir, 'city.yaml'), CITY)
  const off: string[] = []
  try {
    await onBed(['kafka', 'redis', 'mosquitto'], async (bed) => {
      const stages = ['ingest', 'aggregate', 'gateway'] as const
      const members = stages.map((stage) => ({ name: stage, stage }))
      const crew = await bed.start(members, {}, join(dir, 'city.yaml'))
      try {
        for (const [id, unit, value, foretold] of compared(await live(bed, crew))) {
          measure.figure(id, unit, value, foretold)
          if (Math.max(value / foretold, foretold / value) > MOST_FACTOR) off.push(id)
        }
      } finally {
        await crew.end()
      }
    })
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
  if (off.length > 0)
    throw new Error(`Foretold and measured differ by more than ${MOST_FACTOR}: ${off.join(', ')}.`)
}
