import { describe, expect, it, onTestFinished } from 'vitest'
import { VirtualClock } from './adapters/clock.virtual.ts'
import { seededRandom } from './adapters/random.seeded.ts'
import type { Action } from './core/action.ts'
import { quietRecord, type AlertRecord } from './core/alert-record.ts'
import type { Alert } from './core/alert.ts'
import type { Snapshot } from './core/commit.ts'
import type { Channel, Notice } from './core/notice.ts'
import type { Person } from './core/person.ts'
import { decodeAction } from './core/record.ts'
import { MOST_WAITING } from './outbox-lanes.ts'
import { startOutbox, type OutboxParts } from './outbox.ts'
import type { Delivery, Letter, Notifier } from './ports.ts'
import { until } from './testdata/small-server.ts'

const START = Date.UTC(2026, 10, 22)
const HOUR = 3_600_000
const alert = { id: 'a1', state: 'raised' } as Alert
const person = (id: string): Person => ({
  id,
  name: { zh: id, en: id },
  role: 'officer',
  area: '32',
  unit: '',
})
const notice = (number: number, part: Partial<Notice> = {}): Notice => ({
  id: `n1-${number}`,
  at: START,
  person: 'li',
  channel: 'webhook',
  occasion: 'raised',
  alerts: ['a1'],
  state: 'queued',
  by: '',
  why: 'duty',
  settled: null,
  seen: null,
  ...part,
})
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))

/** A way out that notes what is sent, and answers as the test says. */
class FakeNotifier implements Notifier {
  readonly sent: Letter[] = []
  answer: (letter: Letter) => Delivery | Promise<Delivery> = () => ({ sent: true })
  readonly channel: Channel

  constructor(channel: Channel) {
    this.channel = channel
  }

  send(letter: Letter): Promise<Delivery> {
    this.sent.push(letter)
    return Promise.resolve(this.answer(letter))
  }

  address(to: string): string | null {
    return to.startsWith('bad') ? `${to} is no address` : null
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  get ids(): string[] {
    return this.sent.map(({ notice: { id } }) => id)
  }
}

function scene(part: Partial<OutboxParts> = {}) {
  const clock = new VirtualClock(START)
  const notifier = new FakeNotifier('webhook')
  const mail = new FakeNotifier('mail')
  const told: Action[] = []
  const said: string[] = []
  const entries = new Map<string, Uint8Array>([['a/a1', bytes(alert)]])
  const addresses = new Map([
    ['li', ['https://hooks.example/li']],
    ['wu', ['https://hooks.example/wu']],
  ])
  const outbox = startOutbox({
    notifiers: [notifier, mail],
    people: new Map(['li', 'wu', 'sun'].map((id) => [id, person(id)])),
    addresses: (id) => Promise.resolve(addresses.get(id) ?? []),
    render: ({ id }) => ({ subject: id, body: id, link: '' }),
    log: {
      append: (partition, records) => {
        expect(partition).toBe(0)
        told.push(...records.map((record) => decodeAction(record)))
        return Promise.resolve(0)
      },
    },
    state: {
      entries: (_, prefix) =>
        Promise.resolve(new Map([...entries].filter(([key]) => key.startsWith(prefix)))),
    },
    plan: { partitions: 2 },
    newest: () => Promise.resolve(START - 1),
    clock,
    random: seededRandom(1),
    report: (sentence) => said.push(sentence),
    ...part,
  })
  onTestFinished(() => outbox.stop())
  const record = (notices: readonly Notice[], at = START): AlertRecord => ({
    ...quietRecord(at),
    alerts: [alert],
    notices,
  })
  const lost = new AbortController()
  const begin = (queued: readonly Notice[] = [], signal = lost.signal) => {
    for (const each of queued) entries.set(`n/${each.id}`, bytes(each))
    const stored: Snapshot = { offset: START, at: START, entries: new Map(entries) }
    outbox.begin(stored, signal)
  }
  /** As if the ticks of the takeover were applied. */
  const released = async () => {
    await Promise.resolve()
    outbox.take(quietRecord(START))
  }
  const deeds = () => told.map(({ deed }) => deed)
  return {
    clock,
    notifier,
    mail,
    told,
    said,
    entries,
    addresses,
    outbox,
    record,
    lost,
    begin,
    released,
    deeds,
  }
}

const failing = (why: string, retry: boolean) => (): Delivery => ({ sent: false, why, retry })

describe('outbox', () => {
  it('[CH80] sends what a committed record has queued and tells the log what became of it', async () => {
    const { notifier, told, outbox, record, begin, released } = scene()
    begin()
    await released()
    outbox.take(record([notice(1), notice(2, { channel: 'desk' }), notice(3, { state: 'suppressed' })]))
    await until(() => told.length === 1)
    expect(notifier.sent).toMatchObject([
      { to: 'https://hooks.example/li', subject: 'n1-1', person: { id: 'li' }, alerts: [{ id: 'a1' }] },
    ])
    expect(told[0]).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
      by: { person: 'qingyu' },
      deed: { verb: 'delivery', notice: 'n1-1', channel: 'webhook', state: 'sent', why: '', attempts: 1 },
    })
  })

