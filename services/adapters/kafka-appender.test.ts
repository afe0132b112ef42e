import { EventEmitter } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { KafkaAppender } from './kafka-appender.ts'
import { FAULT, type DriverFault, type Producer } from './kafka-driver.ts'
import { codeOf, numberOf, recordOf } from './log.contract.ts'

const fault = (code: number, message: string) => Object.assign(new Error(message), { code })

/** A producer with room for `room` messages that have not been confirmed. */
class FakeProducer extends EventEmitter implements Producer {
  /** Numbers of messages in the order in which they came, and what was given with each. */
  readonly taken: number[] = []
  readonly #flying: object[] = []
  #offset = 0
  #room: number

  constructor(room: number) {
    super()
    this.#room = room
  }

  produce(_: string, __: number, message: Uint8Array, ___: string | null, ____: null, opaque?: object): void {
    if (this.#flying.length >= this.#room) throw fault(FAULT.queueFull, 'Local: Queue full')
    this.taken.push(numberOf(message))
    this.#flying.push(opaque ?? {})
  }

  /** Confirms the oldest messages, or says of them why not. */
  report(count: number, why: DriverFault | null = null): void {
    for (const opaque of this.#flying.splice(0, count))
      this.emit('delivery-report', why, { opaque, offset: why === null ? this.#offset++ : -1 })
  }

  poll(): void {}
  disconnect(done: unknown): void {
    if (typeof done === 'function') (done as (none: null) => void)(null)
  }
  connect(): void {}
  getMetadata(): void {}
  queryWatermarkOffsets(): void {}
}

describe('KafkaAppender', () => {
  let appender: KafkaAppender
  let broken: unknown[]
  const start = (room: number) => {
    const producer = new FakeProducer(room)
    broken = []
    appender = new KafkaAppender(producer, 'qingyu', (why) => void broken.push(why))
    return producer
  }
  afterEach(() => appender.close())

  it('[LG51] keeps the order of what waits for room', async () => {
    const producer = start(3)
    const numbers = Array.from({ length: 20 }, (_, n) => n)
    const appends = [0, 5, 10, 15].map((first) =>
      appender.append(
        0,
        numbers.slice(first, first + 5).map((n) => recordOf(0, n)),
      ),
    )
    const all = Promise.all(appends)
    const reporting = setInterval(() => producer.report(2), 1)
    expect(await all).toEqual([0, 5, 10, 15])
    clearInterval(reporting)
    expect(producer.taken).toEqual(numbers)
    expect(appender.silence).toBe(0)
  })

  it('[LG51] refuses an append of which a record was refused, and goes on', async () => {
    const producer = start(10)
    const refused = codeOf(appender.append(0, [recordOf(0, 0), recordOf(0, 1)]))
    producer.report(1)
    producer.report(1, fault(29, 'Broker: Topic authorization failed'))
    expect(await refused).toBe('LG-failed')
    const next = appender.append(0, [recordOf(0, 2)])
    producer.report(1)
    expect(await next).toBe(1)
    expect(broken).toEqual([])
  })

  it('[LG51] refuses a record that no topic of ours takes', async () => {
    const producer = start(10)
    const giant = new Uint8Array(9 * 1024 * 1024)
    expect(await codeOf(appender.append(0, [recordOf(0, 0), giant]))).toBe('LG-failed')
    expect(producer.taken).toEqual([])
  })

  it('[LG48] tells once that its producer is beyond repair, and why', async () => {
    const producer = start(2)
    const appends = [0, 1, 2].map((n) => codeOf(appender.append(0, [recordOf(0, n)])))
    producer.emit('event.log', { fac: 'FATAL', severity: 0, message: 'Fatal error: epoch is fenced' })
    producer.emit('event.error', fault(-1, 'fatal error'))
    producer.report(2, fault(-1, 'Local: Fatal error'))
    expect(await Promise.all(appends)).toEqual(['LG-topic', 'LG-topic', 'LG-topic'])
    expect(await codeOf(appender.append(0, [recordOf(0, 3)]))).toBe('LG-topic')
    expect(broken).toHaveLength(1)
    expect(String(broken[0])).toContain('epoch is fenced')
  })
})
