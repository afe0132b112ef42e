import type { Grid } from '../core/grid.ts'
import type { Random } from '../ports.ts'

/** One observation as it is published. */
export interface Told {
  readonly id?: string
  readonly indicator: string
  readonly value: number
  /** ms */
  readonly time: number
  readonly area?: string
  readonly lon?: number
  readonly lat?: number
}

/** One message of a source: its observations in the order of time. */
export interface Message {
  readonly source: string
  readonly observations: readonly Told[]
}

/** Monday, 2 March 2026, 21:55 in the city: rules by night take over from those by day while it runs. */
export const BEGIN = Date.parse('2026-03-02T21:55:00+08:00')
/** Time between ticks, as configured by default. */
export const TICK_MS = 1000
const CELLS = 60

/** Limits that the values go through, so that every colour comes and goes. */
const KINDS = [
  { indicator: 'people.count', low: 50, high: 900, digits: 0 },
  { indicator: 'traffic.speed', low: 3, high: 60, digits: 1 },
  { indicator: 'noise.level', low: 45, high: 95, digits: 1 },
  { indicator: 'pm25', low: 20, high: 300, digits: 1 },
  { indicator: 'water.level', low: 0, high: 0.4, digits: 3 },
  { indicator: 'call.water', low: 1, high: 1, digits: 0 },
] as const

const below = (random: Random, most: number) => Math.floor((random.uint32() / 2 ** 32) * most)

function valueOf(random: Random, kind: (typeof KINDS)[number], cell: number, time: number): number {
  const phase = (time - BEGIN) / 90_000 + cell / 7
  const share = (1 + Math.sin(phase * 2 * Math.PI)) / 2
  const value = kind.low + (kind.high - kind.low) * share * (0.8 + 0.2 * (random.uint32() / 2 ** 32))
  return Number(value.toFixed(kind.digits))
}

/**
 * A seeded list of messages, one to four observations each, event times ascending from one to the next and never on a tick. One in
 * four observations has no id, half are placed by code and half by lon and lat; 60 cells, six indicators, two sources each.
 */
export function seededDay(random: Random, grid: Grid, count: number): readonly Message[] {
  const deepest = grid.levels.length - 1
  const cells = [...grid.depths.keys()].filter((area) => grid.depths[area] === deepest)
  const chosen = Array.from({ length: CELLS }, (_, i) => cells[i * Math.floor(cells.length / CELLS)] ?? 0)
  const messages: Message[] = []
  let time = BEGIN
  for (let made = 0; made < count;) {
    const cell = below(random, CELLS)
    const kind = KINDS[below(random, KINDS.length)] ?? KINDS[0]
    const area = chosen[cell] ?? 0
    const most = Math.min(count - made, random.uint32() % 8 === 0 ? 4 : 1)
    const observations = Array.from({ length: most }, (_, i): Told => {
      time += 1 + below(random, 24)
      if (time % TICK_MS === 0) time++
      const place =
        cell % 2 === 0
          ? { area: grid.codes[area] ?? '' }
          : { lon: grid.centres[2 * area] ?? 0, lat: grid.centres[2 * area + 1] ?? 0 }
      const named = random.uint32() % 4 === 0 ? {} : { id: `${kind.indicator}-${made + i}` }
      return { ...named, indicator: kind.indicator, value: valueOf(random, kind, cell, time), time, ...place }
    })
    made += most
    messages.push({ source: `${kind.indicator.replace('.', '-')}-${cell}-${made % 2}`, observations })
  }
  return messages
}

/** The tick that shows an event time. */
export const tickOf = (time: number) => Math.ceil(time / TICK_MS) * TICK_MS
