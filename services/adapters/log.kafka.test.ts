import { randomBytes } from 'node:crypto'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { QingyuError } from '../core/errors.ts'
import type { Batch } from '../ports.ts'
import { ACCOUNT, HAS_KAFKA, kafkaConfig, TestKafka } from '../testdata/kafka.ts'
import { Stranger } from '../testdata/kafka-stranger.ts'
import { loadDriver } from './kafka-driver.ts'
import { codeOf, logContract, numbersOf, recordOf, take, type LogBench } from './log.contract.ts'
import { openKafkaLog, type KafkaLog, type KafkaLogOptions } from './log.kafka.ts'

/** Longer than a broker takes to come back. */
const SOON = { timeout: 30_000, interval: 20 }
let kafka: TestKafka
let topics = 0
const newTopic = () => `log-${++topics}`

function options(topic: string, changes: Partial<KafkaLogOptions['kafka']> = {}): KafkaLogOptions {
  return {
    kafka: { ...kafkaConfig(kafka.brokers, topic), ...changes },
    city: 'test',
    grid: 'v1',
    partitions: 4,
    retention: 3_600_000,
    maxSize: 1024 ** 3,
    name: 'test',
  }
}

/** A log that the test's end closes. */
async function open(topic: string, more: Partial<KafkaLogOptions> = {}): Promise<KafkaLog> {
  const log = await openKafkaLog({ ...options(topic), ...more })
  onTestFinished(() => log.close())
  return log
}

/** What refused to open, with its sentence. */
async function refusal(opening: Promise<KafkaLog>): Promise<string> {
  const fault = await opening.then(
    (log) => log.close(),
    (error: unknown) => error,
  )
  return fault instanceof QingyuError ? `${fault.code}: ${fault.message}` : `not refused: ${String(fault)}`
}

async function kafkaBench(): Promise<LogBench> {
  const topic = newTopic()
  const first = await openKafkaLog(options(topic))
  let log = first
  return {
    log,
    fills: false,
    async drop(partition, before) {
      await kafka.drop(topic, partition, Math.min(before, await log.end(partition)))
    },
    async reopen() {
      await log.close()
      log = await openKafkaLog(options(topic))
      return log
    },
    dispose: () => log.close(),
  }
}

const unconfirmed = (log: KafkaLog) =>
  log.metrics().find(({ name }) => name === 'kafka_unconfirmed_seconds')?.samples[0]?.value ?? 0

describe.skipIf(!HAS_KAFKA)('log in Kafka', () => {
  beforeAll(async () => {
    kafka = await TestKafka.start()
  })
  afterAll(() => kafka.stop())

  logContract('kafka', kafkaBench)
  founding()
  refusing()
  outages()
  strangers()
})

function founding(): void {
  it('[LG40] makes a missing topic as it is configured', async () => {
    const topic = newTopic()
    await open(topic, { retention: 86_400_000, maxSize: 4 * 1024 ** 3 })
    expect(Object.fromEntries(await kafka.settings(topic))).toMatchObject({
      'cleanup.policy': 'delete',
      'message.timestamp.type': 'LogAppendTime',
      'retention.bytes': String(1024 ** 3),
      'retention.ms': '86400000',
      'segment.bytes': String(128 * 1024 ** 2),
      'segment.ms': '10800000',
    })
    const founding = await kafka.settings(`${topic}.meta`)
    expect([founding.get('retention.ms'), founding.get('retention.bytes')]).toEqual(['-1', '-1'])
  })

  it('[LG40] takes the largest record that ingest makes', async () => {
    const log = await open(newTopic())
    const record = new Uint8Array(randomBytes(4 * 1024 ** 2))
    expect(await log.append(0, [record])).toBe(0)
    const [batch] = await take(log, 0, 0, 1)
    expect(Buffer.compare(batch?.records[0] ?? new Uint8Array(), record)).toBe(0)
  })

  it('[LG40] refuses a topic with other partitions', async () => {
    const topic = newTopic()
    await open(topic)
    expect(await refusal(openKafkaLog({ ...options(topic), partitions: 3 }))).toBe(
      `LG-partitions: Topic ${topic} has 4 partitions, configuration asks for 3`,
    )
  })

  it('[LG40] says when a topic cannot be made', async () => {
    expect(await refusal(openKafkaLog(options(newTopic(), { replication: 3 })))).toMatch(
      /^LG-topic: Topic log-\d+ cannot be used: it cannot be made: .*replication factor/i,
    )
  })

  it('[LG41] agrees on one epoch with all that start at once', async () => {
    const topic = newTopic()
    const logs = await Promise.all(['a', 'b', 'c'].map((name) => open(topic, { name })))
    const epochs = logs.map(({ epoch }) => epoch)
    expect(epochs[0]).toMatch(/^[0-9a-f]{16}$/)
    expect(new Set(epochs).size).toBe(1)
  })

  it('[LG41] refuses the topic of another city or grid', async () => {
    const topic = newTopic()
    await open(topic)
    const belongs = `LG-city: Topic ${topic} belongs to test (grid v1, 4 partitions), configuration asks for`
    expect(await refusal(openKafkaLog({ ...options(topic), city: 'other' }))).toBe(
      `${belongs} other (grid v1, 4 partitions)`,
    )
    expect(await refusal(openKafkaLog({ ...options(topic), grid: 'v2' }))).toBe(
      `${belongs} test (grid v2, 4 partitions)`,
    )
  })

  it('[LG41] refuses a topic with messages of nobody knows which city', async () => {
    const topic = newTopic()
    const stranger = await Stranger.meet(kafka.brokers)
    await stranger.make(topic, 4)
    await stranger.write(topic, 1, ['q1', 'hello'])
    expect(await refusal(openKafkaLog(options(topic)))).toBe(
      `LG-topic: Topic ${topic} cannot be used: it holds messages, but ${topic}.meta does not say of which city`,
    )
  })
}

