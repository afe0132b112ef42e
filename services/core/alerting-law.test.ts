import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { actionOf, DutyCity, dutyPolicy, STAFF } from '../testdata/duty-city.ts'
import '../testdata/properties.ts'
import type { Deed } from './action.ts'
import { MOST_ENTRIES } from './alert-entry.ts'
import type { Alert, Entry } from './alert.ts'
import type { RuleVerdict } from './change.ts'
import type { Incident } from './incident.ts'
import { standAt } from './knowledge.ts'

const MINUTE = 60_000
const START = Date.parse('2026-11-22T07:50:00+08:00')
/** Cells of the city's three streets of four. */
const CELLS = [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]
const ROSTER = `areas:
  '3201': { shifts: [{ from: '06:00', to: '08:00', people: [chen] }, { from: '08:00', to: '20:00', people: [lin] }] }
  '32': { shifts: [{ people: [xu, sun] }], rotations: [{ start: 2026-11-20, from: '08:00', every: '1', people: [he, zhao] }] }
`

/** Who may do what, so that most of it is done. */
const COMMAND = ['zhao', 'xu', 'zhou', 'chen', 'qian']
const SUPERVISION = ['zhao', 'sun', 'he']
const MAY: Readonly<Record<string, readonly string[]>> = {
  acknowledge: [...COMMAND, 'sun'],
  dispatch: COMMAND,
  handle: COMMAND,
  verify: SUPERVISION,
  reject: SUPERVISION,
  close: SUPERVISION,
  reopen: SUPERVISION,
  note: COMMAND,
  shelve: COMMAND,
  unshelve: COMMAND,
  whistle: ['zhao', 'xu', 'sun'],
  'report-in': ['qian', 'gao', 'xu'],
  raise: SUPERVISION,
  silence: SUPERVISION,
  subscribe: COMMAND,
  cover: SUPERVISION,
}
const STEPS = ['acknowledge', 'acknowledge', 'dispatch', 'handle', 'handle', 'verify', 'verify', 'close']

/** What somebody tries on one of the open alerts, or the one closed last; times are minutes from the tick. */
const act = fc
  .tuple(fc.constantFrom(...STEPS, ...Object.keys(MAY)), fc.integer({ min: 0, max: 9 }))
  .chain(([verb, luck]) =>
    fc.record({
      who: fc.constantFrom(...(luck === 0 ? STAFF.keys() : (MAY[verb] ?? []))),
      verb: fc.constant(verb),
      nth: fc.nat(2),
      unit: fc.constantFrom('water', 'traffic', 'fire'),
      minutes: fc.constantFrom(1, 3, 10, 45),
    }),
  )
const step = fc.record({
  cells: fc.array(fc.tuple(fc.constantFrom(...CELLS), fc.constantFrom(0, 0, 2, 3, 4)), { maxLength: 5 }),
  acts: fc.array(act, { maxLength: 4 }),
  afterMs: fc.constantFrom(1000, 1000, MINUTE, 2 * MINUTE, 7 * MINUTE, 90 * MINUTE),
})
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

function deedOf({ verb, unit, minutes }: Act, alert: string, at: number): Deed {
  const [until, comment] = [at + minutes * MINUTE, 'because']
  const silence = { reason: 'works', from: at, until, area: '3201', ring: [], category: '', most: 4 }
  const subscription = { area: '32', rank: 2, category: '', schedule: null, channels: ['desk', 'mail'] }
  const own = {
    dispatch: { unit, person: '' },
    shelve: { until },
    whistle: { units: [unit], by: until },
    'report-in': { unit },
    raise: { areas: ['3201001'], category: 'air', rank: 3, headline: 'smoke', exercise: minutes === 1 },
    silence: { silence },
    subscribe: { subscription },
    cover: { area: '3201', person: 'chen', instead: '', from: at, to: until },
  }
  const fields = Object.hasOwn(own, verb) ? own[verb as keyof typeof own] : {}
  return { verb, alert, comment, ...fields } as Deed
}

