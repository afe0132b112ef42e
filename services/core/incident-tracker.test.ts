import { describe, expect, it } from 'vitest'
import { IncidentRun, MINUTE } from '../testdata/incident-run.ts'
import { smallGrid } from '../testdata/small-city.ts'
import type { Incident } from './incident.ts'
import type { Rank } from './level.ts'

const SIDE = 12
const grid = smallGrid(SIDE, SIDE)
const cell = (x: number, y: number): number => 1 + SIDE + y * SIDE + x

/** Areas of a map, its last row the southernmost: a digit is a rank. */
function drawn(...rows: string[]): [number, Rank][] {
  return [...rows]
    .reverse()
    .flatMap((row, y) =>
      row
        .split('')
        .flatMap((mark, x): [number, Rank][] =>
          mark >= '1' && mark <= '4' ? [[cell(x, y), Number(mark)]] : [],
        ),
    )
}

const cells = (...rows: string[]): number[] =>
  drawn(...rows)
    .map(([area]) => area)
    .sort((a, b) => a - b)
const idsOf = (incidents: readonly Incident[]): string[] => incidents.map(({ id }) => id)

describe('incidents', () => {
  it('[IC1] are areas that share an edge, not those that meet in a corner', () => {
    const run = new IncidentRun(grid)
    run.show(drawn('...3', '.12.', '.11.'))
    const number = `i${run.at.toString(36)}`
    expect(run.living).toMatchObject([
      { id: `${number}-1`, number: 1, rank: 3, areas: [cell(3, 2)], from: null, trend: 'steady' },
      { id: `${number}-2`, number: 2, rank: 2, areas: cells('.12.', '.11.'), state: 'active' },
    ])
  })

  it('[IC2] keep categories and levels apart and join the rules of one category', () => {
    const run = new IncidentRun(grid)
    run.show(drawn('11'))
    run.show(drawn('11'), 0, 'noise')
    run.show(drawn('..2'), MINUTE, 'flood')
    expect(run.living.map(({ category, areas, rank }) => [category, areas.length, rank])).toEqual([
      ['water', 3, 2],
      ['noise', 2, 1],
    ])
    expect(run.living[0]?.worst).toEqual({ area: cell(2, 0), rule: 'flood', value: 25, limit: 20 })
  })

  it('[IC3] keep the older id when two merge', () => {
    const run = new IncidentRun(grid)
    run.show(drawn('11......'))
    run.show(drawn('11...222'))
    const [old, young] = idsOf(run.living)
    const told = run.show(drawn('11111222'))
    expect(told).toMatchObject([
      { id: old, state: 'active', rank: 2, areas: cells('11111111') },
      { id: young, state: 'merged', into: old, ended: run.at, rank: 0, peak: 2, areas: cells('.....111') },
    ])
    expect(idsOf(run.living)).toEqual([old])
    // Also where the younger one is larger: who was told first goes on.
    run.show([], 11 * MINUTE)
    run.show([], 11 * MINUTE)
    run.show(drawn('1....'))
    run.show(drawn('1.111'))
    const [small] = idsOf(run.living)
    run.show(drawn('11111'))
    expect(idsOf(run.living)).toEqual([small])
  })

  it('[IC4] leave the id with the larger part when they split, of equals with the graver one, then the first', () => {
    const run = new IncidentRun(grid)
    run.show(drawn('1111111'))
    const [id] = idsOf(run.living)
    const told = run.show(drawn('11.1111'))
    expect(told).toMatchObject([
      { id, areas: cells('...1111'), from: null },
      { areas: cells('11'), from: id, born: run.at, number: 2 },
    ])
    run.show(drawn('11.2.11'))
    expect(run.living.find((one) => one.id === id)?.areas).toEqual(cells('.....11'))
    const graver = new IncidentRun(grid)
    graver.show(drawn('111'))
    graver.show(drawn('1.2'))
    expect(graver.living.map(({ areas, from }) => [areas, from === null])).toEqual([
      [cells('..1'), true],
      [cells('1..'), false],
    ])
    const first = new IncidentRun(grid)
    first.show(drawn('111'))
    first.show(drawn('1.1'))
    expect(first.living[0]?.areas).toEqual(cells('1..'))
  })

  it('[IC5] come back under their own ids when they merged and part within the off-delay', () => {
    const run = new IncidentRun(grid)
    run.show(drawn('11......'))
    run.show(drawn('11...111'))
    const [old, young] = idsOf(run.living)
    run.show(drawn('11111111'))
    // Both go on together for a while: new areas belong with the nearest.
    run.show(drawn('..11111111'), 4 * MINUTE)
    expect(idsOf(run.living)).toEqual([old])
    const told = run.show(drawn('...1..11111'), 4 * MINUTE)
    expect(told).toMatchObject([
      { id: old, areas: cells('...1') },
      { id: young, state: 'active', areas: cells('......11111'), into: null, ended: null, number: 2 },
    ])
  })

  it('[IC5] forget after the off-delay what has merged into them', () => {
    const run = new IncidentRun(grid)
    run.show(drawn('11......'))
    run.show(drawn('11...111'))
    const [old, young] = idsOf(run.living)
    run.show(drawn('11111111'))
    run.show(drawn('11111111'), 10 * MINUTE)
    expect([...run.entries.keys()].filter((key) => key.startsWith('i/'))).toEqual([`i/${old}`])
    run.show(drawn('11..1111'))
    expect(run.last(young ?? '')?.state).toBe('merged')
    expect(run.living).toMatchObject([
      { id: old, areas: cells('....1111') },
      { from: old, number: 2 },
    ])
  })

  it('[IC6] fade for the off-delay, are the same when they come back, and over when they do not', () => {
    const run = new IncidentRun(grid)
    run.show(drawn('13'))
    const [id] = idsOf(run.living)
    const since = run.at + MINUTE
    expect(run.show([])).toMatchObject([
      { id, state: 'fading', rank: 0, peak: 3, faded: since, areas: cells('11') },
    ])
    expect(run.show([], 9 * MINUTE)).toEqual([])
    expect(run.show(drawn('.2'), MINUTE - 1000)).toMatchObject([
      { id, state: 'active', rank: 2, faded: null },
    ])
    run.show([])
    const told = run.show([], 10 * MINUTE)
    expect(told).toMatchObject([{ id, state: 'over', ended: run.at, faded: run.at - 10 * MINUTE }])
    expect(run.living).toEqual([])
    expect([...run.entries]).toEqual([])
  })

  it('[IC6] are new when they come back in the tick that ends the off-delay', () => {
    const run = new IncidentRun(grid)
    run.show(drawn('1'))
    run.show([])
    const told = run.show(drawn('1'), 10 * MINUTE)
    expect(told.map(({ state, number }) => [state, number])).toEqual([
      ['over', 1],
      ['active', 1],
    ])
  })

  it('[IC7] bear the smallest number that is free, the gravest first', () => {
    const run = new IncidentRun(grid)
    run.show(drawn('1.4.2'))
    expect(run.living.map(({ rank, number }) => [rank, number])).toEqual([
      [4, 1],
      [2, 2],
      [1, 3],
    ])
    run.show(drawn('1.4..'))
    run.show(drawn('1.4..'), 10 * MINUTE)
    run.show(drawn('1.4....1.1'))
    expect(run.living.map(({ number }) => number).sort((a, b) => a - b)).toEqual([1, 2, 3, 4])
  })

  it('[IC8] go on where nobody was before, near to where they were', () => {
    const run = new IncidentRun(grid)
    run.show(drawn('11.........'))
    const [id] = idsOf(run.living)
    expect(run.show(drawn('...11......'))).toMatchObject([{ id, areas: cells('...11') }])
    run.show([])
    expect(run.show(drawn('.....11....'))).toMatchObject([{ id, areas: cells('.....11') }])
    const far = run.show(drawn('..........1'))
    expect(far).toMatchObject([
      { id, state: 'fading' },
      { state: 'active', from: null },
    ])
  })

  it('[IC8] end where another one moves over the place they had', () => {
    const run = new IncidentRun(grid)
    run.show(drawn('11....11'))
    const [first, second] = idsOf(run.living)
    run.show(drawn('......11'))
    run.show(drawn('.1111111'))
    expect(run.living.map(({ id, state }) => [id, state])).toEqual([
      [first, 'fading'],
      [second, 'active'],
    ])
  })

  it('[IC9] hold together over as many calm areas as they may', () => {
    const picture = drawn('11.11..1')
    const parts = (gap: number) => {
      const run = new IncidentRun(grid, { gap })
      run.show(picture)
      return run.living.map(({ areas }) => areas.length)
    }
    expect([parts(0), parts(1), parts(2)]).toEqual([[2, 2, 1], [4, 1], [5]])
  })

  it('[IC10] count areas from their least rank on, and follow rank and worst area', () => {
    const run = new IncidentRun(grid, { rank: 2 })
    run.show(drawn('1223'))
    expect(run.living).toMatchObject([
      { areas: cells('.111'), rank: 3, worst: { area: cell(3, 0), value: 35 } },
    ])
    const [told] = run.show(drawn('1422'))
    expect(told).toMatchObject({ rank: 4, peak: 4, moved: run.at, worst: { area: cell(1, 0), limit: 40 } })
    expect(run.show(drawn('1222'))[0]).toMatchObject({
      rank: 2,
      peak: 4,
      worst: { area: cell(1, 0), limit: 20 },
    })
    // Another area's rank below the gravest is no news.
    run.show(drawn('1233'))
    expect(run.show(drawn('1232'))).toEqual([])
  })

  it('[IC17] tell the value of their gravest area at most once a minute, but with what else changes', () => {
    const run = new IncidentRun(grid)
    const measured = (value: number, area = cell(0, 0)) => [{ area, rule: 'rain', value }]
    const told = (value: number, afterMs: number) => run.tell([], afterMs, measured(value))
    run.show(drawn('321'))
    expect(told(50, 1000)).toEqual([])
    expect(told(51, 1000)).toEqual([])
    expect(told(51, 57_000)).toEqual([])
    expect(run.tell([], 1000)).toMatchObject([{ rank: 3, worst: { value: 51, limit: 30 }, trend: 'steady' }])
    expect(run.tell([], 20 * MINUTE)).toEqual([])
    expect(told(52, 1000)).toEqual([])
    expect(run.tell([], 1000)).toMatchObject([{ worst: { value: 52 } }])
    // Values of areas that are not the gravest are not waited for.
    expect(run.tell([], 2 * MINUTE, measured(29, cell(1, 0)))).toEqual([])
    told(60, 1000)
    const [grown] = run.show(drawn('3211'), 1000)
    expect(grown).toMatchObject({ areas: cells('1111'), worst: { area: cell(0, 0), value: 60 } })
    expect(run.tell([], 2 * MINUTE)).toEqual([])
  })

  it('[IC14] wait when there are too many, gravest first, and say how many areas do', () => {
    const run = new IncidentRun(grid, {}, 2)
    run.show(drawn('11.2.3'))
    expect(run.living.map(({ rank }) => rank)).toEqual([3, 2])
    expect(run.tracker.waiting).toBe(2)
    run.show(drawn('11.2..'))
    expect(run.tracker.waiting).toBe(2)
    run.show(drawn('11.2..'), 10 * MINUTE)
    expect(run.living.map(({ rank, number }) => [rank, number])).toEqual([
      [2, 2],
      [1, 1],
    ])
    expect(run.tracker.waiting).toBe(0)
  })

  it('[IC15] drop at a start the verdicts of rules and areas that are gone', () => {
    const run = new IncidentRun(grid)
    run.show(drawn('11'))
    const [stored] = [...run.entries.values()]
    for (const key of ['v/13/gone', 'v/9999/rain', 'v/1/rain'])
      run.entries.set(key, stored ?? new Uint8Array())
    run.restart()
    run.show(drawn('11'))
    expect([...run.entries.keys()].filter((key) => key.startsWith('v/'))).toEqual(['v/13/rain', 'v/14/rain'])
    expect(run.living).toHaveLength(1)
  })

  it('[IC16] follow other settings from the first tick after a start', () => {
    const run = new IncidentRun(grid)
    run.show(drawn('12.2'))
    const [first, second] = idsOf(run.living)
    run.restart({ gap: 1 })
    expect(run.show(drawn('12.2'))).toMatchObject([
      { id: first, areas: cells('11.1') },
      { id: second, state: 'merged' },
    ])
    run.restart({ rank: 3 })
    expect(run.show(drawn('12.2'))).toMatchObject([{ id: first, state: 'fading' }])
  })

  it('[IC60] believe what is told last of a rule in one tick', () => {
    const run = new IncidentRun(grid)
    const area = cell(3, 3)
    run.tell([
      { area, rule: 'rain', rank: 3, value: 35, limit: 30 },
      { area, rule: 'rain', rank: 0, value: 5, limit: 10 },
    ])
    expect(run.living).toEqual([])
    expect([...run.entries]).toEqual([])
    expect(run.written).toEqual([`v/${area}/rain -`])
  })
})
