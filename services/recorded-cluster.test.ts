import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from './adapters/clock.system.ts'
import { openKafkaLog } from './adapters/log.kafka.ts'
import { seededRandom } from './adapters/random.seeded.ts'
import { openRedisState } from './adapters/state.redis.ts'
import { readConfig } from './config.ts'
import { partitionOf } from './core/grid.ts'
import { decodeTick, KIND_TICK, kindOf } from './core/record.ts'
import { Guard } from './native/guard.ts'
import { bootstrapOf, brokerPorts, kafkaSpecs } from './native/kafka.ts'
import { memberSpec } from './native/members.ts'
import { NativeProcess, type ProcessSpec } from './native/process.ts'
import { Ports } from './native/reach.ts'
import { redisSpec } from './native/redis.ts'
import type { State } from './ports.ts'
import { built } from './testdata/app-process.ts'
import { HAS_KAFKA, JARS } from './testdata/kafka.ts'
import { recorded } from './testdata/recorded-city.ts'
import { recordedLog, type RecordedLog } from './testdata/recorded-log.ts'
import { HAS_REDIS } from './testdata/redis.ts'
import { embeddedStreams, fill, streamsOf } from './testdata/state-bytes.ts'

const home = resolve(import.meta.dirname, '..')
const quiet = pino({ level: 'silent' })
const SEED = Number(process.env['KILL_SEED'] ?? 3)
/** Moments, as shares of the recording, at which one process is killed. */
const KILLS = [0.15, 0.35, 0.55, 0.75]

/** A seventh of the week in Aarhus; WHOLE_RECORDINGS=1 takes all of it, which is some minutes. */
const AARHUS_ROWS = process.env['WHOLE_RECORDINGS'] === '1' ? undefined : 116_000

const CITIES = [
  ['beijing', 'beijing-air', recorded('beijing-air/beijing-2015-12-red-alerts.csv'), undefined],
  ['aarhus', 'aarhus-traffic', recorded('aarhus/traffic_2014-09-01_week.csv.gz'), AARHUS_ROWS],
] as const

/** The first tick, and the newest that stands in every partition. */
function firstAndLast({ records }: RecordedLog): [number, number] {
  const ticks = records.map((list) =>
    list.filter((record) => kindOf(record) === KIND_TICK).map((record) => decodeTick(record).at),
  )
  return [ticks[0]?.[0] ?? 0, Math.min(...ticks.map((list) => list.at(-1) ?? 0))]
}