/** Plays steps with the commits that they make; `look` sees the city after each tick. */
function play(
  steps: readonly Step[],
  restarts: boolean,
  look: (city: DutyCity, at: number) => void,
): DutyCity {
  const city = new DutyCity(dutyPolicy({ repeatMs: 15 * MINUTE }), restarts, 'Asia/Shanghai')
  const admin = STAFF.get('zhao')
  let [at, number] = [START, 1]
  const roster: Deed = { verb: 'roster', name: 'all', format: 'yaml', text: ROSTER }
  if (admin !== undefined) city.tick(at, [], [actionOf(number, at, admin, roster)])
  const ranks = new Map<number, number>()
  for (const { cells, acts, afterMs } of steps) {
    at += afterMs
    const verdicts: RuleVerdict[] = []
    for (const [area, rank] of new Map(cells)) {
      if ((ranks.get(area) ?? 0) === rank) continue
      ranks.set(area, rank)
      verdicts.push({ area, rule: 'pm25-high', rank, value: rank * 80, limit: rank * 75 })
    }
    const open = [...city.alerts.values()].filter(({ state }) => state !== 'closed').map(({ id }) => id)
    const known = [...open, ...[...city.alerts.keys()].toReversed()]
    const actions = acts.flatMap((each) => {
      const by = STAFF.get(each.who)
      const deed = deedOf(each, known[each.nth] ?? 'a0-1', at)
      return by === undefined ? [] : [actionOf(++number, at, by, deed)]
    })
    city.tick(at, verdicts, actions)
    look(city, at)
  }
  return city
}

const WORK: readonly Entry['what'][] = ['acknowledge', 'dispatch', 'handle', 'report-in']

/** Clocks of what is open and not put aside are in time, those of what is closed stand. */
function areClocksRight({ state, deadlines, stepDue, shelved }: Alert, at: number): boolean {
  if (state === 'closed') return deadlines.length === 0 && stepDue === null && shelved === null
  if (shelved !== null) return shelved.until > at
  const isStepRight = state !== 'raised' || stepDue === null || stepDue > at
  return isStepRight && deadlines.every(({ due, overdue }) => overdue === due <= at)
}

function isVerifiedByOthers({ record }: Alert): boolean {
  return record.every(
    ({ what, person }, nth) =>
      what !== 'verify' ||
      !record.slice(0, nth).some((entry) => entry.person === person && WORK.includes(entry.what)),
  )
}

/** An active incident has its alert as it is; a closed one was closed as grave as it is now, and not as ended. */
function isTold({ id, state, rank, areas }: Incident, alerts: ReadonlyMap<string, Alert>): boolean {
  if (state !== 'active') return true
  const alert = alerts.get(`a${id.slice(1)}`)
  if (alert === undefined || alert.ended !== null) return false
  if (alert.state === 'closed') return rank <= alert.rank
  return alert.rank === rank && String(alert.areas) === String(areas)
}

/** Ids of alerts and incidents that are not as the law says. */
function wrongIn({ alerts, incidents }: DutyCity, at: number): readonly string[] {
  const lawless = [...alerts.values()].filter(
    (alert) => !areClocksRight(alert, at) || !isVerifiedByOthers(alert),
  )
  const untold = [...incidents.values()].filter((incident) => !isTold(incident, alerts))
  return [...lawless, ...untold].map(({ id }) => id)
}

describe('the law of alerts', () => {
  it('[AL46] keeps clocks, duties and conditions right, whatever people do, and the same bytes with restarts', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => {
        const wrong: string[] = []
        const straight = play(steps, false, (city, at) => wrong.push(...wrongIn(city, at)))
        expect(wrong).toEqual([])
        const broken = play(steps, true, () => undefined)
        expect(broken.commits).toEqual(straight.commits)
      }),
      { numRuns: 40, endOnFailure: true, interruptAfterTimeLimit: 60_000 },
    )
  }, 120_000)

  it('[HI20] tells from the record alone how an alert stood at any tick', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const seen: { id: string; at: number; state: Alert['state'] }[] = []
        const city = play(steps, false, ({ alerts }, at) => {
          for (const { id, state } of alerts.values()) seen.push({ id, at, state })
        })
        for (const { id, at, state } of seen) {
          const alert = city.alerts.get(id)
          if (alert === undefined || alert.record.length >= MOST_ENTRIES) continue
          expect([id, at, standAt(alert, at)?.state]).toEqual([id, at, state])
        }
      }),
      { numRuns: 60 },
    )
  })
})
