import { RecordWriter } from '../core/record-writer.ts'
import type { Measure } from '../measure.bench.ts'
import { onBed, type Bed } from '../servers.bench.ts'
import {
  asked,
  loadDriver,
  type Consumer,
  type Driver,
  type Producer,
  type Settings,
} from './kafka-driver.ts'
import { openKafkaLog, type KafkaLog } from './log.kafka.ts'

const PARTITIONS = 16
/** Observations of one record. */
const ROWS = 200
/** Records of one round, of one append, and appends of one partition on their way. */
const RECORDS = 20_000
const APPEND = 25
const FLYING = 4
/** Messages of one round of the other side, handed over in one turn, and on their way at most. */
const MESSAGES = 200_000
const TURN = 1000
const QUEUE = 100_000
/** Messages that one call of `consume` answers at most. */
const FETCH = 1000
const TOPIC = 'single'
/** What a confirmation is to bring back. */
const NOTHING = {}
const encoder = new TextEncoder()

/** As careful as ours, and with time to gather batches. */
const CAREFUL: Settings = {
  'enable.idempotence': true,
  'compression.codec': 'lz4',
  'linger.ms': 5,
  'queue.buffering.max.messages': 2 * QUEUE,
  dr_cb: true,
}

/** Records as ingest makes them: each of 200 sources says one thing. */
function records(): Uint8Array[] {
  const writer = new RecordWriter(['people.count'])
  return Array.from({ length: 500 }, (_, record) => {
    for (let row = 0; row < ROWS; row++) {
      const i = record * ROWS + row
      const source = writer.source(encoder.encode(`vendor/device-${(i * 7) % 100_000}`))
      const id = Math.imul(i + 1, 0x9e3779b1) >>> 0
      writer.add(1_795_320_000_000 + i, (i * 7) % 40, id, ~id >>> 0, i % 10_000, source, 0)
    }
    return writer.finish()
  })
}

/** The message of one observation, about 137 bytes of JSON. */
function message(i: number): Uint8Array {
  const time = 1_795_320_000_000 + i
  return Buffer.from(
    `{"id":"event-${i}","source":"vendor/device-${i % 100_000}","indicator":"people.count","value":${(i * 7) % 40},"time":${time},"lon":118.912345,"lat":32.101234}`,
  )
}

/** Our log, filled by any number of rounds. */
class Records {
  readonly log: KafkaLog
  readonly #made = records()

  private constructor(log: KafkaLog) {
    this.log = log
  }

  static async open({ config }: Bed): Promise<Records> {
    const log = await openKafkaLog({
      kafka: config.kafka,
      city: '32',
      grid: '00112233445566aa',
      partitions: PARTITIONS,
      retention: 3_600_000,
      maxSize: 16 * 1024 ** 3,
      name: 'bench',
    })
    return new Records(log)
  }

  /** Appends a round's records to all partitions; observations a second. */
  async produce(): Promise<number> {
    const started = performance.now()
    await Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => this.#fill(partition)))
    return ((RECORDS * ROWS) / (performance.now() - started)) * 1000
  }

