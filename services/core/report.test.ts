import { describe, expect, it } from 'vitest'
import { MINUTE, RAISED, alertOf, simplePolicy } from '../testdata/sample-alert.ts'
import { smallPlan } from '../testdata/small-city.ts'
import type { Alert } from './alert.ts'
import { CallBook, callsOfDay, readCalls } from './call-book.ts'
import type { Decision, TickRecord } from './change.ts'
import type { LevelHistory } from './commit.ts'
import { LEGAL_SCHEME, UNKNOWN, type Rank } from './level.ts'
import { zoneNamed } from './local-time.ts'
import { reportCsv } from './report-csv.ts'
import { reportOf, type ReportSource } from './report.ts'
import { dateAt, spanOf } from './report-span.ts'
import { MOST_OCCURRENCES, Tally } from './tally.ts'

const HOUR = 60 * MINUTE
const plan = smallPlan()
const policy = simplePolicy()
const FROM = RAISED - 5 * MINUTE

function sourceOf(part: Partial<ReportSource> = {}): ReportSource {
  const span = { from: FROM, to: FROM + 4 * HOUR, until: FROM + 4 * HOUR, columnMs: HOUR }
  return { plan, policy, area: 0, ...span, lines: [], alerts: [], calls: new Map(), ...part }
}

function line(minute: number, rank: Rank): LevelHistory {
  const at = FROM + minute * MINUTE
  return { area: 0, at, since: at, decision: { rank } as Decision }
}