describe.skipIf(!HAS_KAFKA || !HAS_REDIS)('a cluster on a recording', () => {
  const dir = mkdtempSync(join(tmpdir(), 'qingyu-recorded-'))
  const guard = new Guard()
  const ports = new Ports()
  const servers: NativeProcess[] = []
  let settings: Record<string, string> = {}
  let runs = 0

  const launch = (spec: ProcessSpec) => new NativeProcess(spec, guard, () => {})

  beforeAll(async () => {
    built()
    const [kafkaDir, redisDir] = [join(dir, 'kafka'), join(dir, 'redis')]
    for (const folder of [kafkaDir, redisDir]) mkdirSync(folder)
    const brokers = await brokerPorts(ports, 1, await ports.any())
    const redis = redisSpec({ name: 'redis', dir: redisDir, port: await ports.any() })
    const specs = [...(await kafkaSpecs({ dir: kafkaDir, jars: JARS, brokers })), redis]
    servers.push(...specs.map(launch))
    await Promise.all(servers.map((server) => server.start()))
    settings = {
      QINGYU_KAFKA__BROKERS: bootstrapOf(brokers),
      QINGYU_KAFKA__SESSION: '1500ms',
      QINGYU_REDIS__URL: redis.address,
      QINGYU_REDIS__CHANGES: '36500d',
      QINGYU_CLOCK__SOURCE: 'data',
      QINGYU_MQTT__ENABLED: 'false',
    }
  })

  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop(5000)))
    rmSync(dir, { recursive: true, force: true })
  })

  /** Settings under which nothing of another run is found, and the state as a reader sees it. */
  async function freshRun(name: string, { plan }: RecordedLog, epoch: string) {
    const own = { ...settings, QINGYU_KAFKA__TOPIC: name, QINGYU_KAFKA__GROUP: `run-${runs}` }
    const environment = { ...own, QINGYU_REDIS__PREFIX: `run-${runs++}` }
    const config = join(home, 'config', `${name}.yaml`)
    const { grid, partitions, scheme } = plan
    const state = await openRedisState({
      config: readConfig(config, environment).config,
      clock: systemClock,
      log: quiet,
      belonging: { city: grid.city, grid: grid.version, partitions, epoch },
      codes: grid.codes,
      scheme,
      partitionOf: (area) => partitionOf(grid, area, partitions),
    })
    onTestFinished(() => state.close())
    return { state, config, environment }
  }

  async function aggregators(count: number, config: string, environment: Record<string, string>) {
    const members: NativeProcess[] = []
    for (let i = 1; i <= count; i++) {
      const place = { name: `aggregate-${i}`, stage: 'aggregate', port: await ports.any() } as const
      members.push(launch(memberSpec(place, { home, config, settings: environment })))
    }
    onTestFinished(async () => {
      await Promise.all(members.map((member) => member.stop(5000)))
    })
    await Promise.all(members.map((member) => member.start()))
    return members
  }

  /** Kills one after another, each as the state passes a share of the recording, and starts it again. */
  async function killAlong(members: readonly NativeProcess[], state: State, from: number, to: number) {
    const random = seededRandom(SEED)
    for (const share of KILLS) {
      while ((await state.tick()) < from + share * (to - from)) await pause(5)
      const member = members[random.uint32() % members.length]
      member?.signal('SIGKILL')
      expect(await member?.ended).toBe('SIGKILL')
      await member?.start()
    }
  }

  describe.each(CITIES)('of %s', (name, format, file, rows) => {
    /** The recording in Kafka, and what the embedded twins make of it: done once, by whichever test comes first. */
    async function prepare() {
      const made = await recordedLog(name, format, file ?? '', rows)
      const [first, last] = firstAndLast(made)
      const expected = await embeddedStreams(made, last)
      const environment = { ...settings, QINGYU_KAFKA__TOPIC: name }
      const { kafka, log: kept } = readConfig(join(home, 'config', `${name}.yaml`), environment).config
      const { grid, partitions } = made.plan
      const of = { kafka, city: grid.city, grid: grid.version, partitions }
      const log = await openKafkaLog({ ...kept, ...of, name: 'test', logger: quiet })
      await fill(log, made)
      await log.close()
      return { made, expected, epoch: log.epoch, first, last }
    }
    let preparing: ReturnType<typeof prepare> | undefined
    const prepared = () => (preparing ??= prepare())

    it.skipIf(file === undefined).each([1, 2, 4])(
      '[CE1] makes the embedded change streams byte for byte with %i aggregate processes',
      { timeout: 180_000 },
      async (count) => {
        const { made, expected, epoch, last } = await prepared()
        const { state, config, environment } = await freshRun(name, made, epoch)
        await aggregators(count, config, environment)
        expect(await streamsOf(state, made.plan.partitions, last)).toEqual(expected)
      },
    )

    it.skipIf(file === undefined)(
      '[CE2] makes them while processes are killed',
      { timeout: 180_000 },
      async () => {
        const { made, expected, epoch, first, last } = await prepared()
        const { state, config, environment } = await freshRun(name, made, epoch)
        const members = await aggregators(2, config, environment)
        await killAlong(members, state, first, last)
        expect(await streamsOf(state, made.plan.partitions, last)).toEqual(expected)
        process.stdout.write(`${name}: ${made.observations} observations, ${KILLS.length} kills\n`)
      },
    )
  })
})
