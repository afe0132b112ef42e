import { randomBytes } from 'node:crypto'
import { QingyuError } from '../core/errors.ts'
import type { KafkaAppender } from './kafka-appender.ts'
import type { KafkaReaders } from './kafka-reader.ts'

/** Form of the founding record, and of the records in the topic. */
const LAYOUT = 1

/** What a log belongs to; opening it for anything else is refused with LG-city. */
export interface KafkaBelonging {
  readonly city: string
  /** Version of the grid. */
  readonly grid: string
  readonly partitions: number
}

interface Founding extends KafkaBelonging {
  readonly layout: number
  /** 16 hex digits, drawn when the log was founded. */
  readonly epoch: string
}

/** Where the founding record stands, and how to tell a new log from one that lost it. */
export interface Foundation {
  readonly topic: string
  /** Readers of the founding topic. */
  readonly readers: KafkaReaders
  readonly appender: KafkaAppender
  /** Whether the log holds no record. */
  isEmpty(): Promise<boolean>
}

function describe({ city, grid, partitions }: KafkaBelonging): string {
  return `${city} (grid ${grid}, ${partitions} partitions)`
}

function foundingFrom(bytes: Uint8Array): Founding | undefined {
  try {
    const said = JSON.parse(Buffer.from(bytes).toString()) as Partial<Founding>
    const { layout, epoch, city, grid, partitions } = said
    if (typeof layout !== 'number' || typeof city !== 'string' || typeof grid !== 'string') return undefined
    if (typeof partitions !== 'number' || !/^[0-9a-f]{16}$/.test(epoch ?? '')) return undefined
    return said as Founding
  } catch {
    return undefined
  }
}

/** The first founding record: whatever stands behind it, all processes agree on it. */
async function first(readers: KafkaReaders): Promise<Founding | undefined> {
  const { start, end } = await readers.bounds(0)
  if (start === end) return undefined
  const stop = new AbortController()
  for await (const batch of readers.read(0, start, stop.signal)) {
    for (const record of batch.records) {
      const founding = foundingFrom(record)
      if (founding !== undefined) return founding
    }
    if (batch.first + batch.records.length >= end) return undefined
  }
  return undefined
}

async function found(
  topic: string,
  wanted: KafkaBelonging,
  foundation: Foundation,
): Promise<Founding | undefined> {
  const { readers, appender } = foundation
  // Asked before the second look: who is faster than we are founds first and appends then.
  const isEmpty = await foundation.isEmpty()
  const known = await first(readers)
  if (known !== undefined) return known
  if (!isEmpty) {
    const why = `it holds messages, but ${foundation.topic} does not say of which city`
    const hint = 'Choose another kafka.topic, or bring that topic back.'
    throw new QingyuError('LG-topic', { topic, why, hint })
  }
  const { city, grid, partitions } = wanted
  const founding = { layout: LAYOUT, epoch: randomBytes(8).toString('hex'), city, grid, partitions }
  await appender.append(0, [Buffer.from(JSON.stringify(founding))], foundation.topic)
  return first(readers)
}

/** The epoch of the log in `topic`, founded by us if it is new. Rejects with LG-city when it belongs to another city or grid. */
export async function epochOf(
  topic: string,
  wanted: KafkaBelonging,
  foundation: Foundation,
): Promise<string> {
  const founding = (await first(foundation.readers)) ?? (await found(topic, wanted, foundation))
  if (founding === undefined) {
    const hint = 'It must keep its first record for ever: set cleanup.policy delete and retention.ms -1.'
    throw new QingyuError('LG-topic', { topic: foundation.topic, why: 'it kept no record', hint })
  }
  if (founding.layout !== LAYOUT) {
    const why = `its records are of layout ${founding.layout}, this program reads ${LAYOUT}`
    throw new QingyuError('LG-topic', { topic, why, hint: 'Use a newer program, or another kafka.topic.' })
  }
  if (describe(founding) !== describe(wanted))
    throw new QingyuError('LG-city', { topic, value: describe(founding), expected: describe(wanted) })
  return founding.epoch
}
