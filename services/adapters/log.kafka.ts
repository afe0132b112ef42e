import type { Logger } from 'pino'
import type { Config } from '../config-schema.ts'
import { QingyuError, sentenceOf } from '../core/errors.ts'
import type { MetricSource } from '../metrics-port.ts'
import type { Batch, Log, Offset, Standing } from '../ports.ts'
import { KafkaAppender, PRODUCER_SETTINGS, PRODUCER_TOPICS } from './kafka-appender.ts'
import { clientSettings, connect } from './kafka-client.ts'
import { loadDriver, type Driver, type Settings } from './kafka-driver.ts'
import { FEED_TOPICS, feedSettings, KafkaFeed } from './kafka-feed.ts'
import { epochOf } from './kafka-founding.ts'
import { KafkaReaders } from './kafka-reader.ts'
import { KafkaWatch } from './kafka-standing.ts'
import { ensureTopic, foundingTopic, recordsTopic } from './kafka-topic.ts'

/** What a log in Kafka is opened for. */
export interface KafkaLogOptions {
  readonly kafka: Config['kafka']
  readonly city: string
  /** Version of the grid. */
  readonly grid: string
  readonly partitions: number
  /** Records are kept this long, ms; set when the topic is made, like `maxSize`. */
  readonly retention: number
  /** Bytes of all partitions together, before replication. */
  readonly maxSize: number
  /** Name of this process in the brokers' logs. */
  readonly name: string
  readonly logger?: Logger
}

/** The log of a cluster. */
export interface KafkaLog extends Log {
  readonly topic: string
  /** Messages in the topic that are not ours, seen by the readers of this process since its start. */
  readonly foreign: number
  /** Calls back once, with a fault that only a restart mends. */
  onBroken(listener: (fault: unknown) => void): void
  readonly standing: Standing
  readonly metrics: MetricSource
}

class KafkaTopicLog implements KafkaLog {
  readonly topic: string
  readonly partitions: number
  readonly epoch: string
  readonly #appender: KafkaAppender
  readonly #readers: KafkaReaders
  readonly #watch: KafkaWatch
  readonly #brokers: string
  readonly #broken: Promise<QingyuError>
  /** The newest append of each partition. */
  readonly #newest = new Map<number, Promise<unknown>>()

  constructor(
    options: KafkaLogOptions,
    epoch: string,
    parts: {
      readonly appender: KafkaAppender
      readonly readers: KafkaReaders
      readonly watch: KafkaWatch
      readonly broken: Promise<QingyuError>
    },
  ) {
    this.topic = options.kafka.topic
    this.partitions = options.partitions
    this.epoch = epoch
    this.#brokers = options.kafka.brokers
    this.#appender = parts.appender
    this.#readers = parts.readers
    this.#watch = parts.watch
    this.#broken = parts.broken
  }

  get foreign(): number {
    return this.#readers.foreign.count
  }

  get standing(): Standing {
    return this.#watch.standing
  }

