import { describe, expect, it } from 'vitest'
import { actionOf, DutyCity, dutyPolicy, STAFF } from '../testdata/duty-city.ts'
import type { Action, Deed } from './action.ts'
import type { AlertPolicy } from './alert-policy.ts'
import { decodeAlertRecord, quietRecord, type AlertRecord } from './alert-record.ts'
import { Alerting } from './alerting.ts'
import type { Snapshot } from './commit.ts'
import { drillBeginning, drillPolicy, isLeftOut, YOUNG_MS } from './drill-beginning.ts'
import { jsonEntries } from './json-entry.ts'
import type { Notice } from './notice.ts'
import type { Person } from './person.ts'
import { tickRecord } from '../testdata/small-city.ts'

const MINUTE = 60_000
const START = Date.UTC(2026, 10, 22, 1)
const TRAINEES = ['lin', 'wang', 'sun'].flatMap((id) => STAFF.get(id) ?? [])

function by(id: string): Person {
  const person = STAFF.get(id)
  if (person === undefined) throw new Error(`${id} is not of the staff`)
  return person
}

/** What cell of the small city (0 is the first of street 3201) turns to which rank. */
const turn = (cell: number, rank: number) => ({
  area: 4 + cell,
  rule: 'pm25-high',
  rank,
  value: rank * 80,
  limit: rank * 75,
})

/** A city in which chen acknowledged an old incident in A and nobody has taken the young one in B; then a drill begins. */
class Rehearsed {
  readonly city: DutyCity
  readonly policy: AlertPolicy
  readonly begun: Snapshot
  readonly #alerting: Alerting
  #at: number
  #acts = 100

