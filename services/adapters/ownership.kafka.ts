import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Config } from '../config-schema.ts'
import { sentenceOf } from '../core/errors.ts'
import type { Offset, Ownership, Standing } from '../ports.ts'
import { Claims, type Own } from './claims.ts'
import { clientSettings, connect, disconnect } from './kafka-client.ts'
import {
  asked,
  FAULT,
  loadDriver,
  type Consumer,
  type DriverFault,
  type KafkaMessage,
  type Place,
  type Settings,
} from './kafka-driver.ts'

/** Wait between two looks for news of the group, ms. */
const LOOK = 20
/** Time for librdkafka to hear that we leave, ms. */
const LEAVING = 1000
/** Time between two reports of offsets to Kafka, ms. */
const REPORTS = 5000
/** Time between two lines about what Kafka refuses, ms. */
const QUIET = 10_000

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

function groupSettings({ group, session }: Config['kafka']): Settings {
  return {
    'group.id': group,
    // Only partitions that move stop meanwhile.
    'partition.assignment.strategy': 'cooperative-sticky',
    'session.timeout.ms': session,
    // By its heartbeats a member hears that another came.
    'heartbeat.interval.ms': Math.max(100, Math.min(1000, Math.floor(session / 12))),
    // An event loop that stands still this long has lost its partitions.
    'max.poll.interval.ms': Math.max(30_000, session),
    'enable.auto.commit': false,
    'enable.auto.offset.store': false,
  }
}

/** A membership without any fetching: partitions are read from the offset of the state, not of the group. */
class GroupMember implements KafkaOwnership {
  readonly #options: KafkaOwnershipOptions
  #claims = new Claims(() => Promise.resolve(), undefined)
  #consumer: Consumer | null = null
  #looking: Promise<void> = Promise.resolve()
  /** Partitions that librdkafka holds for us, whatever we do with them. */
  #assigned = 0
  #isJoined = false
  #isLeaving = false
  #hasLeft = false
  /** Offsets that Kafka was not told yet. */
  readonly #reached = new Map<number, Offset>()
  #reportedAt = 0
  #trouble = ''
  #toldAt = -QUIET

  constructor(options: KafkaOwnershipOptions) {
    this.#options = options
  }

  get held(): readonly number[] {
    return this.#claims.held
  }

  get standing(): Standing {
    const { group } = this.#options.kafka
    const { held } = this
    const what = held.length === 0 ? 'no partition' : `partitions ${held.join(', ')}`
    if (this.#isJoined) return { ready: true, state: `holds ${what} in group ${group}` }
    return { ready: false, state: this.#trouble || `waits for its part of group ${group}` }
  }

  async start(own: Own): Promise<void> {
    const { kafka, name, logger } = this.#options
    const driver = await loadDriver()
    this.#claims = new Claims(own, logger)
    const settings = {
      ...clientSettings(kafka, name),
      ...groupSettings(kafka),
      rebalance_cb: (change: DriverFault, places: readonly Place[]) => this.#rebalanced(change, places),
    }
    const consumer = new driver.KafkaConsumer(settings, {})
    // Broken connections are told by the log, which has the same brokers.
    consumer.on('event.log', ({ fac, severity, message }) => {
      if (severity <= 4 && fac !== 'FAIL') logger?.warn(message)
    })
    await connect(consumer, kafka.brokers)
    this.#consumer = consumer
    consumer.setDefaultConsumeTimeout(0)
    consumer.subscribe([kafka.topic])
    this.#looking = this.#look(consumer)
  }

  reached(partition: number, offset: Offset): void {
    this.#reached.set(partition, offset)
  }

  async stop(): Promise<void> {
    const consumer = this.#consumer
    if (consumer === null || this.#isLeaving) return
    this.#isLeaving = true
    this.#isJoined = false
    await this.#claims.release(this.#claims.held)
    this.#attempt(() => consumer.unsubscribe())
    const end = performance.now() + LEAVING
    while (this.#assigned > 0 && performance.now() < end) await pause(LOOK)
    this.#hasLeft = true
    await this.#looking
    await disconnect(consumer)
  }

  /** Looks for changes of the group, and for what Kafka refuses. No message comes: all partitions are paused. */
  async #look(consumer: Consumer): Promise<void> {
    while (!this.#hasLeft) {
      try {
        await asked<readonly KafkaMessage[]>((done) => consumer.consume(1, done))
      } catch (fault) {
        this.#tell(sentenceOf(fault))
      }
      if (performance.now() - this.#reportedAt > REPORTS) this.#report([...this.#reached.keys()])
      await pause(LOOK)
    }
  }

  /** librdkafka waits for the answer: partitions assigned, or unassigned. */
  #rebalanced({ code, message }: DriverFault, places: readonly Place[]): void {
    if (code === FAULT.assign) this.#gain(places)
    else if (code === FAULT.revoke) void this.#lose(places)
    else this.#tell(message)
  }

  #gain(places: readonly Place[]): void {
    this.#attempt(() => this.#consumer?.incrementalAssign(places))
    this.#assigned += places.length
    if (this.#isLeaving) return
    this.#attempt(() => this.#consumer?.pause(places))
    for (const { partition } of places) this.#claims.take(partition)
    this.#isJoined = true
    this.#trouble = ''
    if (places.length > 0) this.#options.logger?.info(`Gained partitions ${numbersOf(places)}`)
  }

  async #lose(places: readonly Place[]): Promise<void> {
    this.#isJoined = false
    const partitions = places.map(({ partition }) => partition)
    if (!this.#isLeaving) this.#options.logger?.info(`Lost partitions ${numbersOf(places)}`)
    await this.#claims.release(partitions)
    this.#report(partitions)
    this.#attempt(() => this.#consumer?.incrementalUnassign(places))
    this.#assigned -= places.length
  }

  /** Tells Kafka how far the state is, for those who watch groups; nobody resumes from there. */
  #report(partitions: readonly number[]): void {
    this.#reportedAt = performance.now()
    const { topic } = this.#options.kafka
    const places = partitions.flatMap((partition) => {
      const offset = this.#reached.get(partition)
      this.#reached.delete(partition)
      return offset === undefined ? [] : [{ topic, partition, offset }]
    })
    if (places.length > 0) this.#attempt(() => this.#consumer?.commit(places))
  }

  #attempt(run: () => unknown): void {
    try {
      run()
    } catch (error) {
      this.#tell(sentenceOf(error))
    }
  }

  #tell(why: string): void {
    this.#trouble = why
    const now = performance.now()
    if (now - this.#toldAt < QUIET) return
    this.#toldAt = now
    this.#options.logger?.warn(`Group ${this.#options.kafka.group}: ${why}`)
  }
}

function numbersOf(places: readonly Place[]): string {
  return places
    .map(({ partition }) => partition)
    .sort((a, b) => a - b)
    .join(', ')
}

/**
 * Ownership by Kafka's consumer group; the topic must exist (openKafkaLog makes it). An answer of `own` that settles while the
 * partition is ours is asked for again after a second. `start` rejects like openKafkaLog where Kafka does not let us in.
 */
export function kafkaOwnership(options: KafkaOwnershipOptions): KafkaOwnership {
  return new GroupMember(options)
}