describe('reports', () => {
  it('[RP1] adds up how long an area was at each level, beginning with the one in force before', () => {
    const { columns, spent, worst } = reportOf(
      sourceOf({ lines: [line(-30, 1), line(90, 4), line(100, 0), line(180, UNKNOWN)] }),
    )
    expect(columns.map((column) => column.worst)).toEqual([1, 4, 0, UNKNOWN])
    expect(columns[1]?.spent).toEqual({ 1: 30 * MINUTE, 4: 10 * MINUTE, 0: 20 * MINUTE })
    expect(spent).toEqual({ 0: 80 * MINUTE, 1: 90 * MINUTE, 4: 10 * MINUTE, 15: HOUR })
    expect(worst).toBe(4)
  })

  it('[RP1] says nothing of what is yet to come', () => {
    const report = reportOf(sourceOf({ until: FROM + 90 * MINUTE, lines: [line(0, 2)] }))
    expect(report.columns.map(({ spent }) => spent)).toEqual([{ 2: HOUR }, { 2: 30 * MINUTE }])
    expect(reportOf(sourceOf({ until: FROM })).columns).toEqual([])
  })

  it('[RP2] tells how duties were done against their limits, by area and by unit', () => {
    const done = (acknowledge: number | null, handle: number | null): Alert['done'] => ({
      acknowledge: acknowledge === null ? null : RAISED + acknowledge * MINUTE,
      dispatch: null,
      handle: handle === null ? null : RAISED + handle * MINUTE,
      verify: null,
    })
    const alerts = [
      alertOf({ done: done(4, 34), unit: 'water', closed: RAISED + HOUR, ended: RAISED + 20 * MINUTE }),
      alertOf({ id: 'a2', done: done(16, null), missed: ['acknowledge'] }),
      alertOf({ id: 'a3', done: done(null, null), missed: ['acknowledge'], category: 'noise', peak: 4 }),
      alertOf({ id: 'a4', exercise: true }),
      alertOf({ id: 'a5', area: 2, incident: null }),
    ]
    const report = reportOf(sourceOf({ alerts }))
    expect(report.alerts).toMatchObject({ raised: 4, closed: 1, open: 3, exercises: 1, byHand: 1 })
    expect(report.alerts.categories.map(({ category, count, worst }) => [category, count, worst])).toEqual([
      ['air', 3, 3],
      ['noise', 1, 4],
    ])
    const minutes = (ms: number | null) => ms && ms / MINUTE
    expect(
      report.responses.map(({ key, duty, count, inTime, open, median }) => [
        key,
        duty,
        [count, inTime, open],
        minutes(median),
      ]),
    ).toEqual([
      [plan.grid.codes[1], 'acknowledge', [2, 1, 1], 4],
      [plan.grid.codes[1], 'handle', [1, 1, 0], 30],
      ['water', 'handle', [1, 1, 0], 30],
    ])
    expect(reportOf(sourceOf({ alerts, area: 2 })).alerts.raised).toBe(1)
  })

  it('[RP3] counts calls below an area and names the places that come again', () => {
    const calls = new Map([
      [3, { 'call.noise': 5 }],
      [4, { 'call.noise': 1, 'call.water': 1 }],
      [2, { 'call.water': 1 }],
    ])
    const alerts = [alertOf(), alertOf({ id: 'a2' })]
    const report = reportOf(sourceOf({ calls, alerts }))
    expect(report.calls.map(({ indicator, count }) => [indicator, count])).toEqual([
      ['call.noise', 6],
      ['call.water', 2],
    ])
    expect(
      report.repeats.map(({ code, ...row }) => [plan.grid.indexOf(code), row.alerts, row.calls]),
    ).toEqual([
      [3, 2, 5],
      [4, 0, 2],
    ])
    expect(reportOf(sourceOf({ calls, area: 2 })).calls).toMatchObject([
      { indicator: 'call.water', count: 1 },
    ])
  })

  it('[RP4] counts calls of a local day, goes on after a restart, and forgets old days', () => {
    const at = Date.UTC(2026, 10, 22, 15, 59)
    const record = (occurrences: TickRecord['occurrences'], unlisted?: TickRecord['unlisted']) =>
      [{ occurrences, ...(unlisted && { unlisted }) }] as unknown as TickRecord[]
    const call = { area: 3, indicator: 'call.noise', time: at }
    const kept = new Map<string, Uint8Array>()
    const keep = (book: CallBook, time: number, records: TickRecord[]) => {
      for (const { key, value } of book.tick(time, records))
        if (value === null) kept.delete(key)
        else kept.set(key, value)
    }
    const first = new CallBook(plan, 2 * 86_400_000)
    keep(first, at, record([call, call], [{ area: 3, indicator: 'call.noise', count: 250 }]))
    const second = new CallBook(plan, 2 * 86_400_000)
    second.restore(kept, at)
    keep(second, at + 1000, record([call]))
    // A minute later it is the 23rd in Shanghai.
    keep(second, at + MINUTE, record([call]))
    const today = Math.floor(Date.UTC(2026, 10, 22) / 86_400_000)
    expect([...kept].map(([key, value]) => [key, readCalls(key, value)])).toEqual([
      [`${callsOfDay(today)}3`, [3, { 'call.noise': 253 }]],
      [`${callsOfDay(today + 1)}3`, [3, { 'call.noise': 1 }]],
    ])
    keep(second, at + 2 * 86_400_000, record([]))
    expect([...kept.keys()]).toEqual([`${callsOfDay(today + 1)}3`])
  })

  it('[RP10] counts the occurrences that a tick record does not list', () => {
    const tally = new Tally()
    const occur = (count: number) => {
      for (let i = 0; i < count; i++) tally.occurred(3, 'call.noise', FROM + i)
    }
    const told = () => [tally.occurrences().length, tally.unlisted()]
    occur(MOST_OCCURRENCES)
    expect(told()).toEqual([MOST_OCCURRENCES, []])
    tally.clear()
    occur(MOST_OCCURRENCES + 1)
    expect(told()).toEqual([MOST_OCCURRENCES, [{ area: 3, indicator: 'call.noise', count: 1 }]])
    tally.clear()
    occur(5 * MOST_OCCURRENCES)
    expect(told()).toEqual([
      MOST_OCCURRENCES,
      [{ area: 3, indicator: 'call.noise', count: 4 * MOST_OCCURRENCES }],
    ])
  })

  it('[RP5] spans local days, ISO weeks and months, also where clocks change', () => {
    const zone = zoneNamed('Europe/London')
    if (zone === null) throw new Error('no zone')
    const iso = (ms: number) => new Date(ms).toISOString().slice(0, 16)
    const at = dateAt('2026-03-29', zone) ?? 0
    const spans = (['day', 'week', 'month'] as const).map((per) => spanOf(per, at + 12 * HOUR, zone))
    expect(spans.map(({ from, to }) => [iso(from), iso(to)])).toEqual([
      ['2026-03-29T00:00', '2026-03-29T23:00'],
      ['2026-03-23T00:00', '2026-03-29T23:00'],
      ['2026-03-01T00:00', '2026-03-31T23:00'],
    ])
    expect(dateAt('2026-02-30', zone)).toBeUndefined()
    expect(dateAt('yesterday', zone)).toBeUndefined()
  })

  it('[RP6] writes a flat table that a spreadsheet cannot take for formulas', () => {
    const odd = simplePolicy({
      categories: new Map([['air', { id: 'air', name: { zh: '空气', en: '=1+1, "x"' } }]]),
    })
    const text = reportCsv(
      reportOf(sourceOf({ policy: odd, alerts: [alertOf()], lines: [line(0, 2)] })),
      LEGAL_SCHEME,
    )
    const rows = text.split('\r\n')
    expect(rows[0]).toBe('\uFEFFsection,key,name_zh,name_en,measure,value,unit')
    expect(rows).toContain(`category,air,空气,"'=1+1, ""x""",count,1,alerts`)
    expect(rows.find((row) => row.startsWith('colour,'))).toMatch(/yellow,240,min$/)
  })
})
