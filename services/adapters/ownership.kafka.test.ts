import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { HAS_KAFKA, kafkaConfig, TestKafka } from '../testdata/kafka.ts'
import { asked, loadDriver, type Consumer, type Place } from './kafka-driver.ts'
import { openKafkaLog } from './log.kafka.ts'
import { ALL, Ledger, ownershipContract, SOON } from './ownership.contract.ts'
import { kafkaOwnership, type KafkaOwnership } from './ownership.kafka.ts'
import { bundle } from './testdata/bundle.ts'

const SESSION = 1500
let kafka: TestKafka
let topics = 0

/** A topic with four partitions, and a group of the same name. */
async function newTopic(): Promise<string> {
  const topic = `group-${++topics}`
  const belonging = { city: 'test', grid: 'v1', partitions: 4, retention: 60_000, maxSize: 2 ** 30 }
  const log = await openKafkaLog({ kafka: kafkaConfig(kafka.brokers, topic), name: 'test', ...belonging })
  await log.close()
  return topic
}

function member(topic: string, brokers = kafka.brokers): KafkaOwnership {
  const joined = kafkaOwnership({
    kafka: { ...kafkaConfig(brokers, topic), session: SESSION },
    name: 'test',
  })
  onTestFinished(() => joined.stop())
  return joined
}

/** A member in a process of its own, and what it said. */
function memberProcess(file: string, topic: string) {
  const child = spawn(process.execPath, [file, kafka.brokers, topic, String(SESSION)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const said: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => said.push(line))
  return { child, said }
}

describe.skipIf(!HAS_KAFKA)('ownership by a group in Kafka', () => {
  let entry: Awaited<ReturnType<typeof bundle>>
  beforeAll(async () => {
    kafka = await TestKafka.start()
    entry = await bundle('./group-member.ts')
  })
  afterAll(async () => {
    entry.dispose()
    await kafka.stop()
  })

  ownershipContract('kafka', () => ({ join: async () => member(await newTopic()) }))

  it('[OW3] never gives a partition to two members', async () => {
    const topic = await newTopic()
    const owners = new Map<number, string>()
    const ledgers = ['a', 'b', 'c'].map((name) => new Ledger(name, owners))
    const members = ledgers.map(() => member(topic))
    const parts = () => ledgers.map(({ held }) => held.size).sort((a, b) => a - b)
    for (const [i, joined] of members.entries()) {
      await joined.start(ledgers[i]?.own ?? (() => Promise.resolve()))
      await expect.poll(parts, SOON).toEqual(
        [
          [0, 0, 4],
          [0, 2, 2],
          [1, 1, 2],
        ][i],
      )
    }
    await members[0]?.stop()
    await expect.poll(parts, SOON).toEqual([0, 2, 2])
    expect(owners.size).toBe(4)
    expect(ledgers.flatMap(({ doubled }) => doubled)).toEqual([])
  })

  it('[OW4] gives a partition on only once its last owner answered', async () => {
    const topic = await newTopic()
    const [a, b] = [new Ledger('a'), new Ledger('b')]
    await member(topic).start(a.own)
    await expect.poll(() => a.held.size, SOON).toBe(4)
    const go = a.hold()
    const second = member(topic)
    await second.start(b.own)
    await expect.poll(() => second.standing.ready, SOON).toBe(true)
    expect([a.held.size, b.held.size]).toEqual([4, 0])
    go()
    await expect.poll(() => b.held.size, SOON).toBe(2)
  })

  it('[OW5] loses everything when it is cut off for longer than its session, and comes back', async () => {
    const topic = await newTopic()
    const [a, b] = [new Ledger('a'), new Ledger('b')]
    const cut = member(topic, kafka.proxied)
    await cut.start(a.own)
    await expect.poll(() => a.held.size, SOON).toBe(4)
    kafka.proxy.set({ kind: 'cut' })
    onTestFinished(() => kafka.proxy.set({ kind: 'pass' }))
    await member(topic).start(b.own)
    await expect.poll(() => [a.held.size, b.held.size], SOON).toEqual([0, 4])
    expect(cut.standing.ready).toBe(false)
    kafka.proxy.set({ kind: 'pass' })
    await expect.poll(() => [a.held.size, b.held.size], SOON).toEqual([2, 2])
    expect(cut.standing).toEqual({
      ready: true,
      state: `holds partitions ${cut.held.join(', ')} in group ${topic}`,
    })
  })

  it('[OW5] loses everything when its process was paused for longer than its session', async () => {
    const topic = await newTopic()
    const { child, said } = memberProcess(entry.file, topic)
    await expect.poll(() => said, SOON).toHaveLength(4)
    child.kill('SIGSTOP')
    const b = new Ledger('b')
    await member(topic).start(b.own)
    await expect.poll(() => b.held.size, SOON).toBe(4)
    child.kill('SIGCONT')
    await expect.poll(() => said.slice(4, 8).sort(), SOON).toEqual(ALL.map((n) => `lost ${n}`))
    await expect.poll(() => b.held.size, SOON).toBe(2)
  })

  it('[OW6] takes over from a killed process once its session is over', async () => {
    const topic = await newTopic()
    const { child, said } = memberProcess(entry.file, topic)
    await expect.poll(() => said, SOON).toHaveLength(4)
    child.kill('SIGKILL')
    const ledger = new Ledger('b')
    await member(topic).start(ledger.own)
    await expect.poll(() => ledger.held.size, SOON).toBe(4)
  })

  it('[OW7] takes a partition up again that was given up while it is ours', async () => {
    const owned: number[] = []
    await member(await newTopic()).start((partition) => {
      owned.push(partition)
      return partition === 0 ? Promise.reject(new Error('fenced')) : Promise.resolve()
    })
    await expect.poll(() => owned.filter((partition) => partition < 2).length, SOON).toBeGreaterThanOrEqual(4)
    expect(new Set(owned)).toEqual(new Set(ALL))
  })

  it('[OW8] tells Kafka on leaving how far the state is', async () => {
    const topic = await newTopic()
    const ledger = new Ledger('a')
    const first = member(topic)
    await first.start(ledger.own)
    await expect.poll(() => ledger.held.size, SOON).toBe(4)
    first.reached(2, 77)
    await first.stop()
    expect(await committed(topic, 2)).toBe(77)
  })
})

async function committed(topic: string, partition: number): Promise<number | undefined> {
  const driver = await loadDriver()
  const settings = { 'bootstrap.servers': kafka.brokers, 'group.id': topic }
  const consumer = new driver.KafkaConsumer(settings, {}) as Consumer & {
    committed(places: Place[], timeout: number, done: (fault: null, places: Required<Place>[]) => void): void
  }
  await asked((done) => consumer.connect({ allTopics: false, timeout: 5000 }, done))
  const places = await asked<Required<Place>[]>((done) =>
    consumer.committed([{ topic, partition }], 5000, done),
  )
  await asked((done) => consumer.disconnect((fault) => done(fault, undefined)))
  return places[0]?.offset
}
