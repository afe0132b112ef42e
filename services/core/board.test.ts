import { describe, expect, it } from 'vitest'
import type { Alert } from './alert.ts'
import { alertOf, MINUTE, RAISED, simplePolicy } from '../testdata/sample-alert.ts'
import { smallGrid } from '../testdata/small-city.ts'
import { boardOf } from './board.ts'
import type { Incident } from './incident.ts'
import { byUrgency } from './urgency.ts'

const grid = smallGrid()
const policy = simplePolicy()

function incidentOf(part: Partial<Incident> = {}): Incident {
  return {
    id: 'imia2-1',
    number: 3,
    category: 'air',
    depth: 2,
    state: 'active',
    areas: [3, 4],
    rank: 3,
    peak: 4,
    worst: { area: 3, rule: 'pm25-high', value: 161, limit: 150 },
    born: RAISED,
    moved: RAISED,
    faded: null,
    ended: null,
    into: null,
    from: null,
    path: [{ at: RAISED, lon: 118.01, lat: 32.005, m2: 1 }],
    trend: 'moving',
    projection: { at: RAISED + 15 * MINUTE, lon: 118.02, lat: 32.005 },
    ...part,
  }
}

const board = (alerts: Alert[], incidents: Incident[], top = 0) =>
  boardOf({ tick: RAISED, alerts, incidents, grid, policy }, top)

const due = (at: number, overdue = false) => [
  { duty: 'acknowledge' as const, due: at, warnAt: at, warned: false, overdue },
]

describe('board', () => {
  it('[DK30] shows incidents and alerts of a view, with what is missing from each', () => {
    const { alerts, incidents, open, overdue } = board([alertOf()], [incidentOf()])
    expect(incidents).toEqual([
      {
        id: 'imia2-1',
        number: 3,
        category: 'air',
        name: { zh: '空气', en: 'Air' },
        rank: 3,
        peak: 4,
        fading: false,
        areas: [3, 4],
        count: 2,
        born: RAISED,
        trend: 'moving',
        centre: [118.01, 32.005],
        projection: [118.02, 32.005],
      },
    ])
    expect(alerts).toMatchObject([{ id: 'amia2-1', area: 1, count: 2, due: { duty: 'acknowledge' } }])
    expect([open, overdue]).toEqual([1, 0])
  })

  it('[DK30] keeps to the view: areas outside are left out, and what lies wholly outside is', () => {
    const both = incidentOf({ id: 'i1-1', areas: [3, 7] })
    const other = incidentOf({ id: 'i2-1', areas: [7, 8] })
    const alerts = [
      alertOf(),
      alertOf({ id: 'a2-1', area: 2, areas: [7] }),
      alertOf({ id: 'a3-1', area: 0, areas: [3, 7] }),
    ]
    const seen = board(alerts, [both, other], 2)
    expect(seen.incidents.map(({ id, areas }) => [id, areas])).toEqual([
      ['i1-1', [7]],
      ['i2-1', [7, 8]],
    ])
    expect(seen.alerts.map(({ id }) => id)).toEqual(['a2-1', 'a3-1'])
  })

  it('[DK31] names nobody', () => {
    const alert = alertOf({
      person: 'li',
      acknowledgedBy: 'li',
      onDuty: ['li'],
      unit: 'water',
      whistle: {
        at: RAISED,
        by: 'sun',
        due: RAISED,
        called: [
          { unit: 'water', due: RAISED, came: RAISED, person: 'li' },
          { unit: 'fire', due: RAISED, came: null, person: '' },
        ],
      },
      mutedBy: 'silence:q1',
      record: [],
    })
    const seen = board([alert], [])
    expect(seen.alerts).toMatchObject([{ unit: 'water', whistle: { called: 2, came: 1 }, muted: true }])
    expect(JSON.stringify(seen)).not.toMatch(/"li"|"sun"/)
  })

  it('[DK32] puts what is overdue first, then gravest, soonest due, oldest; what is put aside last', () => {
    const make = (id: string, part: Partial<Alert>) =>
      alertOf({ id, deadlines: due(RAISED + MINUTE), ...part })
    const shelved = { at: 0, until: 0, by: 'li', reason: '' }
    const alerts = [
      make('shelved', { shelved, rank: 4, deadlines: due(RAISED, true) }),
      make('younger', { raised: RAISED + 1 }),
      make('older', {}),
      make('grave', { rank: 4 }),
      make('late', { rank: 2, deadlines: due(RAISED, true) }),
      make('sooner', { deadlines: due(RAISED + 1) }),
      make('over', { ended: RAISED, rank: 4 }),
      make('calm', { deadlines: [] }),
      make('drill', { exercise: true, rank: 4, deadlines: due(RAISED, true) }),
    ]
    const wanted = ['late', 'grave', 'sooner', 'older', 'younger', 'calm', 'over', 'drill', 'shelved']
    expect(alerts.toSorted(byUrgency).map(({ id }) => id)).toEqual(wanted)
    expect(
      alerts
        .toReversed()
        .toSorted(byUrgency)
        .map(({ id }) => id),
    ).toEqual(wanted)
    expect(board(alerts, [])).toMatchObject({ open: 9, overdue: 3 })
  })

  it('[DK32] shows fifty and counts all', () => {
    const alerts = Array.from({ length: 60 }, (_, n) => alertOf({ id: `a${n}-1` }))
    const seen = board(
      alerts,
      Array.from({ length: 60 }, (_, n) => incidentOf({ id: `i${n}-1` })),
    )
    expect([seen.alerts.length, seen.incidents.length, seen.open]).toEqual([50, 50, 60])
  })
})
