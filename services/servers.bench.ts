import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadDriver } from './adapters/kafka-driver.ts'
import { readConfig, type ReadConfig } from './config.ts'
import type { Config } from './config-schema.ts'
import { QingyuError } from './core/errors.ts'
import { Company } from './native/company.ts'
import { bootstrapOf, brokerPorts, hasKafka, JARS, kafkaSpecs } from './native/kafka.ts'
import { memberSpec, type MemberPlace } from './native/members.ts'
import { mosquittoSpec } from './native/mosquitto.ts'
import type { ProcessSpec } from './native/process.ts'
import { Ports } from './native/reach.ts'
import { redisSpec } from './native/redis.ts'

/** Folder of package.json, seen from dist/services. */
const home = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const CONFIG = join(home, 'config/cluster.yaml')

/** Settings by their names in the environment, `QINGYU_…`. */
export type Settings = Readonly<Record<string, string>>

/** What can run beside the processes of ours. */
export type ServerName = 'kafka' | 'redis' | 'mosquitto'

/** A process of ours to be started. */
export type Member = Omit<MemberPlace, 'port'>

/** Processes of ours that were started together. */
export interface Crew {
  /** Ports of HTTP, and numbers of the processes, in the order of the members. */
  readonly ports: readonly number[]
  readonly pids: readonly number[]
  end(): Promise<void>
}

/** Real servers, each on a port and with data of its own, while a bench measures. */
export interface Bed {
  /** Where the servers are, as processes of ours are told. */
  readonly config: Config
  /** The same with further settings. */
  read(settings: Settings): ReadConfig
  /** Number of a server's process. */
  pid(name: ServerName): number
  /** Folder of a server's data. */
  dir(name: ServerName): string
  /** Starts processes of ours together; resolves when all are ready. `config` is another file than the cluster's. */
  start(members: readonly Member[], settings?: Settings, config?: string): Promise<Crew>
}

/** What processes say is of interest only where one fails, and then stands in the error. */
const silent = () => undefined

interface Place {
  readonly dir: string
  readonly ports: Ports
}

interface Server {
  readonly spec: ProcessSpec
  readonly settings: Settings
}

const SERVERS: Readonly<Record<ServerName, (place: Place) => Promise<Server>>> = {
  async redis({ dir, ports }) {
    const spec = redisSpec({ name: 'redis', dir, port: await ports.any() })
    return { spec, settings: { QINGYU_REDIS__URL: spec.address } }
  },
  async mosquitto({ dir, ports }) {
    const spec = await mosquittoSpec({ name: 'mosquitto', dir, port: await ports.any() })
    return { spec, settings: { QINGYU_BROKER__URL: spec.address } }
  },
  async kafka({ dir, ports }) {
    // Nobody here can use Kafka without it, and processes would only say that they did not start.
    await loadDriver()
    if (!(await hasKafka()))
      throw new QingyuError('CL-program', { value: 'Kafka', package: 'default-jre-headless' })
    const brokers = await brokerPorts(ports, 1, await ports.any())
    const [spec] = await kafkaSpecs({ dir, jars: JARS, brokers })
    if (spec === undefined) throw new RangeError('no broker')
    return { spec, settings: { QINGYU_KAFKA__BROKERS: bootstrapOf(brokers) } }
  },
}

async function startCrew(
  members: readonly Member[],
  ports: Ports,
  settings: Settings,
  config: string,
): Promise<Crew> {
  const crew = new Company(silent)
  const places: MemberPlace[] = []
  for (const member of members) places.push({ ...member, port: await ports.any() })
  try {
    await crew.start(places.map((place) => memberSpec(place, { home, config, settings })))
  } catch (fault) {
    await crew.end()
    throw fault
  }
  return {
    ports: places.map(({ port }) => port),
    pids: crew.processes.map(({ pid }) => pid ?? 0),
    end: () => crew.end(),
  }
}

/** Runs beside real servers and ends them however it ends; rejects with CL-program or LG-driver where one is not installed. */
export async function onBed(names: readonly ServerName[], run: (bed: Bed) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'qingyu-bench-'))
  const ports = new Ports()
  const company = new Company(silent)
  try {
    const servers: Server[] = []
    for (const name of names) {
      const dir = join(root, name)
      mkdirSync(dir)
      servers.push(await SERVERS[name]({ dir, ports }))
    }
    await company.start(servers.map(({ spec }) => spec))
    const settings = Object.fromEntries(servers.flatMap((server) => Object.entries(server.settings)))
    await run({
      config: readConfig(CONFIG, settings).config,
      read: (further) => readConfig(CONFIG, { ...settings, ...further }),
      pid: (name) => company.processes.find(({ spec }) => spec.name === name)?.pid ?? 0,
      dir: (name) => join(root, name),
      start: (members, further, config = CONFIG) =>
        startCrew(members, ports, { QINGYU_DEMO__ENABLED: 'false', ...settings, ...further }, config),
    })
  } finally {
    await company.end()
    rmSync(root, { recursive: true, force: true })
  }
}
