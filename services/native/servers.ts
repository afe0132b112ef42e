import { existsSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { bootstrapOf, brokerPorts, kafkaSpecs } from './kafka.ts'
import { mosquittoSpec } from './mosquitto.ts'
import type { ProcessSpec } from './process.ts'
import { LOOPBACK, type Ports } from './reach.ts'
import { redisSpec } from './redis.ts'

/** Ports that the configuration of a cluster names when nothing else is said. */
const REDIS_PORT = 6379
const BROKER_PORT = 1883
const KAFKA_PORT = 9092
/** Partitions of every topic that the Kafka in memory makes. */
const MOCK_PARTITIONS = 4

/** The servers of others that a cluster stands on. */
export interface Servers {
  /** To be started together. */
  readonly specs: readonly ProcessSpec[]
  /** `mqtt://127.0.0.1:1883` */
  readonly mqtt: string
  /** What our processes are told of them, as `QINGYU_…`; once they run. */
  settings(): Promise<Readonly<Record<string, string>>>
}

/** What Kafka is on this machine: folder of its jars, or null for the one in memory. */
export interface ServersPlan {
  readonly dir: string
  readonly home: string
  readonly jars: string | null
  readonly brokers: number
}

/** A Kafka that forgets everything at its end. */
function mockSpec({ dir, home, brokers }: ServersPlan, file: string): ProcessSpec {
  return {
    name: 'kafka',
    command: process.execPath,
    package: 'nodejs',
    args: [join(home, 'services/native/kafka-mock.mjs'), String(brokers), file, 'qingyu', 'qingyu.meta'],
    address: `in memory, see ${join(dir, 'kafka-addresses')}`,
    forgets: true,
    isReady: () => Promise.resolve(existsSync(file)),
  }
}

async function kafkaOf(plan: ServersPlan, ports: Ports) {
  const { dir, jars, brokers } = plan
  if (jars !== null) {
    const places = await brokerPorts(ports, brokers, KAFKA_PORT)
    const home = join(dir, 'kafka')
    await mkdir(home, { recursive: true })
    const settings = {
      QINGYU_KAFKA__BROKERS: bootstrapOf(places),
      QINGYU_KAFKA__REPLICATION: String(Math.min(3, brokers)),
    }
    return {
      specs: await kafkaSpecs({ dir: home, jars, brokers: places }),
      settings: () => Promise.resolve(settings),
    }
  }
  const file = join(dir, 'kafka-addresses')
  await rm(file, { force: true })
  return {
    specs: [mockSpec(plan, file)],
    settings: async () => ({
      QINGYU_KAFKA__BROKERS: await readFile(file, 'utf8'),
      QINGYU_LOG__PARTITIONS: String(MOCK_PARTITIONS),
    }),
  }
}

/** Redis, Mosquitto and Kafka with their data below one folder, each on the port that the configuration names or the next free one. */
export async function serversOn(plan: ServersPlan, ports: Ports): Promise<Servers> {
  const redisDir = join(plan.dir, 'redis')
  const brokerDir = join(plan.dir, 'mosquitto')
  await mkdir(redisDir, { recursive: true })
  await mkdir(brokerDir, { recursive: true })
  const redisPort = await ports.from(REDIS_PORT)
  const redis = redisSpec({ name: 'redis', dir: redisDir, port: redisPort })
  const port = await ports.from(BROKER_PORT)
  const broker = await mosquittoSpec({ name: 'mosquitto', dir: brokerDir, port })
  const kafka = await kafkaOf(plan, ports)
  return {
    specs: [redis, broker, ...kafka.specs],
    mqtt: broker.address,
    settings: async () => ({
      ...(await kafka.settings()),
      QINGYU_REDIS__URL: `redis://${LOOPBACK}:${redisPort}`,
      QINGYU_BROKER__URL: broker.address,
    }),
  }
}
