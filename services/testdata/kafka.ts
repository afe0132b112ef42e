import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sentenceOf } from '../core/errors.ts'
import { loadDriver } from '../adapters/kafka-driver.ts'
import { Guard } from '../native/guard.ts'
import { bootstrapOf, brokerPorts, hasKafka, JARS, kafkaSpecs, type BrokerPorts } from '../native/kafka.ts'
import { NativeProcess } from '../native/process.ts'
import { LOOPBACK, Ports } from '../native/reach.ts'
import { ChaosProxy } from './chaos-proxy.ts'
import { deleteRecords, settingsOf } from './kafka-wire.ts'

export { JARS } from '../native/kafka.ts'
export { kafkaConfig } from './kafka-config.ts'

const driver = await loadDriver().then(
  () => '',
  (error: unknown) => sentenceOf(error),
)
const missing = (await hasKafka()) ? driver : 'Java, or the jars of npm run setup:cluster, are absent'
/** Whether a real Kafka and a client of it are installed here. */
export const HAS_KAFKA = missing === ''
if (!HAS_KAFKA) console.warn(`SKIPPED: tests on Kafka (${missing})`)

/** The account that the listener `accounts` takes. */
export const ACCOUNT = { username: 'qingyu', password: 'correct-horse' } as const
const PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule'

const guard = new Guard()
const ports = new Ports()

/** A real Kafka on the loopback that keeps everything on disk until `stop`. */
export class TestKafka {
  /** `host:port` of every broker; one that asks for an account; one behind `proxy`. */
  readonly brokers: string
  readonly accounts: string
  readonly proxied: string
  /** Before the listener `proxied` of the first broker. */
  readonly proxy: ChaosProxy
  readonly #places: readonly BrokerPorts[]
  readonly #processes: readonly NativeProcess[]
  readonly #dir: string

  /** Starts one broker, or three. */
  static async start(count: 1 | 3 = 1): Promise<TestKafka> {
    const dir = await mkdtemp(join(tmpdir(), 'qingyu-kafka-'))
    const places = await brokerPorts(ports, count, await ports.any())
    const [accounts, proxied] = [await ports.any(), await ports.any()]
    const proxy = await ChaosProxy.start(() => proxied)
    const specs = await kafkaSpecs({ dir, jars: JARS, brokers: places })
    await addListeners(join(dir, '1/server.properties'), accounts, proxied, proxy.port)
    const processes = specs.map((spec) => new NativeProcess(spec, guard, () => {}))
    await Promise.all(processes.map((process) => process.start()))
    return new TestKafka(dir, places, processes, accounts, proxy)
  }

  private constructor(
    dir: string,
    places: readonly BrokerPorts[],
    processes: readonly NativeProcess[],
    accounts: number,
    proxy: ChaosProxy,
  ) {
    this.#dir = dir
    this.#places = places
    this.#processes = processes
    this.proxy = proxy
    this.brokers = bootstrapOf(places)
    this.accounts = `${LOOPBACK}:${accounts}`
    this.proxied = `${LOOPBACK}:${proxy.port}`
  }

  signal(name: 'SIGSTOP' | 'SIGCONT', broker = 0): void {
    this.#processes[broker]?.signal(name)
  }

  async kill(broker = 0): Promise<void> {
    this.#processes[broker]?.signal('SIGKILL')
    await this.#processes[broker]?.ended
  }

  /** Starts a broker that was killed. */
  async start(broker = 0): Promise<void> {
    await this.#processes[broker]?.start()
  }

  /** Deletes records below `before`, as the broker's retention would. */
  async drop(topic: string, partition: number, before: number): Promise<void> {
    await deleteRecords(this.#places[0]?.client ?? 0, topic, partition, before)
  }

  /** All settings of a topic. */
  settings(topic: string): Promise<Map<string, string>> {
    return settingsOf(this.#places[0]?.client ?? 0, topic)
  }

  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.stop(0)))
    await this.proxy.close()
    await rm(this.#dir, { recursive: true, force: true })
  }
}

/** A listener that asks for an account, and one whose clients are sent to a proxy. */
async function addListeners(file: string, accounts: number, proxied: number, proxy: number): Promise<void> {
  const settings = await readFile(file, 'utf8')
  const more = settings
    .replace(/^listeners=.*/m, `$&,ACCOUNTS://${LOOPBACK}:${accounts},PROXIED://${LOOPBACK}:${proxied}`)
    .replace(
      /^advertised.listeners=.*/m,
      `$&,ACCOUNTS://${LOOPBACK}:${accounts},PROXIED://${LOOPBACK}:${proxy}`,
    )
    .replace(
      /^listener.security.protocol.map=.*/m,
      '$&,ACCOUNTS:SASL_PLAINTEXT,PROXIED:PLAINTEXT\nsasl.enabled.mechanisms=PLAIN',
    )
  const { username, password } = ACCOUNT
  const login = `${PLAIN} required user_${username}="${password}";`
  await writeFile(file, `${more}listener.name.accounts.plain.sasl.jaas.config=${login}\n`)
}
