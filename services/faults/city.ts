import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Guard } from '../native/guard.ts'
import { bootstrapOf, brokerPorts, JARS, kafkaSpecs } from '../native/kafka.ts'
import { memberSpec, type MemberPlace } from '../native/members.ts'
import { mosquittoSpec } from '../native/mosquitto.ts'
import { NativeProcess, type ProcessSpec } from '../native/process.ts'
import { LOOPBACK, Ports } from '../native/reach.ts'
import { redisSpec } from '../native/redis.ts'
import { ChaosProxy } from '../testdata/chaos-proxy.ts'
import type { Journal } from './journal.ts'

const KAFKA_BROKERS = 3
const MEMBERS = [
  'ingest-1',
  'ingest-2',
  'aggregate-1',
  'aggregate-2',
  'alert-1',
  'alert-2',
  'gateway-1',
  'gateway-2',
] as const
/** A process of ours settles within this after SIGTERM, ms. */
const GRACE = 10_000

/** Where the cluster is run, and as what. */
export interface CityPlan {
  /** Folder of all data. */
  readonly dir: string
  /** Folder of package.json. */
  readonly home: string
  readonly config: string
  readonly journal: Journal
}

/** Proxies before one kind of server, by who goes through them; '' where all go through the same. */
type Fence = readonly { readonly of: string; readonly proxy: ChaosProxy }[]

/** Ports of all servers, and the proxies before them. */
interface Ground {
  readonly redis: number
  readonly mosquitto: number
  readonly specs: readonly ProcessSpec[]
  readonly bootstrap: string
  readonly fences: Readonly<Record<string, Fence>>
}

async function fenceBefore(port: number): Promise<Fence> {
  return Promise.all(MEMBERS.map(async (of) => ({ of, proxy: await ChaosProxy.start(() => port) })))
}

async function prepare({ dir }: CityPlan, ports: Ports): Promise<Ground> {
  const folder = async (name: string) => {
    await mkdir(join(dir, name), { recursive: true })
    return join(dir, name)
  }
  const [redis, mosquitto] = [await ports.any(), await ports.any()]
  const places = await brokerPorts(ports, KAFKA_BROKERS, await ports.any())
  const kafka = await Promise.all(
    places.map(async ({ client }) => ({ of: '', proxy: await ChaosProxy.start(() => client) })),
  )
  const brokers = places.map((place, i) => ({ ...place, told: kafka[i]?.proxy.port ?? 0 }))
  return {
    redis,
    mosquitto,
    bootstrap: bootstrapOf(brokers),
    specs: [
      redisSpec({ name: 'redis', dir: await folder('redis'), port: redis }),
      await mosquittoSpec({ name: 'mosquitto', dir: await folder('mosquitto'), port: mosquitto }),
      ...(await kafkaSpecs({ dir: await folder('kafka'), jars: JARS, brokers })),
    ],
    fences: { kafka, redis: await fenceBefore(redis), mosquitto: await fenceBefore(mosquitto) },
  }
}

/** A whole cluster on this machine, with a proxy between each process and each server. */
export class FaultCity {
  /** Ingest processes, as `http://127.0.0.1:8090`. */
  readonly doors: readonly string[]
  readonly gateways: readonly string[]
  /** The broker itself, as vendors reach it. */
  readonly broker: string
  /** What a process without a proxy of its own is told, as `QINGYU_…`. */
  readonly settings: Readonly<Record<string, string>>
  readonly processes: readonly NativeProcess[]
  readonly #ground: Ground

  static async start(plan: CityPlan): Promise<FaultCity> {
    const ports = new Ports()
    const ground = await prepare(plan, ports)
    const places = await Promise.all(
      MEMBERS.map(async (name): Promise<MemberPlace> => {
        const stage = name.split('-')[0] as MemberPlace['stage']
        return { name, stage, port: await ports.any() }
      }),
    )
    const city = new FaultCity(plan, ground, places)
    await Promise.all(ground.specs.map(({ name }) => city.process(name).start()))
    await Promise.all(MEMBERS.map((name) => city.process(name).start()))
    return city
  }

  private constructor({ home, config, journal }: CityPlan, ground: Ground, places: readonly MemberPlace[]) {
    const guard = new Guard()
    const common = {
      QINGYU_KAFKA__BROKERS: ground.bootstrap,
      QINGYU_KAFKA__REPLICATION: String(KAFKA_BROKERS),
      // Nothing plays the demo here; its people sign in without passwords.
      QINGYU_DEMO__ENABLED: 'true',
    }
    const reach = (redis: number, broker: number) => ({
      ...common,
      QINGYU_REDIS__URL: `redis://${LOOPBACK}:${redis}`,
      QINGYU_BROKER__URL: `mqtt://${LOOPBACK}:${broker}`,
    })
    const before = (server: string, of: string) =>
      ground.fences[server]?.find((one) => one.of === of)?.proxy.port ?? 0
    const specs = places.map((place) => {
      const settings = reach(before('redis', place.name), before('mosquitto', place.name))
      return memberSpec(place, { home, config, settings })
    })
    const addresses = (stage: string) =>
      places.filter((place) => place.stage === stage).map(({ port }) => `http://${LOOPBACK}:${port}`)
    this.#ground = ground
    this.doors = addresses('ingest')
    this.gateways = addresses('gateway')
    this.broker = `mqtt://${LOOPBACK}:${ground.mosquitto}`
    this.settings = reach(ground.redis, ground.mosquitto)
    this.processes = [...ground.specs, ...specs].map((spec) => new NativeProcess(spec, guard, journal.say))
  }

  process(name: string): NativeProcess {
    const found = this.processes.find(({ spec }) => spec.name === name)
    if (found === undefined) throw new RangeError(`no process is called ${name}`)
    return found
  }

  /** The proxies before a server that `of` goes through; all of them for ''. */
  proxies(server: string, of: string): readonly ChaosProxy[] {
    return (this.#ground.fences[server] ?? [])
      .filter((one) => of === '' || one.of === of)
      .map(({ proxy }) => proxy)
  }

  async kill(name: string): Promise<void> {
    const process = this.process(name)
    process.signal('SIGKILL')
    await process.ended
  }

  /** Starts it under the same name; that it serves again is for the walls to show. */
  startAgain(name: string): void {
    // A start that fails is seen as a recovery that does not come; its lines stand in the journal.
    this.process(name)
      .start()
      .catch(() => undefined)
  }

  /** Names of processes that do not run. */
  fallen(): readonly string[] {
    return this.processes.filter(({ pid }) => pid === undefined).map(({ spec }) => spec.name)
  }

  /** Ends our processes by SIGTERM; how each of them ended. */
  async endMembers(): Promise<ReadonlyMap<string, string>> {
    const endings = MEMBERS.map(async (name) => [name, await this.process(name).stop(GRACE)] as const)
    return new Map(await Promise.all(endings))
  }

  /** Ends everything. */
  async close(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.stop(GRACE)))
    const proxies = Object.values(this.#ground.fences).flat()
    await Promise.all(proxies.map(({ proxy }) => proxy.close()))
  }
}
