import type { Logger } from 'pino'
import type { Config } from '../config-schema.ts'
import { QingyuError } from '../core/errors.ts'
import type { Log } from '../ports.ts'
import type { Standing } from './kafka-standing.ts'

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
  /** Calls back once with a fault that only a restart mends. */
  onBroken(listener: (fault: unknown) => void): void
  readonly standing: Standing
}

/**
 * Opens the log of a cluster, after making its topic where that is missing. Rejects within 10 s with LG-driver, LG-unreachable,
 * LG-credentials, LG-partitions, LG-city or LG-topic.
 */
export function openKafkaLog(options: KafkaLogOptions): Promise<KafkaLog> {
  return Promise.reject(
    new QingyuError('LG-topic', { topic: options.kafka.topic, why: 'it is not opened yet', hint: '' }),
  )
}