  readonly metrics: MetricSource = () => [
    {
      name: 'kafka_foreign_total',
      help: 'Messages in the topic that are not ours, passed over by readers of this process',
      kind: 'counter',
      samples: [{ value: this.foreign }],
    },
    {
      name: 'kafka_unconfirmed_seconds',
      help: 'Time since Kafka confirmed anything while records are on their way; 0 when none are',
      kind: 'gauge',
      samples: [{ value: this.#appender.silence / 1000 }],
    },
  ]

  append(partition: number, records: readonly Uint8Array[]): Promise<Offset> {
    if (!(partition >= 0 && partition < this.partitions))
      return Promise.reject(new RangeError(`partition ${partition} of ${this.partitions}`))
    if (records.length === 0) return this.#afterAll(partition)
    const appended = this.#appender.append(partition, records)
    this.#newest.set(partition, appended)
    return appended
  }

  read(partition: number, from: Offset, signal: AbortSignal): AsyncIterable<Batch> {
    return this.#readers.read(partition, from, signal)
  }

  async end(partition: number): Promise<Offset> {
    return (await this.#bounds(partition)).end
  }

  async start(partition: number): Promise<Offset> {
    return (await this.#bounds(partition)).start
  }

  /** Retention is the topic's. */
  trim(): Promise<void> {
    return Promise.resolve()
  }

  /** Records that are held, times the mean size, uncompressed, of those that this process wrote or read; 0 before any. */
  async size(): Promise<number> {
    const every = Array.from({ length: this.partitions }, (_, partition) => this.#bounds(partition))
    const held = (await Promise.all(every)).reduce((sum, { start, end }) => sum + end - start, 0)
    const records = this.#appender.records + this.#readers.records
    return records === 0 ? 0 : Math.round((held * (this.#appender.bytes + this.#readers.bytes)) / records)
  }

  onBroken(listener: (fault: unknown) => void): void {
    void this.#broken.then(listener)
  }

  async close(): Promise<void> {
    this.#watch.close()
    await Promise.all([this.#appender.close(), this.#readers.close()])
  }

  async #afterAll(partition: number): Promise<Offset> {
    await this.#newest.get(partition)
    return this.end(partition)
  }

  async #bounds(partition: number): Promise<{ readonly start: Offset; readonly end: Offset }> {
    try {
      return await this.#readers.bounds(partition)
    } catch (fault) {
      throw new QingyuError('LG-unreachable', { value: this.#brokers, why: sentenceOf(fault) }, fault)
    }
  }
}

function readersOf(
  driver: Driver,
  settings: Settings,
  options: KafkaLogOptions,
  topic: string,
): KafkaReaders {
  const { kafka, logger } = options
  return new KafkaReaders({
    topic,
    partitions: options.partitions,
    logger,
    async open(listener) {
      const consumer = new driver.KafkaConsumer(feedSettings(settings, kafka.group), FEED_TOPICS)
      return new KafkaFeed(await connect(consumer, kafka.brokers), topic, listener)
    },
  })
}

/** Makes or checks the topics, and meets the log that stands in them. */
async function meet(
  driver: Driver,
  settings: Settings,
  options: KafkaLogOptions,
  parts: { readonly readers: KafkaReaders; readonly appender: KafkaAppender },
): Promise<string> {
  const { kafka, partitions, logger } = options
  const { topic, replication } = kafka
  const client = await parts.readers.client()
  const found = await ensureTopic(driver, settings, client, recordsTopic({ ...options, topic, replication }))
  if (found.length !== partitions)
    throw new QingyuError('LG-partitions', { topic, value: found.length, expected: partitions })
  const copies = Math.min(...found.map(({ replicas }) => replicas.length))
  if (copies < replication)
    logger?.warn(
      `Topic ${topic} keeps ${copies} copies of each record, kafka.replication asks for ${replication}`,
    )
  const founding = foundingTopic(`${topic}.meta`, replication)
  await ensureTopic(driver, settings, client, founding)
  const readers = readersOf(driver, settings, options, founding.topic)
  const foundation = {
    topic: founding.topic,
    readers,
    appender: parts.appender,
    async isEmpty() {
      const every = found.map((_, partition) => parts.readers.bounds(partition))
      return (await Promise.all(every)).every(({ end }) => end === 0)
    },
  }
  try {
    return await epochOf(topic, options, foundation)
  } finally {
    await readers.close()
  }
}

/**
 * Opens the log of a cluster, after making its topic where that is missing. Rejects, soon where nobody answers, with LG-driver,
 * LG-unreachable, LG-credentials, LG-partitions, LG-city, LG-topic, or CF-value for `kafka.ca`.
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<KafkaLog> {
  const { kafka, name, logger } = options
  const { brokers, topic } = kafka
  const driver = await loadDriver()
  const settings = clientSettings(kafka, name)
  const readers = readersOf(driver, settings, options, topic)
  const client = await readers.client()
  let appender: KafkaAppender | undefined
  try {
    const settingsOfOurs = { ...settings, ...PRODUCER_SETTINGS, 'linger.ms': kafka.linger }
    const producer = await connect(new driver.Producer(settingsOfOurs, PRODUCER_TOPICS), brokers)
    let tell = (_: QingyuError): void => {}
    const broken = new Promise<QingyuError>((resolve) => {
      tell = resolve
    })
    appender = new KafkaAppender(producer, topic, tell)
    const epoch = await meet(driver, settings, options, { readers, appender })
    const silence = () => appender?.silence ?? 0
    const watch = new KafkaWatch(producer, client, brokers, { logger, silence })
    return new KafkaTopicLog(options, epoch, { appender, readers, watch, broken })
  } catch (fault) {
    await appender?.close()
    await readers.close()
    if (fault instanceof QingyuError) throw fault
    throw new QingyuError('LG-unreachable', { value: brokers, why: sentenceOf(fault) }, fault)
  }
}
