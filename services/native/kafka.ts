import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ProcessSpec } from './process.ts'
import { answerOf, LOOPBACK, type Ports } from './reach.ts'

/** Where `npm run setup:cluster` puts Kafka's jars. */
export const JARS = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'qingyu', 'kafka')

/** Ports of one broker: for clients, for its peers and for the controllers' vote; `told` is where clients are sent to. */
export interface BrokerPorts {
  readonly client: number
  readonly peers: number
  readonly votes: number
  /** Another than `client` where a proxy stands before it. */
  readonly told: number
}

/** Where a Kafka keeps its data, listens, and has its program. */
export interface KafkaPlace {
  /** An existing folder of its own; brokers 1, 2, … keep theirs below. */
  readonly dir: string
  /** Folder of the published jars. */
  readonly jars: string
  readonly brokers: readonly BrokerPorts[]
}

/** A broker, with the file that it is started with. */
interface Broker {
  readonly id: number
  readonly ports: BrokerPorts
  readonly file: string
  readonly data: string
}

/** What a broker needs here: a topic's partitions are small, and nobody waits for more of a group than is there. */
const SMALL = {
  'num.network.threads': 2,
  'num.io.threads': 4,
  'log.cleaner.threads': 1,
  'log.cleaner.dedupe.buffer.size': 4_194_304,
  'group.initial.rebalance.delay.ms': 0,
  'group.min.session.timeout.ms': 1000,
  // Sooner found dead than by the presets, which are meant for a network.
  'broker.heartbeat.interval.ms': 500,
  'broker.session.timeout.ms': 3000,
  'auto.create.topics.enable': false,
}
/** Of what the jars log, only errors are told. */
const QUIET = [
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=error',
  '-Dorg.slf4j.simpleLogger.showThreadName=false',
]
const JAVA = ['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', ...QUIET]

/** Whether Kafka can run here: Java and the jars of `npm run setup:cluster`. */
export async function hasKafka(): Promise<boolean> {
  if (!existsSync(JARS)) return false
  return promisify(execFile)('java', ['-version']).then(
    () => true,
    () => false,
  )
}

/** Ports for `count` brokers, wished for in tens from `first` on. */
export async function brokerPorts(ports: Ports, count: number, first: number): Promise<BrokerPorts[]> {
  const brokers: BrokerPorts[] = []
  for (let id = 0; id < count; id++) {
    const client = await ports.from(first + id)
    const peers = await ports.from(first + 10 + id)
    brokers.push({ client, peers, votes: await ports.from(first + 20 + id), told: client })
  }
  return brokers
}

/** `host:port` of every broker, as clients are given them. */
export const bootstrapOf = (brokers: readonly BrokerPorts[]) =>
  brokers.map(({ told }) => `${LOOPBACK}:${told}`).join(',')

function settingsOf({ id, ports, data }: Broker, all: readonly Broker[]): string {
  const { client, peers, votes, told } = ports
  const copies = Math.min(3, all.length)
  const settings = {
    'node.id': id,
    'process.roles': 'broker,controller',
    'controller.quorum.voters': all.map((one) => `${one.id}@${LOOPBACK}:${one.ports.votes}`).join(','),
    'controller.listener.names': 'VOTES',
    'inter.broker.listener.name': 'PEERS',
    listeners: `CLIENTS://${LOOPBACK}:${client},PEERS://${LOOPBACK}:${peers},VOTES://${LOOPBACK}:${votes}`,
    'advertised.listeners': `CLIENTS://${LOOPBACK}:${told},PEERS://${LOOPBACK}:${peers}`,
    'listener.security.protocol.map': 'CLIENTS:PLAINTEXT,PEERS:PLAINTEXT,VOTES:PLAINTEXT',
    'log.dirs': data,
    'default.replication.factor': copies,
    'offsets.topic.replication.factor': copies,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.num.partitions': 4,
    // One of three may be away; none of one or two.
    'min.insync.replicas': Math.max(1, copies - 1),
    'transaction.state.log.min.isr': Math.max(1, copies - 1),
    ...SMALL,
  }
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}

/** Brokers of one cluster know each other by its id, which stays in the folder. */
async function idOf(dir: string): Promise<string> {
  const file = join(dir, 'cluster-id')
  if (!existsSync(file)) await writeFile(file, randomBytes(16).toString('base64url'))
  return readFile(file, 'utf8')
}

const ready = (broker: Broker) => async () => (await answerOf(broker.ports.client)) !== null

/** Brokers by KRaft, each of them a controller too; writes their configurations and formats what is new. Start them together. */
export async function kafkaSpecs({ dir, jars, brokers }: KafkaPlace): Promise<ProcessSpec[]> {
  const java = [...JAVA, '-cp', join(jars, '*')]
  const cluster = await idOf(dir)
  const all = brokers.map((ports, i): Broker => {
    const home = join(dir, String(i + 1))
    return { id: i + 1, ports, file: join(home, 'server.properties'), data: join(home, 'data') }
  })
  await Promise.all(
    all.map(async (broker) => {
      await mkdir(broker.data, { recursive: true })
      await writeFile(broker.file, settingsOf(broker, all))
      if (existsSync(join(broker.data, 'meta.properties'))) return
      // One word, because an id may begin with a dash.
      const format = ['kafka.tools.StorageTool', 'format', `--cluster-id=${cluster}`, '-c', broker.file]
      await promisify(execFile)('java', [...java, ...format])
    }),
  )
  return all.map((broker) => ({
    name: all.length === 1 ? 'kafka' : `kafka-${broker.id}`,
    command: 'java',
    package: 'default-jre-headless',
    args: [...java, 'kafka.Kafka', broker.file],
    address: `${LOOPBACK}:${broker.ports.told}`,
    isReady: ready(broker),
  }))
}
