import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { QingyuError } from '../core/errors.ts'
import type { Offset } from '../ports.ts'
import { disconnect } from './kafka-client.ts'
import { FAULT, type DeliveryReport, type DriverFault, type Producer, type Settings } from './kafka-driver.ts'

/** Key of every message of ours: what has another one is not ours. */
export const KEY = 'q1'
/** Largest record, bytes; 65,535 rows of 32 bytes with their tables are 2.2 MiB. */
export const MOST_RECORD = 8 * 1024 * 1024
/** Waits between two looks for reports, ms: while records are on their way, while Kafka is slow about them, and at rest. */
const EAGER = 1
const PATIENT = 20
const IDLE = 250
/** Kafka is slow when it reports nothing for this long, ms. */
const SLOW = 250
/** Time to deliver what is on its way when the log closes, ms. */
const FLUSH = 5000
/** What no other attempt mends: librdkafka's words for a producer that failed, a topic that is gone, a batch it never takes. */
const BEYOND_REPAIR = /fatal|unknown (topic|partition)|message size too large/i

/** What makes a producer lose nothing, double nothing and keep the order; how long it gathers is the configuration's. */
export const PRODUCER_SETTINGS: Settings = {
  // Implies acks=all, endless retries and order.
  'enable.idempotence': true,
  'retry.backoff.max.ms': 1000,
  'message.max.bytes': MOST_RECORD + 4096,
  'queue.buffering.max.kbytes': 64 * 1024,
  'compression.codec': 'lz4',
  dr_cb: true,
}

/** Of topics. */
export const PRODUCER_TOPICS: Settings = {
  // Never given up: who sends again what librdkafka gave up may send it twice.
  'message.timeout.ms': 0,
  'request.timeout.ms': 10_000,
}

/** One call of `append`. */
class Append {
  readonly topic: string
  readonly partition: number
  readonly records: readonly Uint8Array[]
  readonly resolve: (first: Offset) => void
  readonly reject: (fault: QingyuError) => void
  /** Records handed to librdkafka, and reports that came for them. */
  sent = 0
  reported = 0
  first: Offset = -1
  fault: QingyuError | null = null

  constructor(
    topic: string,
    partition: number,
    records: readonly Uint8Array[],
    resolve: (first: Offset) => void,
    reject: (fault: QingyuError) => void,
  ) {
    this.topic = topic
    this.partition = partition
    this.records = records
    this.resolve = resolve
    this.reject = reject
  }

  get isOver(): boolean {
    return this.reported === this.sent && (this.fault !== null || this.sent === this.records.length)
  }
}

function refusal(topic: string, why: string): QingyuError {
  return new QingyuError('LG-failed', { why, dir: `the brokers of topic ${topic}` })
}

function beyondRepair(topic: string, why: string): QingyuError {
  const hint =
    'The process ends, to be started again; look into the topic, its max.message.bytes and the brokers.'
  return new QingyuError('LG-topic', { topic, why, hint })
}

/**
 * Appends to Kafka in the order of the calls. Bound: 64 MiB wait in librdkafka; what callers bring beyond that waits here, by
 * reference, until there is room.
 */
export class KafkaAppender {
  /** Records and bytes that Kafka has confirmed. */
  records = 0
  bytes = 0
  readonly #producer: Producer
  readonly #topic: string
  readonly #broken: (fault: QingyuError) => void
  readonly #waiting: Append[] = []
  readonly #flying = new Set<Append>()
  #fault: QingyuError | null = null
  /** Why librdkafka calls an error fatal; only its log says. */
  #fatal = ''
  #timer: NodeJS.Timeout | undefined
  #isEager = false
  #heard = performance.now()

