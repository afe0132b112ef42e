import { describe, expect, it } from 'vitest'
import type { Deed } from './action.ts'
import { decodeAlertRecord, type AlertRecord } from './alert-record.ts'
import { Alerting } from './alerting.ts'
import type { AlignedTick, Commit } from './commit.ts'
import { actionOf, dutyPolicy, STAFF } from '../testdata/duty-city.ts'
import { smallGrid, smallPlan, tickRecord } from '../testdata/small-city.ts'

const START = Date.parse('2026-11-22T08:00:00+08:00')
const MINUTE = 60_000
const DAY = 1440 * MINUTE
const plan = smallPlan(smallGrid(3, 4))
const EMPTY = { offset: 0, at: 0, entries: new Map<string, Uint8Array>() }

/** An alert stage fed by hand, with the state it wrote. */
class Stage {
  readonly entries = new Map<string, Uint8Array>()
  readonly commits: Commit[] = []
  readonly #alerting: Alerting

  constructor(policy = dutyPolicy()) {
    this.#alerting = new Alerting(plan, policy, EMPTY)
  }

  tick(tick: AlignedTick): AlertRecord | null {
    const commit = this.#alerting.apply(tick)
    if (commit === null) return null
    this.commits.push(commit)
    for (const { key, value } of commit.entries)
      if (value === null) this.entries.delete(key)
      else this.entries.set(key, value)
    return decodeAlertRecord(commit.record)
  }

  keys(prefix: string): readonly string[] {
    return [...this.entries.keys()].filter((key) => key.startsWith(prefix))
  }
}

function acts(at: number, ...said: readonly (readonly [number, string, Deed])[]): AlignedTick {
  const actions = said.flatMap(([number, who, deed]) => {
    const by = STAFF.get(who)
    return by === undefined ? [] : [actionOf(number, at, by, deed)]
  })
  return { at, records: [tickRecord(0, at, { actions })] }
}

const raising = (headline: string): Deed => ({
  verb: 'raise',
  areas: ['3201001'],
  category: 'air',
  rank: 3,
  headline,
  exercise: false,
})

