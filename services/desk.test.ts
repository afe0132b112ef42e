import { afterEach, describe, expect, it } from 'vitest'
import { VirtualClock } from './adapters/clock.virtual.ts'
import { MemoryDisk } from './adapters/disk.memory.ts'
import { MemoryLog } from './adapters/log.memory.ts'
import { seededRandom } from './adapters/random.seeded.ts'
import { MemoryState } from './adapters/state.memory.ts'
import type { Alert } from './core/alert.ts'
import {
  alertPartition,
  encodeAlertRecord,
  quietRecord,
  stampOf,
  type AlertRecord,
} from './core/alert-record.ts'
import type { StateEntry } from './core/commit.ts'
import { jsonEntry } from './core/json-entry.ts'
import type { Notice } from './core/notice.ts'
import type { Actor } from './core/person.ts'
import { startDesk } from './desk.ts'
import type { Desk, News } from './desk-port.ts'
import { alertOf, noticeOf, simplePolicy } from './testdata/sample-alert.ts'
import { smallPlan } from './testdata/small-city.ts'
import { until } from './testdata/small-server.ts'

const START = Date.UTC(2026, 10, 22)
const DAY = 86_400_000
const plan = smallPlan()
const OWN = alertPartition(plan)
const LI: Actor = { person: 'li', role: 'officer', area: '3201', unit: '' }

let desks: Desk[] = []
afterEach(async () => {
  await Promise.all(desks.map((desk) => desk.stop()))
  desks = []
})

/** A state that the test commits to as the alert stage would, and desks on it. */
function scene() {
  const clock = new VirtualClock(START)
  const disk = new MemoryDisk({ defer: (run) => void setImmediate(run) })
  const log = new MemoryLog(disk, { partitions: plan.partitions, epoch: '0123456789abcdef' })
  const state = new MemoryState(disk, { partitions: plan.partitions })
  const faults: unknown[] = []
  let offset = 0
  let loaded: Promise<unknown> | undefined
  const commit = async (at: number, part: Partial<AlertRecord>, entries: readonly StateEntry[] = []) => {
    await (loaded ??= state.load(OWN))
    const record = encodeAlertRecord({ ...quietRecord(at), ...part })
    await state.commit(OWN, offset, { offset: at, at, entries, record, levels: [], readings: [] })
    offset = at
  }
  const start = async (): Promise<Desk> => {
    const policy = simplePolicy()
    const duty = () => ({ onDuty: () => [], hasRoster: () => false })
    const random = seededRandom(1)
    const desk = startDesk({
      state,
      log,
      plan,
      policy,
      clock,
      random,
      duty,
      report: (fault) => faults.push(fault),
    })
    desks.push(desk)
    await desk.caughtUp()
    return desk
  }
  return { clock, log, state, commit, start, faults }
}

const raised = (id: string, at: number, part: Partial<Alert> = {}) =>
  alertOf({ id, raised: at, since: at, ...part })
const openOf = (alert: Alert) => jsonEntry(`a/${alert.id}`, alert)
const closedOf = (alert: Alert) => jsonEntry(`h/${stampOf(alert.closed ?? 0)}/${alert.id}`, alert)
const shownBy = async (desk: Desk, one: Alert) => ({
  tick: desk.tick,
  open: [...desk.open().keys()],
  all: [...desk.alerts()].map(({ id, state }) => `${id} ${state}`),
  notices: (await desk.noticesOf(one)).map(({ id }) => id),
})