  it('[CH81] names what it tells of a notice the same each time, so that it counts once', async () => {
    const first = scene()
    const second = scene()
    for (const { outbox, record, begin, released, told } of [first, second]) {
      begin()
      await released()
      outbox.take(record([notice(1)]))
      await until(() => told.length === 1)
    }
    expect(second.told[0]?.id).toBe(first.told[0]?.id)
  })

  it('[CH82] goes on with what the state still has queued, oldest first, after a restart', async () => {
    const { notifier, begin, released } = scene()
    begin([notice(10), notice(9), notice(2, { at: START - 1000 }), notice(3, { state: 'sent' })])
    expect(notifier.sent).toEqual([])
    await released()
    await until(() => notifier.sent.length === 3)
    expect(notifier.ids).toEqual(['n1-2', 'n1-9', 'n1-10'])
  })

  it('[CH82] writes letters about alerts that were closed meanwhile', async () => {
    const { notifier, entries, begin, released } = scene()
    entries.set('h/00abc/a7', bytes({ ...alert, id: 'a7', state: 'closed' }))
    begin([notice(1, { alerts: ['a7'] })])
    await released()
    await until(() => notifier.sent.length === 1)
    expect(notifier.sent[0]?.alerts).toMatchObject([{ id: 'a7', state: 'closed' }])
  })

  it('[CH83] waits after a takeover for the ticks that may say what was sent already', async () => {
    const { notifier, clock, outbox, record, begin } = scene({ newest: () => Promise.resolve(START + 5000) })
    begin([notice(1), notice(2)])
    await Promise.resolve()
    outbox.take(record([notice(1, { state: 'sent', settled: START + 4000 })], START + 4000))
    expect(notifier.sent).toEqual([])
    outbox.take(quietRecord(START + 6000))
    await until(() => notifier.sent.length === 1)
    expect(notifier.ids).toEqual(['n1-2'])
    clock.advance(10_000)
    expect(notifier.ids).toEqual(['n1-2'])
  })

  it('[CH83] waits 3 s at most where no tick comes', async () => {
    const { notifier, clock, begin } = scene({ newest: () => new Promise(() => undefined) })
    begin([notice(1)])
    clock.advance(2999)
    expect(notifier.sent).toEqual([])
    clock.advance(1)
    await until(() => notifier.sent.length === 1)
  })

