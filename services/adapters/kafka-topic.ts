import { setTimeout as pause } from 'node:timers/promises'
import { QingyuError, sentenceOf } from '../core/errors.ts'
import { MOST_RECORD } from './kafka-appender.ts'
import {
  asked,
  FAULT,
  type Client,
  type Driver,
  type DriverFault,
  type Metadata,
  type Settings,
} from './kafka-driver.ts'

/** Time for the controller to make a topic, and for its partitions to find leaders, ms. */
const MAKE = 5000
const LEADERS = 100
const MOST_LOOKS = 50
/** Segments are deleted whole: a partition holds up to an eighth more than its retention. */
const SEGMENTS = 8
const SMALLEST_SEGMENT = 16 * 1024 * 1024
const LARGEST_SEGMENT = 1024 * 1024 * 1024
const SHORTEST_SEGMENT = 60_000

/** A topic as it is to be. */
export interface TopicPlan {
  readonly topic: string
  readonly partitions: number
  readonly replication: number
  readonly config: Readonly<Record<string, string>>
}

type Partitions = Metadata['topics'][number]['partitions']

function topicPlan(
  topic: string,
  partitions: number,
  replication: number,
  retention: Readonly<Record<string, number>>,
): TopicPlan {
  const numbers = { 'max.message.bytes': MOST_RECORD + 65_536, ...retention }
  const config = {
    ...Object.fromEntries(Object.entries(numbers).map(([key, value]) => [key, String(value)])),
    'cleanup.policy': 'delete',
    // By the broker's clock: a wrong one of ours must neither delete records nor keep them for ever.
    'message.timestamp.type': 'LogAppendTime',
    'unclean.leader.election.enable': 'false',
    // One of three copies may be away.
    ...(replication >= 3 && { 'min.insync.replicas': '2' }),
  }
  return { topic, partitions, replication, config }
}

/** The topic of the records, kept for `retention` ms and `maxSize` bytes of all partitions. */
export function recordsTopic(about: {
  readonly topic: string
  readonly partitions: number
  readonly replication: number
  readonly retention: number
  readonly maxSize: number
}): TopicPlan {
  const { topic, partitions, replication, retention, maxSize } = about
  const bytes = Math.floor(maxSize / partitions)
  const segment = Math.min(LARGEST_SEGMENT, Math.max(SMALLEST_SEGMENT, Math.floor(bytes / SEGMENTS)))
  return topicPlan(topic, partitions, replication, {
    'retention.ms': retention,
    'retention.bytes': bytes,
    'segment.bytes': segment,
    'segment.ms': Math.max(SHORTEST_SEGMENT, Math.floor(retention / SEGMENTS)),
  })
}

/** The topic of the founding record, kept for ever. */
export function foundingTopic(topic: string, replication: number): TopicPlan {
  return topicPlan(topic, 1, replication, { 'retention.ms': -1, 'retention.bytes': -1 })
}

/** `client` must be a consumer: what a producer asks about, brokers may make with presets of their own. */
async function partitionsOf(client: Client, topic: string): Promise<Partitions> {
  const question = { topic, allTopics: false, timeout: MAKE }
  const { topics } = await asked<Metadata>((done) => client.getMetadata(question, done))
  return topics.find(({ name }) => name === topic)?.partitions ?? []
}

async function make(driver: Driver, settings: Settings, plan: TopicPlan): Promise<void> {
  const { topic, partitions, replication, config } = plan
  const admin = driver.AdminClient.create(settings)
  const wish = { topic, num_partitions: partitions, replication_factor: replication, config }
  try {
    await asked<void>((done) => admin.createTopic(wish, MAKE, done))
  } catch (fault) {
    // Another process was faster.
    if ((fault as DriverFault).code === FAULT.topicExists) return
    const hint = `Make it by hand with ${partitions} partitions, or permit it to the account; kafka.replication is ${replication}.`
    throw new QingyuError('LG-topic', { topic, why: `it cannot be made: ${sentenceOf(fault)}`, hint }, fault)
  } finally {
    admin.disconnect()
  }
}

/**
 * Makes the topic where it is missing and resolves with its partitions once all have leaders; rejects with LG-topic, or what
 * the driver says when no broker answers.
 */
export async function ensureTopic(
  driver: Driver,
  settings: Settings,
  client: Client,
  plan: TopicPlan,
): Promise<Partitions> {
  let found = await partitionsOf(client, plan.topic)
  if (found.length === 0) await make(driver, settings, plan)
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    if (found.length > 0 && found.every(({ leader }) => leader >= 0)) return found
    await pause(LEADERS)
    found = await partitionsOf(client, plan.topic)
  }
  const orphan = found.findIndex(({ leader }) => leader < 0)
  const why = found.length === 0 ? 'it was made and is not there' : `partition ${orphan} has no leader`
  const hint = 'Start the brokers that hold its copies.'
  throw new QingyuError('LG-topic', { topic: plan.topic, why, hint })
}