describe('the desk', () => {
  it('[DK33] knows the same whether it followed from the beginning or starts from the state', async () => {
    const { commit, start } = scene()
    const first = await start()
    const [one, two] = [raised('a1-1', START + 1), raised('a2-1', START + 2)]
    const notices: Notice[] = [
      noticeOf({ id: 'n1-1', alerts: ['a1-1'] }),
      noticeOf({ id: 'n1-2', alerts: ['a1-1'] }),
    ]
    await commit(START + 1000, { alerts: [one], notices }, [
      openOf(one),
      ...notices.map((notice) => jsonEntry(`n/${notice.id}`, notice)),
    ])
    const closed: Alert = { ...one, state: 'closed', closed: START + 2000 }
    await commit(START + 2000, { alerts: [two, closed] }, [
      openOf(two),
      jsonEntry('a/a1-1', undefined),
      ...notices.map((notice) => jsonEntry(`n/${notice.id}`, undefined)),
      closedOf(closed),
    ])
    await until(() => first.tick === START + 2000)
    const second = await start()
    expect(await shownBy(second, closed)).toEqual(await shownBy(first, closed))
    expect(await shownBy(second, closed)).toEqual({
      tick: START + 2000,
      open: ['a2-1'],
      all: ['a1-1 closed', 'a2-1 raised'],
      notices: ['n1-2', 'n1-1'],
    })
    await commit(START + 3000, { alerts: [raised('a3-1', START + 3)] })
    await until(() => first.tick === START + 3000 && second.tick === START + 3000)
    expect(await shownBy(second, closed)).toEqual(await shownBy(first, closed))
  })

  it('[DK33] goes on from the state where the records in between are gone', async () => {
    const { commit, start, state, faults } = scene()
    const one = raised('a1-1', START + 1)
    await commit(START + 1000, { alerts: [one] }, [openOf(one)])
    await commit(START + 2000, {})
    await state.trim(START + 10_000)
    const desk = await start()
    expect([...desk.open().keys()]).toEqual(['a1-1'])
    const late = raised('a2-1', START + 12)
    await commit(START + 12_000, { alerts: [late] }, [openOf(late)])
    await until(() => desk.tick >= START + 12_000)
    expect([...desk.open().keys()]).toEqual(['a1-1', 'a2-1'])
    expect(faults).toEqual([])
  })

  it('[DK40] tells who was told of a closed alert as the records have it, also what came later', async () => {
    const { commit, start, state } = scene()
    const one = raised('a1-1', START + 1000)
    const queued = noticeOf({ id: 'n1-1', alerts: ['a1-1'], state: 'queued', settled: null })
    const others = noticeOf({ id: 'n1-2', alerts: ['a2-1'] })
    await commit(START + 1000, { alerts: [one], notices: [queued, others] }, [openOf(one)])
    const closed: Alert = { ...one, state: 'closed', closed: START + 2000 }
    await commit(START + 2000, { alerts: [closed] }, [jsonEntry('a/a1-1', undefined), closedOf(closed)])
    await commit(START + 3000, { notices: [{ ...queued, state: 'sent', settled: START + 3000 }] })
    const desk = await start()
    expect((await desk.noticesOf(closed)).map(({ id, state: fate }) => `${id} ${fate}`)).toEqual([
      'n1-1 sent',
    ])
    await commit(START + 4000, {
      notices: [{ ...queued, state: 'sent', settled: START + 3000, seen: START + 4000 }],
    })
    await until(() => desk.tick === START + 4000)
    expect((await desk.noticesOf(closed)).map(({ seen }) => seen)).toEqual([START + 4000])
    // What the records no longer tell is not made up.
    await state.trim(START + 10_000)
    await commit(START + 20_000, {})
    expect(await (await start()).noticesOf(closed)).toEqual([])
  })

  it('[DK34] finds alerts that were closed long ago, and nothing for a made-up id', async () => {
    const { commit, start } = scene()
    const long = START - 30 * DAY
    const id = `a${long.toString(36)}-1`
    const old = raised(id, long, { state: 'closed', closed: long + 3 * DAY })
    await commit(START, {}, [closedOf(old)])
    const desk = await start()
    expect([...desk.alerts()]).toEqual([])
    expect((await desk.alert(id))?.closed).toBe(long + 3 * DAY)
    for (const strange of [
      `a${long.toString(36)}-2`,
      'a-1',
      'x',
      '',
      'azzzzzzzzzz-1',
      'a1-1',
      '../h',
      'a1-9999999999',
    ])
      expect(await desk.alert(strange)).toBeUndefined()
  })

  it('[DK35] reads the audit log newest first over any span, bounded', async () => {
    const { commit, start } = scene()
    const line = (at: number, id: string, person = 'li') => ({
      at,
      id,
      person,
      role: 'officer',
      verb: 'note',
      subject: 'a1-1',
      comment: '',
      code: null,
    })
    const lines = Array.from({ length: 40 }, (_, n) =>
      line(START - n * 6 * 3_600_000, `${n}`.padStart(16, '0')),
    )
    await commit(
      START,
      {},
      lines.map((each) => jsonEntry(`e/${stampOf(each.at)}/${each.id}`, each)),
    )
    const desk = await start()
    const ask = (part: object) => desk.audit({ from: 0, to: START, most: 100, by: () => true, ...part })
    expect((await ask({ from: START - 10 * DAY })).lines).toEqual(lines)
    const some = await ask({ from: START - 10 * DAY, most: 3 })
    expect(some).toEqual({ lines: lines.slice(0, 3), more: true })
    const span = await ask({ from: START - 2 * DAY, to: START - DAY })
    expect(span.lines).toEqual(lines.slice(4, 9))
    expect((await ask({ from: START - DAY, subject: 'a2-1' })).lines).toEqual([])
    expect((await ask({ from: START - DAY, by: (person: string) => person !== 'li' })).lines).toEqual([])
  })

  it('[DK36] tells news once, and again to who was away for less than ten minutes of them', async () => {
    const { commit, start } = scene()
    const desk = await start()
    const heard: News[] = []
    const forget = desk.watch((news) => heard.push(news))
    await commit(START + 1000, {})
    for (let n = 2; n <= 700; n++) await commit(START + n * 1000, { alerts: [raised(`a${n}-1`, START)] })
    await until(() => desk.tick === START + 700_000)
    expect(heard.length).toBe(699)
    expect(desk.newsAfter(START + 698_000)?.map(({ alerts }) => alerts)).toEqual([['a699-1'], ['a700-1']])
    expect(desk.newsAfter(START + 700_000)).toEqual([])
    expect(desk.newsAfter(START + 2000)).toBeNull()
    expect(desk.newsAfter(START + 900_000)).toBeNull()
    forget()
  })

  it('[DK37] answers who waits when the log fails or the desk ends', async () => {
    const { start, log } = scene()
    const desk = await start()
    const waiting = desk.act(LI, { verb: 'note', alert: 'a1-1', comment: 'x' })
    while ((await log.end(0)) === 0) await new Promise((resolve) => setImmediate(resolve))
    await desk.stop()
    expect((await waiting).outcome).toBeNull()
    const late = desk.act(LI, { verb: 'note', alert: 'a1-1', comment: 'x' })
    await expect(late).rejects.toMatchObject({ code: 'SE-busy' })
  })

  it('[DK37] tells what became of a deed, also where it was decided after the wait', async () => {
    const { start, commit, clock } = scene()
    const desk = await start()
    const deed = { verb: 'note', alert: 'a1-1', comment: 'x' } as const
    const first = desk.act(LI, deed, 'key')
    await new Promise((resolve) => setImmediate(resolve))
    clock.advance(6000)
    const { action, outcome } = await first
    expect(outcome).toBeNull()
    await commit(START + 7000, { outcomes: [{ action, code: 'AL-state', parameters: {}, subject: 'a1-1' }] })
    await until(() => desk.tick === START + 7000)
    expect((await desk.act(LI, deed, 'key')).outcome).toMatchObject({ code: 'AL-state' })
  })
})
