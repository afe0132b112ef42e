import { resolve } from 'node:path'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { planOf } from './app-plan.ts'
import { readConfig } from './config.ts'
import { adjacencyOf } from './core/adjacency.ts'
import { IncidentTracker } from './core/incident-tracker.ts'
import type { Incident } from './core/incident.ts'
import type { Plan } from './core/plan.ts'
import { tableReader } from './formats/table.ts'
import { loadMapping } from './import-options.ts'
import { openRows } from './import-rows.ts'
import { CityRun, type Said } from './testdata/city-run.ts'
import { recorded } from './testdata/recorded-city.ts'
import { simplePolicy } from './testdata/sample-alert.ts'

const file = recorded('new-york-311/nyc311-2022-05-01-burst.csv')
const MINUTE = 60_000
const FIRST = Date.parse('2022-05-01T00:00:00-04:00')
const LAST = Date.parse('2022-05-01T04:00:00-04:00')

/** The recorded calls that lie in a district. */
async function callsOf(path: string, plan: Plan): Promise<Said[]> {
  const { mapping } = loadMapping('new-york-311', resolve(import.meta.dirname, 'formats'))
  const { header, rows } = await openRows(path)
  const read = tableReader(mapping, header, path)
  const calls: Said[] = []
  for await (const row of rows)
    for (const parcel of read(row, calls.length).parcels) {
      if (parcel.kind !== 'call') continue
      const area = plan.grid.locate(parcel.lon ?? NaN, parcel.lat ?? NaN)
      if (area >= 0)
        calls.push({ area, indicator: `call.${parcel.service}`, time: parcel.time, id: calls.length })
    }
  return calls
}

/** Parts areas into those that hang together by neighbours. */
function parted(areas: readonly number[], beside: (area: number) => Iterable<number>): number[][] {
  const open = new Set(areas)
  return areas.flatMap((seed) => {
    if (!open.delete(seed)) return []
    const part = [seed]
    for (const area of part) for (const other of beside(area)) if (open.delete(other)) part.push(other)
    return [part.sort((a, b) => a - b)]
  })
}

const meets = (a: readonly number[], b: readonly number[]) => a.some((area) => b.includes(area))

/** Whether an incident has the id it must: that of the one, or of the oldest, that it follows from. */
function goesOn(now: Incident, before: readonly Incident[], active: readonly Incident[]): boolean {
  const was = before.filter(({ areas }) => meets(areas, now.areas)).sort((a, b) => a.born - b.born)
  const split = active.some((other) => other !== now && was.some(({ areas }) => meets(areas, other.areas)))
  return was.length === 0 || split || now.id === was[0]?.id
}

describe.skipIf(file === undefined)('New York, a night of May 2022', () => {
  it('[IC21] finds each burst of noise once, whole, and under one id', { timeout: 120_000 }, async () => {
    const read = readConfig(resolve(import.meta.dirname, '../config/new-york.yaml'))
    const plan = planOf(read, pino({ level: 'error' }))
    const rule = 'district-noise'
    const incidents = { rank: 2, by: 'rule', gap: 0, gapMetres: 5, offDelayMs: 10 * MINUTE } as const
    const policy = simplePolicy({
      incidents,
      categoryOf: new Map(plan.rules.rules.map(({ id }) => [id, id])),
    })
    const adjacency = adjacencyOf(plan.grid, incidents.gapMetres)
    const beside = (area: number) => adjacency.beside(area)
    const tracker = new IncidentTracker(plan, policy)
    const run = new CityRun(plan)
    const calls = await callsOf(file ?? '', plan)
    expect(calls).toHaveLength(913)
    const warned = new Map<number, number>()
    let before: Incident[] = []
    const broken: string[] = []
    const histories = new Map<string, string[]>()
    for (let at = FIRST + 5 * MINUTE; at <= LAST; at += 5 * MINUTE) {
      run.observe(...calls.filter(({ time }) => time > at - 5 * MINUTE && time <= at))
      run.tick(at)
      const verdicts = run.records.flatMap((record) => (record.at === at ? (record.verdicts ?? []) : []))
      for (const verdict of verdicts) if (verdict.rule === rule) warned.set(verdict.area, verdict.rank)
      for (const { id, state } of tracker.tick(at, verdicts).incidents)
        if (histories.get(id)?.at(-1) !== state) histories.set(id, [...(histories.get(id) ?? []), state])
      const living = [...tracker.living.values()].filter(({ category }) => category === rule)
      const active = living.filter(({ state }) => state === 'active')
      const parts = parted(
        [...warned.keys()].filter((area) => (warned.get(area) ?? 0) >= incidents.rank),
        beside,
      )
      expect(active.map(({ areas }) => areas.join()).sort()).toEqual(parts.map((part) => part.join()).sort())
      for (const now of active) if (!goesOn(now, before, active)) broken.push(`${at} ${now.id}`)
      before = living
    }
    expect(broken).toEqual([])
    // Of all rules: each began once, and all but those merged were over once when the night was.
    expect(histories.size).toBeGreaterThan(15)
    for (const states of histories.values()) {
      expect(states[0]).toBe('active')
      expect(states.filter((state) => state === 'over' || state === 'merged')).toHaveLength(1)
      expect(['over', 'merged']).toContain(states.at(-1))
    }
  })
})