  constructor(people: readonly Person[] = TRAINEES) {
    const life = dutyPolicy({
      defaults: new Map([['officer', { rank: 1, channels: ['desk', 'mail'] as const }]]),
    })
    this.city = new DutyCity(life, false, 'Asia/Shanghai')
    const roster: Deed = {
      verb: 'roster',
      name: 'street',
      format: 'yaml',
      text: "areas: { '3201': { shifts: [{ people: [chen] }] } }",
    }
    const admin = { ...by('zhao') }
    this.city.tick(START, [turn(0, 2)], [actionOf(1, START, admin, roster)])
    const [old] = [...this.city.alerts.keys()]
    const taken: Deed = { verb: 'acknowledge', alert: old ?? '', comment: '' }
    this.city.tick(START + MINUTE, [], [actionOf(2, START, by('chen'), taken)])
    this.#at = START + YOUNG_MS + 5 * MINUTE
    this.city.tick(this.#at, [turn(7, 3)], [])
    this.policy = drillPolicy(life, people)
    const stored = { offset: this.#at, at: this.#at, entries: new Map(this.city.state) }
    this.begun = drillBeginning(this.city.plan, this.policy, stored)
    this.#alerting = new Alerting(this.city.plan, this.policy, this.begun)
  }

  /** Goes on by so long, with what cells turn to and somebody does. */
  pass(
    ms: number,
    verdicts: readonly ReturnType<typeof turn>[],
    deed?: readonly [string, Deed],
  ): AlertRecord {
    this.#at += ms
    const acts: Action[] = deed === undefined ? [] : [actionOf(++this.#acts, this.#at, by(deed[0]), deed[1])]
    const commit = this.#alerting.apply({
      at: this.#at,
      records: [
        tickRecord(0, this.#at, acts.length > 0 ? { actions: acts } : {}),
        tickRecord(1, this.#at, { verdicts }),
      ],
    })
    return commit === null ? quietRecord(this.#at) : decodeAlertRecord(commit.record)
  }

  alerts() {
    return jsonEntries<{ readonly id: string }>(this.begun.entries, 'a/').map(([, alert]) => alert)
  }
}

describe('the beginning of a drill', () => {
  it('[DR2] calls people to young incidents alone, as if they were raised now, and marks them', () => {
    const drill = new Rehearsed()
    expect(drill.alerts()).toMatchObject([
      { area: 11, state: 'raised', exercise: true, acknowledgedBy: '', onDuty: ['wang'] },
    ])
    expect(drill.alerts()).toHaveLength(1)
    const told = jsonEntries<Notice>(drill.begun.entries, 'n/').map(([, notice]) => notice)
    expect(told.map(({ person, channel, state }) => [person, channel, state])).toEqual([
      ['wang', 'desk', 'sent'],
    ])
  })

  it('[DR3] knows a roster of its own, and nothing of what people made in life', () => {
    const { begun } = new Rehearsed()
    const kinds = new Set([...begun.entries.keys()].map((key) => key.split('/')[0] ?? ''))
    expect([...kinds].sort().join(' ')).toBe('a h i m n r v')
    expect([...begun.entries.keys()].filter((key) => key.startsWith('r/'))).toEqual(['r/drill'])
    const text = [...begun.entries.values()].map((bytes) => Buffer.from(bytes).toString()).join('\n')
    expect(text).not.toContain('chen')
  })

  it('[DR3] puts everybody on duty for their own area, officers first', () => {
    const whole = { ...by('lin'), area: '' }
    const { begun } = new Rehearsed([by('sun'), by('xu'), whole])
    const [[, roster] = []] = jsonEntries<{ readonly text: string }>(begun.entries, 'r/')
    expect(JSON.parse(roster?.text ?? '')).toEqual({
      areas: { '32': { shifts: [{ people: ['lin', 'xu', 'sun'] }] } },
    })
    const stranger = { ...by('lin'), area: '99' }
    expect(() => new Rehearsed([stranger])).toThrow('people is lin of 99, expected people of areas of grid')
  })

  it('[DR8] leaves older incidents alone until they grow graver', () => {
    const drill = new Rehearsed()
    expect(drill.pass(MINUTE, [turn(1, 2)]).alerts).toEqual([])
    const [graver] = drill.pass(MINUTE, [turn(1, 4)]).alerts
    expect(graver).toMatchObject({ area: 1, rank: 4, state: 'raised', exercise: true, onDuty: ['lin'] })
  })

  it('[DR9] goes on as in life: acts, refusals, warnings, deadlines and the ladder', () => {
    const drill = new Rehearsed()
    const [{ id } = { id: '' }] = drill.alerts()
    const note: Deed = { verb: 'verify', alert: id, comment: '' }
    expect(drill.pass(1000, [], ['wang', note]).outcomes).toMatchObject([{ code: 'AL-role' }])
    const [warned] = drill.pass(5 * MINUTE, []).alerts
    expect(warned?.record.map(({ what }) => what)).toEqual(['raise', 'escalate', 'warn', 'escalate'])
    expect(warned?.onDuty).toEqual(['wang', 'sun'])
    const [late] = drill.pass(6 * MINUTE, []).alerts
    expect(late?.missed).toEqual(['acknowledge'])
    const taken: Deed = { verb: 'acknowledge', alert: id, comment: '' }
    expect(drill.pass(1000, [], ['wang', taken]).alerts).toMatchObject([{ state: 'acknowledged' }])
  })

  it('[DR4] leaves out what people did, but not what became of the rules', () => {
    const verbs = ['acknowledge', 'roster', 'cover', 'delivery', 'sign-in', 'publish-rules'] as const
    expect(verbs.filter((verb) => !isLeftOut({ deed: { verb } as Deed }))).toEqual(['publish-rules'])
  })

  it('[DR7] names nobody as the last rung of the ladder who takes no part', () => {
    expect(new Rehearsed().policy.fallback).toBe('sun')
    expect(new Rehearsed([...TRAINEES, by('desk')]).policy.fallback).toBe('desk')
    const { defaults, people } = new Rehearsed().policy
    expect([...defaults.values()]).toEqual([{ rank: 1, channels: ['desk'] }])
    expect([...people.keys()]).toEqual(['lin', 'wang', 'sun'])
  })
})