describe('Alerting', () => {
  it('[AL28] ignores an action that comes again, in the same tick or later, also after a restart', () => {
    const stage = new Stage()
    const once = stage.tick(acts(START, [1, 'sun', raising('smoke')], [1, 'sun', raising('smoke')]))
    expect(once?.outcomes).toHaveLength(1)
    expect(stage.tick(acts(START + 1000, [1, 'sun', raising('smoke')]))).toBeNull()
    const stored = { offset: START, at: START, entries: stage.entries }
    const again = new Alerting(plan, dutyPolicy(), stored)
    expect(again.apply(acts(START + 2000, [1, 'sun', raising('smoke')]))).toBeNull()
    expect(stage.keys('a/')).toHaveLength(1)
  })

  it('[AL28] gives every action one outcome and one line of the audit log, in the order of the log', () => {
    const record = new Stage().tick(
      acts(
        START,
        [1, 'chen', { verb: 'handover', area: '3201', comment: 'all quiet' }],
        [2, 'sun', raising('smoke')],
        [3, 'chen', { verb: 'subscribe', subscription: subscription() }],
        [4, 'zhao', { verb: 'roster', name: 'all', format: 'yaml', text: 'areas: {}' }],
        [5, 'chen', JSON.parse('{"verb":"dance"}') as Deed],
        [6, 'chen', { verb: 'acknowledge', alert: 'a0-1', comment: '' }],
      ),
    )
    const ids = [1, 2, 3, 4, 5, 6].map((number) => number.toString(16).padStart(16, '0'))
    const codes = [null, null, null, null, 'AL-verb', 'AL-unknown']
    expect(record?.outcomes.map(({ action, code }) => [action, code])).toEqual(
      ids.map((id, index) => [id, codes[index]]),
    )
    expect(record?.audit.map(({ id, code }) => [id, code])).toEqual(
      ids.map((id, index) => [id, codes[index]]),
    )
  })

  it('[AL28] leaves what became of notices out of the audit log: it stands on the notice', () => {
    const stage = new Stage()
    const record = stage.tick(acts(START, [1, 'chen', { verb: 'see', alert: 'a0-1' }]))
    expect(record?.outcomes).toMatchObject([{ code: 'AL-unknown' }])
    expect(stage.keys('e/')).toEqual([])
  })

  it('[AL34] writes nothing for a tick in which nothing happened, and passes over ticks that it knows', () => {
    const stage = new Stage()
    expect(stage.tick({ at: START, records: [] })?.alerts).toEqual([])
    expect(stage.keys('')).toEqual(['m'])
    expect(stage.tick({ at: START + 1000, records: [tickRecord(0, START + 1000)] })).toBeNull()
    expect(stage.tick(acts(START + 1000, [1, 'sun', raising('smoke')]))).toBeNull()
    expect(stage.tick(acts(START + 2000, [1, 'sun', raising('smoke')]))?.alerts).toHaveLength(1)
  })

  it('[AL34] commits the tick as offset, its entries by key', () => {
    const stage = new Stage()
    stage.tick(acts(START, [1, 'sun', raising('smoke')], [2, 'chen', note('a note')]))
    const [commit] = stage.commits
    expect(commit).toMatchObject({ at: START, offset: START, levels: [], readings: [] })
    const keys = commit?.entries.map(({ key }) => key) ?? []
    expect(keys).toEqual([...keys].sort())
    expect(new Set(keys.map((key) => key[0]))).toEqual(new Set(['a', 'e', 'm', 'n', 'o']))
  })

  it('[AL45] shows the newest value behind an alert, by the minute, and tells nobody of that', () => {
    const stage = new Stage()
    const verdict = { area: 4, rule: 'pm25-high', rank: 3, value: 769, limit: 700 }
    const say = (at: number, part: Parameters<typeof tickRecord>[2]) =>
      stage.tick({ at: START + at, records: [tickRecord(0, START + at, part)] })
    say(0, { verdicts: [verdict] })
    const known = stage.entries.size
    expect(say(1000, { readings: [{ area: 4, rule: 'pm25-high', value: 1051 }] })?.alerts).toEqual([])
    const told = say(MINUTE, {})
    expect(told?.alerts).toMatchObject([{ rank: 3, worst: { area: 4, value: 1051, limit: 700 } }])
    expect(told?.notices).toEqual([])
    expect(stage.entries.size).toBe(known)
  })

  it('[AL29] keeps closed alerts, notes and audit lines as long as the policy says', () => {
    const stage = new Stage(dutyPolicy({ historyMs: 10 * DAY }))
    stage.tick(acts(START, [1, 'sun', raising('smoke')], [2, 'chen', note('a note')]))
    const id = stage.keys('a/')[0]?.slice(2) ?? ''
    stage.tick(acts(START + MINUTE, [3, 'sun', { verb: 'close', alert: id, comment: 'none seen' }]))
    expect([stage.keys('a/'), stage.keys('h/'), stage.keys('o/'), stage.keys('e/')]).toMatchObject([
      [],
      { length: 1 },
      { length: 1 },
      { length: 3 },
    ])
    stage.tick(acts(START + 11 * DAY, [4, 'chen', note('later')]))
    expect([stage.keys('h/'), stage.keys('o/'), stage.keys('e/')]).toMatchObject([
      [],
      { length: 1 },
      { length: 1 },
    ])
  })

  it.each([
    [7 * DAY + MINUTE, null],
    [7 * DAY + 2 * MINUTE, 'AL-unknown'],
  ])('[AL5] reopens a closed alert for seven days, also after a restart (%i ms: %s)', (after, code) => {
    const stage = new Stage()
    stage.tick(acts(START, [1, 'sun', raising('smoke')]))
    const alert = stage.keys('a/')[0]?.slice(2) ?? ''
    stage.tick(acts(START + MINUTE, [2, 'sun', { verb: 'close', alert, comment: '' }]))
    const stored = { offset: START + MINUTE, at: START + MINUTE, entries: new Map(stage.entries) }
    const tick = acts(START + after, [3, 'sun', { verb: 'reopen', alert, comment: 'smoke again' }])
    expect(stage.tick(tick)?.outcomes.map((outcome) => outcome.code)).toEqual([code])
    expect(new Alerting(plan, dutyPolicy(), stored).apply(tick)).toEqual(stage.commits.at(-1))
  })
})

function note(comment: string): Deed {
  return { verb: 'handover', area: '3201', comment }
}

function subscription(): Extract<Deed, { verb: 'subscribe' }>['subscription'] {
  return { area: '3201', rank: 2, category: '', schedule: null, channels: ['desk'] }
}