  async #fill(partition: number): Promise<void> {
    const flying: Promise<number>[] = []
    for (let record = 0; record < RECORDS / PARTITIONS; record += APPEND) {
      const from = (record + partition) % (this.#made.length - APPEND)
      flying.push(this.log.append(partition, this.#made.slice(from, from + APPEND)))
      if (flying.length >= FLYING) await flying.shift()
    }
    await Promise.all(flying)
  }

  /** Reads a round's records from the beginning of all partitions; observations a second. */
  async consume(): Promise<number> {
    const started = performance.now()
    const read = Array.from({ length: PARTITIONS }, (_, partition) => this.#read(partition))
    const counts = await Promise.all(read)
    const bytes = counts.reduce((sum, count) => sum + count, 0)
    if (bytes === 0) throw new RangeError('nothing was read')
    return ((RECORDS * ROWS) / (performance.now() - started)) * 1000
  }

  async #read(partition: number): Promise<number> {
    const stop = new AbortController()
    let [left, bytes] = [RECORDS / PARTITIONS, 0]
    for await (const batch of this.log.read(partition, 0, stop.signal)) {
      for (const record of batch.records) bytes += record.length
      left -= batch.records.length
      if (left <= 0) stop.abort()
    }
    return bytes
  }
}

/** One observation a message, by the same driver. */
class Singles {
  readonly #driver: Driver
  readonly #connection: Settings
  readonly #producer: Producer
  #confirmed = 0

  private constructor(driver: Driver, connection: Settings, producer: Producer) {
    this.#driver = driver
    this.#connection = connection
    this.#producer = producer
    producer.on('delivery-report', (fault) => {
      if (fault) throw new Error('A message was not confirmed.', { cause: fault })
      this.#confirmed++
    })
  }

  static async open({ config }: Bed): Promise<Singles> {
    const driver = await loadDriver()
    const connection = { 'bootstrap.servers': config.kafka.brokers }
    const admin = driver.AdminClient.create(connection)
    const topic = { topic: TOPIC, num_partitions: PARTITIONS, replication_factor: 1, config: {} }
    await asked<void>((done) => admin.createTopic(topic, 5000, done))
    admin.disconnect()
    const producer = new driver.Producer({ ...connection, ...CAREFUL }, {})
    await asked((done) => producer.connect({ allTopics: false, timeout: 5000 }, done))
    return new Singles(driver, connection, producer)
  }

  /** Messages a second, each confirmed by all that must have it. */
  async produce(): Promise<number> {
    const producer = this.#producer
    this.#confirmed = 0
    const started = performance.now()
    for (let i = 0; this.#confirmed < MESSAGES;) {
      const most = Math.min(MESSAGES, i + TURN, this.#confirmed + QUEUE)
      for (; i < most; i++) producer.produce(TOPIC, i % PARTITIONS, message(i), '', null, NOTHING)
      producer.poll()
      await new Promise((resume) => setImmediate(resume))
    }
    return (MESSAGES / (performance.now() - started)) * 1000
  }

  /** Messages a second of a consumer that only takes them. */
  async consume(): Promise<number> {
    const consumer: Consumer = new this.#driver.KafkaConsumer(
      { ...this.#connection, 'group.id': 'bench', 'enable.auto.commit': false, 'fetch.wait.max.ms': 10 },
      { 'auto.offset.reset': 'earliest' },
    )
    await asked((done) => consumer.connect({ allTopics: false, timeout: 5000 }, done))
    consumer.setDefaultConsumeTimeout(10)
    const started = performance.now()
    consumer.incrementalAssign(
      Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: TOPIC, partition, offset: 0 })),
    )
    for (let count = 0; count < MESSAGES;)
      count += (await asked<readonly unknown[]>((done) => consumer.consume(FETCH, done))).length
    const elapsed = performance.now() - started
    await asked<void>((done) => consumer.disconnect(done))
    return (MESSAGES / elapsed) * 1000
  }

  close(): Promise<void> {
    return asked<void>((done) => this.#producer.disconnect(done))
  }
}

async function compare(measure: Measure, id: string, what: 'produce' | 'consume'): Promise<void> {
  await onBed(['kafka'], async (bed) => {
    const ours = await Records.open(bed)
    const theirs = await Singles.open(bed)
    try {
      if (what === 'consume') await Promise.all([ours.produce(), theirs.produce()])
      await measure.ratio(id, 'observations/s', {
        ours: () => ours[what](),
        baseline: () => theirs[what](),
      })
    } finally {
      await theirs.close()
      await ours.log.close()
    }
  })
}

/** `kafka.produce`: observations confirmed a second, in records of 200 and one a message. */
export const kafkaProduce = (measure: Measure): Promise<void> => compare(measure, 'kafka.produce', 'produce')

/** `kafka.consume`: observations that reach the program a second, in records of 200 and one a message. */
export const kafkaConsume = (measure: Measure): Promise<void> => compare(measure, 'kafka.consume', 'consume')