function refusing(): void {
  it('[LG42] names the broker that does not answer, and why', async () => {
    const said = await Promise.all(
      [{ brokers: '127.0.0.1:1' }, { tls: true }, { brokers: kafka.accounts }].map((changes) =>
        refusal(openKafkaLog(options(newTopic(), changes))),
      ),
    )
    const unreachable = 'LG-unreachable: Kafka at \\S+ does not answer: 127.0.0.1:\\d+:'
    const advice = 'does it ask for TLS, kafka.tls, or an account, kafka.username\\?'
    expect(said).toEqual([
      expect.stringMatching(`^${unreachable} .*Connection refused$`),
      expect.stringMatching(`^${unreachable} .*SSL.*${advice}`),
      expect.stringMatching(`^${unreachable} .*${advice}`),
    ])
  })

  it('[LG42] refuses an authority that cannot be read', async () => {
    const changes = { tls: true, ca: '/nowhere/ca.pem' }
    expect(await refusal(openKafkaLog(options(newTopic(), changes)))).toMatch(
      /^CF-value: configuration: kafka\.ca is \/nowhere\/ca\.pem, expected a file that can be read/,
    )
  })

  it('[LG43] proves its account and says when it is refused', async () => {
    const topic = newTopic()
    const good = { brokers: kafka.accounts, ...ACCOUNT }
    const log = await openKafkaLog(options(topic, good))
    expect(await log.append(0, [recordOf(0, 0)])).toBe(0)
    await log.close()
    expect(await refusal(openKafkaLog(options(topic, { ...good, password: 'wrong' })))).toMatch(
      /^LG-credentials: Kafka at .* refuses the account: .*Authentication failed/,
    )
    expect(await refusal(openKafkaLog(options(topic, { ...good, mechanism: 'SCRAM-SHA-512' })))).toMatch(
      /^LG-credentials: .*supported mechanisms: PLAIN/,
    )
  })

  it('[LG44] says how to get the driver where it is missing', async () => {
    expect(await codeOf(loadDriver('node-rdkafka-absent'))).toBe('LG-driver')
  })
}

