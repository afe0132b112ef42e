import type { Logger } from 'pino'
import type { Config } from '../config-schema.ts'
import { QingyuError } from '../core/errors.ts'
import type { Ownership, Standing } from '../ports.ts'

/** What a member of the group is made of. */
export interface KafkaOwnershipOptions {
  readonly kafka: Config['kafka']
  /** Name of this process in the brokers' logs. */
  readonly name: string
  readonly logger?: Logger
}

/** A member of the consumer group `kafka.group`. */
export interface KafkaOwnership extends Ownership {
  readonly standing: Standing
}

/** Ownership by Kafka's consumer group; the topic must exist (openKafkaLog makes it). */
export function kafkaOwnership(options: KafkaOwnershipOptions): KafkaOwnership {
  const fault = new QingyuError('LG-topic', {
    topic: options.kafka.topic,
    why: 'it is not joined yet',
    hint: '',
  })
  return {
    held: [],
    standing: { ready: false, state: 'not joined' },
    start: () => Promise.reject(fault),
    reached() {},
    stop: () => Promise.resolve(),
  }
}
