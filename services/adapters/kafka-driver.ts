import { QingyuError, sentenceOf } from '../core/errors.ts'

/** What node-rdkafka says of a fault; `code` is -1 where the package lost it. */
export interface DriverFault {
  readonly message: string
  readonly code: number
}

/** One line of librdkafka's own log; `severity` as in syslog, `fac` a short name such as FAIL. */
export interface DriverLine {
  readonly severity: number
  readonly fac: string
  readonly message: string
}

/** A partition of a topic, with an offset where one is meant. */
export interface Place {
  readonly topic: string
  readonly partition: number
  readonly offset?: number
}

/** A message as it was read. */
export interface KafkaMessage {
  readonly partition: number
  readonly offset: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
}

/** A message that arrived, or the place that it would have had; `opaque` is what was given to `produce`. */
export interface DeliveryReport {
  readonly offset: number
  readonly opaque: unknown
}

/** The topics asked for and the brokers; a topic that does not exist has no partitions, or is left out. */
export interface Metadata {
  readonly topics: readonly {
    readonly name: string
    readonly partitions: readonly {
      readonly leader: number
      readonly replicas: readonly number[]
    }[]
  }[]
}

type Done = (fault: DriverFault | null | undefined) => void
type Answered<Answer> = (fault: DriverFault | null | undefined, answer: Answer) => void
type MetadataQuestion = { readonly topic?: string; readonly allTopics: boolean; readonly timeout: number }

/** What consumers and producers of node-rdkafka have in common, as far as it is used here. */
export interface Client {
  connect(question: MetadataQuestion, done: Answered<Metadata>): unknown
  disconnect(done: Done): unknown
  getMetadata(question: MetadataQuestion, done: Answered<Metadata>): unknown
  queryWatermarkOffsets(
    topic: string,
    partition: number,
    timeout: number,
    done: Answered<{ readonly lowOffset: number; readonly highOffset: number }>,
  ): unknown
  on(event: 'event.error', listener: (fault: DriverFault) => void): unknown
  on(event: 'event.log', listener: (line: DriverLine) => void): unknown
}

/** A KafkaConsumer of node-rdkafka, as far as it is used here. */
export interface Consumer extends Client {
  incrementalAssign(places: readonly Place[]): unknown
  incrementalUnassign(places: readonly Place[]): unknown
  pause(places: readonly Place[]): unknown
  subscribe(topics: readonly string[]): unknown
  unsubscribe(): unknown
  commit(places: readonly Place[]): unknown
  setDefaultConsumeTimeout(ms: number): void
  consume(most: number, done: Answered<readonly KafkaMessage[]>): void
  on(event: 'event.error', listener: (fault: DriverFault) => void): unknown
  on(event: 'event.log', listener: (line: DriverLine) => void): unknown
  on(event: 'partition.eof', listener: (place: Required<Place>) => void): unknown
}

/** A Producer of node-rdkafka, as far as it is used here. */
export interface Producer extends Client {
  produce(
    topic: string,
    partition: number,
    message: Uint8Array,
    key: string,
    timestamp: null,
    opaque: object,
  ): unknown
  poll(): unknown
  disconnect(done: Done): unknown
  disconnect(timeout: number, done: Done): unknown
  on(event: 'event.error', listener: (fault: DriverFault) => void): unknown
  on(event: 'event.log', listener: (line: DriverLine) => void): unknown
  on(event: 'delivery-report', listener: (fault: DriverFault | null, report: DeliveryReport) => void): unknown
}

/** An AdminClient of node-rdkafka, as far as it is used here. */
export interface Admin {
  createTopic(
    topic: {
      readonly topic: string
      readonly num_partitions: number
      readonly replication_factor: number
      readonly config: Readonly<Record<string, string>>
    },
    timeout: number,
    done: Done,
  ): void
  disconnect(): void
}

/** Settings by librdkafka's names (its CONFIGURATION.md), and the callbacks that node-rdkafka takes among them. */
export type Settings = Readonly<Record<string, unknown>>

/** The package node-rdkafka, as far as it is used here: an optional peer has no types on machines without it. */
export interface Driver {
  readonly KafkaConsumer: new (settings: Settings, ofTopics: Settings) => Consumer
  readonly Producer: new (settings: Settings, ofTopics: Settings) => Producer
  readonly AdminClient: { create(settings: Settings): Admin }
}

/** Codes of librdkafka that are told apart here. */
export const FAULT = {
  queueFull: -184,
  fatal: -150,
  assign: -175,
  revoke: -174,
  messageTooLarge: 10,
  topicExists: 36,
} as const

/** Loads node-rdkafka; rejects with LG-driver where it is not installed or was built for another Node. */
export async function loadDriver(name = 'node-rdkafka'): Promise<Driver> {
  try {
    const loaded = (await import(name)) as unknown
    return (loaded as { readonly default: Driver }).default
  } catch (error) {
    const [why = ''] = sentenceOf(error).split('\n')
    throw new QingyuError('LG-driver', { why }, error)
  }
}

/** A call of the driver as a promise; its faults are rejected as they are. */
export function asked<Answer>(ask: (done: Answered<Answer>) => unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    ask((fault, answer) => {
      if (fault) reject(fault)
      else resolve(answer)
    })
  })
}

/** Resolves with the promise, or after `ms` without it: librdkafka is known to hang while it closes. */
export async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([promise, late])
  clearTimeout(timer)
}