function outages(): void {
  it('[LG45] acknowledges nothing before Kafka has it', async () => {
    const log = await open(newTopic())
    await log.append(0, [recordOf(0, 0)])
    kafka.signal('SIGSTOP')
    onTestFinished(() => kafka.signal('SIGCONT'))
    let acknowledged = 0
    const appends: Promise<number>[] = []
    const write = () => {
      const next = appends.length + 1
      appends.push(log.append(0, [recordOf(0, next)]).finally(() => acknowledged++))
    }
    const stoppedAfter = () => {
      // The broker may still take what comes before the signal has reached all its threads.
      if (acknowledged === appends.length) write()
      return unconfirmed(log)
    }
    await expect.poll(stoppedAfter, SOON).toBeGreaterThan(1)
    const taken = acknowledged
    write()
    await expect.poll(() => unconfirmed(log), SOON).toBeGreaterThan(2)
    expect(acknowledged).toBe(taken)
    expect(taken).toBeLessThan(appends.length - 1)
    kafka.signal('SIGCONT')
    expect(await Promise.all(appends)).toEqual(appends.map((_, i) => i + 1))
    expect(unconfirmed(log)).toBe(0)
  })

  it('[LG46] loses, doubles and moves nothing when the broker is killed', async () => {
    const log = await open(newTopic())
    let acknowledged = 0
    const appends: Promise<number>[] = []
    const write = (count: number) => {
      for (const end = appends.length + count; appends.length < end;) {
        const n = appends.length
        appends.push(log.append(n % 2, [recordOf(n % 2, n)]).finally(() => acknowledged++))
      }
    }
    const seen = take(log, 0, 0, 600)
    write(600)
    await expect.poll(() => acknowledged, SOON).toBeGreaterThan(300)
    write(300)
    await kafka.kill()
    write(150)
    await expect.poll(() => log.standing.ready, SOON).toBe(false)
    write(150)
    await kafka.start()
    expect(await Promise.all(appends)).toEqual(Array.from({ length: 1200 }, (_, n) => n >> 1))
    const even = Array.from({ length: 600 }, (_, n) => 2 * n)
    expect(numbersOf(await seen)).toEqual(even)
    expect(numbersOf(await take(log, 1, 0, 600))).toEqual(even.map((n) => n + 1))
    expect([await log.end(0), await log.end(1)]).toEqual([600, 600])
    await expect.poll(() => log.standing, SOON).toEqual({ ready: true, state: 'connected' })
  })

  it('[LG47] ends a reader whose records were dropped while it was cut off', async () => {
    const topic = newTopic()
    const log = await open(topic)
    const cut = await openKafkaLog(options(topic, { brokers: kafka.proxied }))
    onTestFinished(() => cut.close())
    await log.append(0, [recordOf(0, 0)])
    const stop = new AbortController()
    const reader = cut.read(0, 0, stop.signal)[Symbol.asyncIterator]()
    expect(await reader.next()).toMatchObject({ value: { first: 0 } })
    kafka.proxy.set({ kind: 'cut' })
    onTestFinished(() => kafka.proxy.set({ kind: 'pass' }))
    await log.append(0, [recordOf(0, 1), recordOf(0, 2)])
    await kafka.drop(topic, 0, 3)
    const next = codeOf(reader.next())
    kafka.proxy.set({ kind: 'pass' })
    expect(await next).toBe('LG-gone')
  })

  it('[LG47] ends a reader when its topic was replaced by another', async () => {
    const topic = newTopic()
    const log = await open(topic)
    const stranger = await Stranger.meet(kafka.brokers)
    const five = [0, 1, 2, 3, 4].map((n) => recordOf(0, n))
    await log.append(0, five)
    const reader = log.read(0, 0, new AbortController().signal)[Symbol.asyncIterator]()
    expect(await reader.next()).toMatchObject({ value: { first: 0, records: { length: 5 } } })
    const next = codeOf(reader.next())
    await stranger.remove(topic)
    await stranger.make(topic, 4)
    await stranger.write(topic, 0, ['q1', 'hello'])
    expect(await next).toBe('LG-record')
  })

  it('[LG48] ends the process when the topic takes no record of that size', async () => {
    const topic = newTopic()
    const stranger = await Stranger.meet(kafka.brokers)
    await stranger.make(topic, 4, { 'max.message.bytes': '100000' })
    const log = await open(topic)
    const broken = new Promise<unknown>((resolve) => log.onBroken(resolve))
    expect(await codeOf(log.append(0, [randomBytes(200_000)]))).toBe('LG-topic')
    expect(await broken).toMatchObject({ code: 'LG-topic' })
    expect(await codeOf(log.append(0, [recordOf(0, 0)]))).toBe('LG-topic')
  })
}

function strangers(): void {
  it('[LG49] passes over what is not ours, counts it and tells of it once', async () => {
    const lines: string[] = []
    const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) })
    const topic = newTopic()
    const log = await open(topic, { logger })
    const stranger = await Stranger.meet(kafka.brokers)
    await log.append(0, [recordOf(0, 0)])
    await stranger.write(topic, 0, ['q1', 'looks like ours'], ['other', 'hello'], ['', 'without'])
    // The end of the transaction has an offset too.
    await expect.poll(() => log.end(0), SOON).toBe(5)
    await log.append(0, [recordOf(0, 5)])
    const records = (await take(log, 0, 0, 6)).flatMap((batch) => batch.records)
    expect(records.map(({ length }) => length)).toEqual([16, 15, 0, 0, 0, 16])
    await take(log, 0, 0, 6)
    expect(log.foreign).toBe(3)
    const told = lines.filter((line) => line.includes('is not ours'))
    expect(told).toHaveLength(1)
    expect(told[0]).toContain(`Message 2 of partition 0 in topic ${topic} is not ours`)
  })

  it('[LG49] reaches an end at which there is no message', async () => {
    const topic = newTopic()
    const log = await open(topic)
    const stranger = await Stranger.meet(kafka.brokers)
    await stranger.write(topic, 2, ['other', 'hello'])
    await expect.poll(() => log.end(2), SOON).toBe(2)
    const records = (await take(log, 2, 0, 2)).flatMap((batch) => batch.records)
    expect(records.map(({ length }) => length)).toEqual([0, 0])
  })

  it('[LG50] lets no reader hold up those of other partitions', async () => {
    const log = await open(newTopic())
    const stop = new AbortController()
    const slow = log.read(0, 0, stop.signal)[Symbol.asyncIterator]()
    const count = 5000
    await log.append(0, [recordOf(0, 0)])
    await slow.next()
    await log.append(
      0,
      Array.from({ length: count }, (_, n) => recordOf(0, n + 1)),
    )
    await log.append(1, [recordOf(1, 0)])
    expect(numbersOf(await take(log, 1, 0, 1))).toEqual([0])
    const late: Batch[] = []
    for await (const batch of { [Symbol.asyncIterator]: () => slow }) {
      late.push(batch)
      if (batch.first + batch.records.length > count) stop.abort()
    }
    expect(numbersOf(late)).toEqual(Array.from({ length: count }, (_, n) => n + 1))
  })
}