  it('[CH84] tries again with longer and longer waits, and gives up after twenty attempts', async () => {
    const { notifier, clock, told, outbox, record, begin, released, deeds } = scene()
    notifier.answer = failing('HTTP 500', true)
    begin()
    await released()
    outbox.take(record([notice(1)]))
    const waits: number[] = []
    while (told.length === 0) {
      const { length } = notifier.sent
      await until(() => told.length > 0 || clock.next !== undefined)
      if (told.length > 0) break
      waits.push((clock.next ?? 0) - clock.now())
      clock.step()
      await until(() => notifier.sent.length > length)
      // The answer, too, comes a moment later.
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(notifier.sent).toHaveLength(20)
    for (const [i, wait] of waits.entries()) {
      const least = Math.min(900_000, 1000 * 2 ** i)
      expect(wait).toBeGreaterThanOrEqual(least)
      expect(wait).toBeLessThan(least * 1.5)
    }
    expect(deeds()).toMatchObject([{ state: 'failed', why: 'HTTP 500', attempts: 20 }])
  })

  it('[CH84] gives up after a day', async () => {
    const { notifier, clock, told, outbox, record, begin, released, deeds } = scene()
    let attempts = 0
    notifier.answer = () => {
      // Each attempt takes hours: the day is over before twenty are made.
      clock.jump(clock.now() + 6 * HOUR)
      return { sent: false, why: `attempt ${++attempts}`, retry: true }
    }
    begin()
    await released()
    outbox.take(record([notice(1)]))
    while (told.length === 0) {
      clock.step()
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(deeds()).toMatchObject([{ state: 'failed', why: 'attempt 4', attempts: 4 }])
  })

  it('[CH85] fails at once for who has no address, is not registered, or on a channel that is not set up', async () => {
    const { notifier, outbox, addresses, record, begin, released, told, deeds } = scene()
    addresses.set('wu', ['bad place'])
    begin()
    await released()
    const notices = [
      notice(1, { person: 'sun' }),
      notice(2, { person: 'gone' }),
      notice(3, { channel: 'push' }),
      notice(4, { alerts: ['a9'] }),
      notice(5, { person: 'wu' }),
    ]
    outbox.take(record(notices))
    await until(() => told.length === 5)
    const reasons = deeds().map((deed) => (deed.verb === 'delivery' ? `${deed.notice} ${deed.why}` : ''))
    expect(reasons.sort()).toEqual([
      'n1-1 no address for webhook',
      'n1-2 nobody of that name is registered',
      'n1-3 channel push is not set up',
      'n1-4 its alerts are no longer kept',
      'n1-5 … is no address',
    ])
    expect(notifier.sent).toEqual([])
  })

  it('[CH86] keeps addresses and numbers out of the reasons that enter the log', async () => {
    const reasons = new Map([
      ['https://hooks.example/li', 'POST https://hooks.example/li answered 410 at hooks.example'],
      ['li@city.example', '550 <li@city.example> unknown, ask wu@city.example'],
      ['topic/li', 'call 13912345678'],
    ])
    for (const [to, why] of reasons) {
      const { notifier, addresses, outbox, record, begin, released, told, deeds } = scene()
      addresses.set('li', [to])
      notifier.answer = failing(why, false)
      begin()
      await released()
      outbox.take(record([notice(1)]))
      await until(() => told.length === 1)
      const [deed] = deeds()
      expect(deed?.verb === 'delivery' && deed.why).not.toMatch(/example|@|139|topic/)
    }
  })

  it('[CH87] keeps the order for each person, and lets nobody wait for another', async () => {
    const { notifier, clock, outbox, record, begin, released, told } = scene()
    notifier.answer = ({ person: { id } }) =>
      id === 'li' && clock.now() < START + 60_000
        ? { sent: false, why: 'HTTP 503', retry: true }
        : { sent: true }
    begin()
    await released()
    outbox.take(record([notice(1), notice(2), notice(3, { person: 'wu' }), notice(4)]))
    await until(() => told.length === 1)
    expect(notifier.ids).toEqual(['n1-1', 'n1-3'])
    while (told.length < 4) {
      clock.step()
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(notifier.ids.filter((id) => id !== 'n1-1' && id !== 'n1-3')).toEqual(['n1-2', 'n1-4'])
  })

  it('[CH88] lets no channel hold back another, and ends an attempt that hangs', async () => {
    const { notifier, mail, clock, outbox, addresses, record, begin, released, told, deeds } = scene()
    addresses.set('sun', ['sun@city.example'])
    notifier.answer = () => new Promise(() => undefined)
    begin()
    await released()
    const many = Array.from({ length: 100 }, (_, i) => notice(i, { person: i % 2 === 0 ? 'li' : 'wu' }))
    outbox.take(record([...many, notice(200, { channel: 'mail', person: 'sun' })]))
    await until(() => told.length === 1)
    expect(mail.ids).toEqual(['n1-200'])
    expect(notifier.sent).toHaveLength(2)
    clock.advance(30_000)
    const attempts = () =>
      outbox.metrics().find(({ name }) => name === 'outbox_attempts_total')?.samples ?? []
    const webhooks = (result: string) =>
      attempts().find(({ labels }) => labels?.['channel'] === 'webhook' && labels['result'] === result)?.value
    await until(() => webhooks('retry') === 2)
    expect([webhooks('sent'), deeds().length]).toEqual([0, 1])
  })

  it('[CH89] sends at most 32 webhooks at the same time', async () => {
    const ids = Array.from({ length: 50 }, (_, i) => `p${i}`)
    const { notifier, outbox, record, begin, released } = scene({
      people: new Map(ids.map((id) => [id, person(id)])),
      addresses: () => Promise.resolve(['https://hooks.example/all']),
    })
    const open: (() => void)[] = []
    notifier.answer = () => new Promise((resolve) => open.push(() => resolve({ sent: true })))
    begin()
    await released()
    outbox.take(record(ids.map((id, i) => notice(i, { person: id }))))
    await until(() => open.length === 32)
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(open).toHaveLength(32)
    for (const each of open.splice(0)) each()
    await until(() => notifier.sent.length === 50)
    for (const each of open.splice(0)) each()
  })

  it('[CH90] leaves in the state what memory has no room for, and fetches it later', async () => {
    const count = MOST_WAITING + 5
    const { notifier, entries, outbox, record, begin, released } = scene()
    const many = Array.from({ length: count }, (_, i) => notice(i))
    for (const each of many) entries.set(`n/${each.id}`, bytes(each))
    begin()
    await released()
    outbox.take(record(many))
    await until(() => notifier.sent.length === count)
    expect(new Set(notifier.ids).size).toBe(count)
  })

  it('[CH91] keeps what became of notices until the log takes it, and sends nothing above its bound', async () => {
    const told: Action[] = []
    let isAway = true
    const { clock, notifier, said, outbox, record, begin, released } = scene({
      log: {
        append: (_, records) => {
          if (isAway) return Promise.reject(new Error('no broker'))
          told.push(...records.map((each) => decodeAction(each)))
          return Promise.resolve(0)
        },
      },
    })
    begin()
    await released()
    outbox.take(record(Array.from({ length: 10_100 }, (_, i) => notice(i))))
    await until(() => notifier.sent.length >= 10_000)
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(notifier.sent).toHaveLength(10_000)
    expect(said[0]).toBe('Deliveries wait for the log: no broker')
    isAway = false
    clock.advance(1000)
    await until(() => told.length === 10_100)
    expect(new Set(told.map(({ id }) => id)).size).toBe(10_100)
  })

  it('[CH92] starts nothing more once the stage is lost, but tells of what was on its way', async () => {
    const { notifier, outbox, record, lost, begin, released, told, deeds } = scene()
    let open: () => void = () => undefined
    notifier.answer = () => new Promise((resolve) => (open = () => resolve({ sent: true })))
    begin()
    await released()
    outbox.take(record([notice(1), notice(2)]))
    await until(() => notifier.sent.length === 1)
    lost.abort()
    open()
    await until(() => told.length === 1)
    expect(deeds()).toMatchObject([{ notice: 'n1-1', state: 'sent' }])
    outbox.take(record([notice(3)]))
    await outbox.stop()
    expect(notifier.ids).toEqual(['n1-1'])
  })

  it('[CH93] reaches somebody who has several devices when one of them takes it', async () => {
    const { notifier, addresses, outbox, record, begin, released, told, deeds } = scene()
    addresses.set('li', ['first', 'second', 'third'])
    notifier.answer = ({ to }) =>
      to === 'second' ? { sent: true } : { sent: false, why: 'gone', retry: to === 'third' }
    begin()
    await released()
    outbox.take(record([notice(1)]))
    await until(() => told.length === 1)
    expect(notifier.sent.map(({ to }) => to)).toEqual(['first', 'second', 'third'])
    expect(deeds()).toMatchObject([{ state: 'sent', attempts: 1 }])
  })
})
