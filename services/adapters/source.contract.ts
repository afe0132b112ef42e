import type { MqttClient } from 'mqtt'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Refusal } from '../core/observation.ts'
import type { Intake, Source } from '../ports.ts'
import { FakeIntake } from '../testdata/fake-intake.ts'
import { entriesOf, ingestBench, observation, rowsOf, turn } from '../testdata/ingest-bench.ts'
import { until } from '../testdata/small-server.ts'

/** A way in that takes into the intake it was opened with; the test's end stops it. */
export interface SourceBench {
  readonly source: Source
  /** A new connection of vendor `acme` to where the source takes from. */
  vendor(): Promise<MqttClient>
  /** Observations that the source has acknowledged. */
  acknowledged(): number
  /** Stops the source and starts one like it in its place. */
  restart(): Promise<void>
}

const TOPIC = 'qingyu/v1/acme/s1/observations'
const range = (count: number) => Array.from({ length: count }, (_, i) => i)

/** Sends without waiting for the answer, which some of them never get. */
function send(from: MqttClient, text: string, topic = TOPIC, retain = false): void {
  from.publishAsync(topic, text, { qos: 1, retain }).catch(() => {})
}

/** What every way in by MQTT does; run it over each. */
export function sourceContract(name: string, open: (intake: Intake) => Promise<SourceBench>): void {
  describe(`way in by ${name}`, () => {
    taking(open)
    answering(open)
  })
}

function taking(open: (intake: Intake) => Promise<SourceBench>): void {
  it('[MB1] takes each observation once and acknowledges it when durable', async () => {
    const intake = new FakeIntake()
    const bench = await open(intake)
    const vendor = await bench.vendor()
    for (const n of range(500)) send(vendor, `{"n":${n}}`)
    await intake.until(() => intake.taken.length === 500)
    expect(bench.acknowledged()).toBe(0)
    intake.commit()
    await until(() => bench.acknowledged() === 500)
    expect(intake.taken.map(({ text }) => text)).toEqual(range(500).map((n) => `{"n":${n}}`))
    expect(new Set(intake.taken.map(({ sender }) => sender))).toEqual(new Set(['acme/s1']))
  })

  it('[MB2] acknowledges nothing while the log fails, and all once it recovers', async () => {
    const { ingest, log, disk, clock } = ingestBench()
    await ingest.start()
    const bench = await open(ingest)
    const vendor = await bench.vendor()
    disk.fault = 'ENOSPC'
    for (const n of range(50)) send(vendor, JSON.stringify(observation(n)))
    await until(() => ingest.received === 50 && ingest.stats().failures > 0)
    expect(bench.acknowledged()).toBe(0)
    disk.fault = undefined
    clock.advance(5000)
    await until(() => bench.acknowledged() === 50)
    const entries = (await Promise.all(range(4).map((partition) => entriesOf(log, partition)))).flat()
    expect(rowsOf(entries)).toHaveLength(50)
    await ingest.stop()
  })

  it('[MB5] counts a retained message once, however often it starts', async () => {
    const intake = new FakeIntake()
    intake.instant = true
    const bench = await open(intake)
    send(await bench.vendor(), 'first', TOPIC, true)
    await intake.until(() => intake.taken.length === 1)
    await until(() => bench.acknowledged() === 1)
    await bench.restart()
    send(await bench.vendor(), 'second')
    await intake.until(() => intake.taken.length === 2)
    expect(intake.taken.map(({ text }) => text)).toEqual(['first', 'second'])
  })

  it('[MB6] takes nothing while the intake is congested, and everything afterwards', async () => {
    const intake = new FakeIntake()
    const bench = await open(intake)
    const vendor = await bench.vendor()
    intake.congested = true
    for (const n of range(20)) send(vendor, `{"n":${n}}`)
    const other = await bench.vendor()
    await other.subscribeAsync('qingyu/v1/acme/+/feedback')
    expect(intake.taken).toEqual([])
    intake.relieve()
    await intake.until(() => intake.taken.length === 20)
    intake.commit()
    await until(() => bench.acknowledged() === 20)
  })

  it('[MB7] settles and acknowledges what it took before it stops', async () => {
    const intake = new FakeIntake()
    const bench = await open(intake)
    const vendor = await bench.vendor()
    for (const n of range(10)) send(vendor, `{"n":${n}}`)
    await intake.until(() => intake.taken.length === 10)
    const stopped = bench.source.stop()
    await turn()
    expect(bench.acknowledged()).toBe(0)
    intake.commit()
    await stopped
    await until(() => bench.acknowledged() === 10)
  })
}

function answering(open: (intake: Intake) => Promise<SourceBench>): void {
  it('[MB3] tells a refusal on the feedback topic of its source', async () => {
    const intake = new FakeIntake()
    intake.instant = true
    const refusal: Refusal = { code: 'OB-json', pointer: '/value', message: 'no', hint: 'yes' }
    intake.refusing = (text) => (text === 'bad' ? { accepted: 0, refusals: [refusal] } : null)
    const bench = await open(intake)
    const vendor = await bench.vendor()
    await vendor.subscribeAsync('qingyu/v1/acme/+/feedback', { qos: 1 })
    const heard: [string, unknown][] = []
    vendor.on('message', (topic, payload) => heard.push([topic, JSON.parse(payload.toString())]))
    send(vendor, 'good')
    send(vendor, 'bad')
    await until(() => heard.length === 1)
    const received = expect.any(Number) as number
    expect(heard).toEqual([['qingyu/v1/acme/s1/feedback', { ...refusal, received }]])
    bench.source.feedback('acme', 's2', [{ ...refusal, code: 'OB-late', received: 5 }])
    await until(() => heard.length === 2)
    expect(heard[1]).toEqual(['qingyu/v1/acme/s2/feedback', { ...refusal, code: 'OB-late', received: 5 }])
  })

  it('[MB4] refuses a topic with names that are none, and counts it', async () => {
    const intake = new FakeIntake()
    const bench = await open(intake)
    send(await bench.vendor(), '{}', 'qingyu/v1/ACME/s1/observations')
    await intake.until(() => intake.refused.length === 1)
    expect(intake.refused).toMatchObject([{ sender: '-/-', refusal: { code: 'MQ-topic' } }])
    expect(intake.refused[0]?.refusal.message).toContain('qingyu/v1/ACME/s1/observations')
    expect(intake.taken).toEqual([])
  })
}

/** Ends a client with the test. */
export function lent(client: MqttClient): MqttClient {
  onTestFinished(() => client.endAsync(true))
  return client
}