  /** `producer` is connected; `broken` is called once, with a fault that only a restart mends. */
  constructor(producer: Producer, topic: string, broken: (fault: QingyuError) => void) {
    this.#producer = producer
    this.#topic = topic
    this.#broken = broken
    producer.on('delivery-report', (fault, report) => this.#reported(fault, report))
    producer.on('event.log', ({ fac, message }) => {
      if (fac === 'FATAL') this.#fatal = message
    })
    producer.on('event.error', ({ message }) => {
      if (/fatal/i.test(message)) this.#break(beyondRepair(topic, this.#fatal || message))
    })
    this.#look()
  }

  /** How long Kafka has given no sign while records are on their way, ms; 0 when none are. */
  get silence(): number {
    return this.#flying.size === 0 ? 0 : performance.now() - this.#heard
  }

  /** Resolves with the offset of the first record once all have been confirmed. */
  append(partition: number, records: readonly Uint8Array[], topic = this.#topic): Promise<Offset> {
    if (this.#fault !== null) return Promise.reject(this.#fault)
    const giant = records.find((record) => record.length > MOST_RECORD)
    if (giant !== undefined)
      return Promise.reject(refusal(topic, `it has ${giant.length} bytes, at most ${MOST_RECORD} are taken`))
    return new Promise((resolve, reject) => {
      if (this.#flying.size === 0) this.#heard = performance.now()
      const append = new Append(topic, partition, records, resolve, reject)
      this.#waiting.push(append)
      this.#flying.add(append)
      this.#send()
      if (!this.#isEager) this.#look()
    })
  }

  /** Delivers for up to 5 s, rejects what is left, and disconnects. */
  async close(): Promise<void> {
    const end = performance.now() + FLUSH
    while (this.#flying.size > 0 && performance.now() < end) await pause(EAGER)
    clearTimeout(this.#timer)
    this.#rejectAll(refusal(this.#topic, 'the program ended before Kafka confirmed it'))
    await disconnect(this.#producer)
  }

  /** Asks librdkafka for reports, hands it what there is room for, and comes again. */
  #look(): void {
    clearTimeout(this.#timer)
    this.#producer.poll()
    this.#send()
    this.#isEager = this.#flying.size > 0 && this.silence < SLOW
    const wait = this.#isEager ? EAGER : this.#flying.size > 0 ? PATIENT : IDLE
    this.#timer = setTimeout(() => this.#look(), wait)
  }

  /** Rate: per record. Nothing overtakes what finds no room. */
  #send(): void {
    for (let append = this.#waiting[0]; append !== undefined; append = this.#waiting[0]) {
      for (const record of append.records.slice(append.sent)) {
        if (append.fault !== null) break
        const code = this.#produce(append, record)
        if (code === FAULT.queueFull) return
      }
      this.#waiting.shift()
      this.#settle(append)
    }
  }

  /** Hands one record to librdkafka, which copies it; the answer is its code. */
  #produce(append: Append, record: Uint8Array): number {
    try {
      this.#producer.produce(append.topic, append.partition, record, KEY, null, append)
      append.sent++
      return 0
    } catch (error) {
      const { code, message } = error as DriverFault
      if (code !== FAULT.queueFull) this.#fail(append, message)
      return code
    }
  }

  /** Rate: per record. */
  #reported(fault: DriverFault | null, { opaque, offset }: DeliveryReport): void {
    this.#heard = performance.now()
    if (!(opaque instanceof Append)) return
    if (fault) this.#fail(opaque, fault.message)
    else if (opaque.reported === 0) opaque.first = offset
    opaque.reported++
    this.#settle(opaque)
  }

  #fail(append: Append, why: string): void {
    const isForever = BEYOND_REPAIR.test(why)
    append.fault ??= isForever ? beyondRepair(append.topic, why) : refusal(append.topic, why)
    if (isForever) this.#break(append.fault)
  }

  #settle(append: Append): void {
    if (!append.isOver || !this.#flying.delete(append)) return
    if (append.fault !== null) {
      append.reject(append.fault)
      return
    }
    this.records += append.records.length
    for (const record of append.records) this.bytes += record.length
    append.resolve(append.first)
  }

  #break(fault: QingyuError): void {
    if (this.#fault !== null) return
    this.#fault = fault
    this.#rejectAll(fault)
    this.#broken(fault)
  }

  #rejectAll(fault: QingyuError): void {
    const left = [...this.#flying]
    this.#flying.clear()
    this.#waiting.length = 0
    for (const append of left) append.reject(append.fault ?? fault)
  }
}
