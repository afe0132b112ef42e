import type { Grid } from './core/grid.ts'
import { zoneOffset } from './core/schedule.ts'
import type { Call, Parcel } from './publisher.ts'
import { chance, simulatedCity, type SimulatedCity, type SimulatedSource } from './simulator-city.ts'
import { incidentBook, middleOf, type IncidentKind, type SimulatedIncident } from './simulator-incident.ts'
import { measure } from './simulator-value.ts'

/** Something to publish at a time: a parcel, or bytes of the clumsy vendor. */
export type Publication =
  | { readonly time: number; readonly parcel: Parcel }
  | { readonly time: number; readonly source: string; readonly bytes: string }

/** A believable day as a pure function of grid, seed, start and time. */
export interface SimulatorModel {
  readonly city: SimulatedCity
  /** What happens at a time. */
  incidents(time: number): readonly SimulatedIncident[]
  /** Everything reported in (from, to], in order of time. */
  between(from: number, to: number): readonly Publication[]
}

const HOUR_MS = 3_600_000
/** Silences are drawn anew for each source this often; one in seventy is silent. */
const SILENCE_MS = 4 * 60_000
const SILENT_SHARE = 1 / 70
/** Calls are drawn once in this time for each incident and for the quiet city. */
const CALL_MS = 4_000
const CLUMSY_MS = 23_000

/** Which calls an incident causes, and how likely one is in each draw. */
const CALLS: Readonly<Record<IncidentKind, { readonly service: string; readonly likely: number }>> = {
  storm: { service: 'water', likely: 0.34 },
  noise: { service: 'noise', likely: 0.12 },
  parking: { service: 'parking', likely: 0.2 },
  manhole: { service: 'manhole', likely: 0.12 },
  jam: { service: 'parking', likely: 0.03 },
  crowd: { service: 'noise', likely: 0.04 },
  dust: { service: 'streetlight', likely: 0 },
}
const QUIET_SERVICES = ['parking', 'streetlight', 'noise', 'parking'] as const
/** In a quiet city somebody calls about every quarter of a minute, from anywhere. */
const QUIET_LIKELY = 0.25

/** What the clumsy vendor does wrong, one after the other. */
function blunder(turn: number, time: number, { lon, lat }: { lon: number; lat: number }): string {
  const good = { indicator: 'noise.level', value: 55.5, time, lon, lat }
  const blunders = [
    () => JSON.stringify({ ...good, lon: lat, lat: lon }),
    () => JSON.stringify(good).replace('55.5', 'NaN'),
    () => JSON.stringify(good),
    () => JSON.stringify({ ...good, indicator: 'noise.levle' }),
    () => JSON.stringify({ ...good, time: time + 2 * HOUR_MS }),
    () => JSON.stringify({ ...good, value: 5550 }),
    () => JSON.stringify(good).slice(0, -9),
    () => JSON.stringify({ ...good, value: '55,5' }),
  ]
  return blunders[turn % blunders.length]?.() ?? ''
}

class Model implements SimulatorModel {
  readonly city: SimulatedCity
  readonly incidents: (time: number) => readonly SimulatedIncident[]
  private readonly seed: number
  private readonly origin: number
  private readonly offsetAt: (utc: number) => number

  constructor(grid: Grid, seed: number, origin: number) {
    this.city = simulatedCity(grid, seed)
    this.seed = seed
    this.origin = origin
    this.incidents = incidentBook(this.city, seed, origin)
    this.offsetAt = (utc) => zoneOffset(grid.zone, utc)
  }

  private hourAt(time: number): number {
    return ((time + this.offsetAt(time)) / HOUR_MS) % 24
  }

  private isSilent({ index }: SimulatedSource, time: number): boolean {
    // Nobody is silent in the first minutes: a newcomer should see the city whole first.
    const turn = Math.floor((time - this.origin) / SILENCE_MS)
    return turn > 0 && chance(this.seed, 51, index, turn) < SILENT_SHARE
  }

  private report(source: SimulatedSource, time: number): Publication {
    const { vendor, source: name, lon, lat } = source
    const { indicator, value } = measure(source, this.seed, time, this.hourAt(time), this.incidents(time))
    const observation = { indicator, value, time, lon, lat }
    return { time, parcel: { kind: 'bundle', vendor, source: name, observations: [observation] } }
  }

  private reports(from: number, to: number): Publication[] {
    const out: Publication[] = []
    for (const source of this.city.sources) {
      // Report times are fixed points of the clock, so that steps of any length tell the same day.
      const { intervalMs, phaseMs } = source
      const first = Math.floor((from - phaseMs) / intervalMs) + 1
      for (let time = first * intervalMs + phaseMs; time <= to; time += intervalMs)
        if (!this.isSilent(source, time)) out.push(this.report(source, time))
    }
    return out
  }

  /** A call from within a cell near (x, y); the place is a person's guess, not the middle of anything. */
  private call(service: string, time: number, x: number, y: number, key: number): Publication | undefined {
    const { cells, perMetre, pitch } = this.city
    let nearest = cells[0]
    let best = Infinity
    for (const cell of cells) {
      const distance = Math.hypot(cell.x - x, cell.y - y)
      if (distance < best) [nearest, best] = [cell, distance]
    }
    if (!nearest) return undefined
    // Within a third of a cell's side of its middle: inside the cell, but not twice at the same spot.
    const off = (salt: number) => (chance(this.seed, salt, key, time % 2 ** 31) - 0.5) * 0.3 * pitch
    const parcel: Call = {
      kind: 'call',
      id: `demo-${time}-${key}`,
      service,
      time,
      lon: nearest.lon + off(61) * perMetre.lon,
      lat: nearest.lat + off(62) * perMetre.lat,
    }
    return { time, parcel }
  }

  private incidentCall(incident: SimulatedIncident, time: number, draw: number): Publication | undefined {
    const { service, likely } = CALLS[incident.kind]
    // People call once they have seen it for a while.
    const settled = time - incident.start > (incident.kind === 'storm' ? 90_000 : 10_000)
    if (!settled || chance(this.seed, 63, draw, incident.index) >= likely) return undefined
    // Calls come from close around the middle: a cell must gather several to take a colour.
    const middle = middleOf(incident, time)
    const narrow = incident.kind === 'storm' ? 0.6 : incident.kind === 'crowd' ? 0.4 : 0.15
    const angle = 2 * Math.PI * chance(this.seed, 64, draw, incident.index)
    const reach = incident.radius * narrow * Math.sqrt(chance(this.seed, 65, draw, incident.index))
    return this.call(
      service,
      time,
      middle.x + Math.cos(angle) * reach,
      middle.y + Math.sin(angle) * reach,
      incident.index,
    )
  }

  private calls(from: number, to: number): Publication[] {
    const out: (Publication | undefined)[] = []
    for (let draw = Math.floor(from / CALL_MS) + 1; draw * CALL_MS <= to; draw++) {
      const time = draw * CALL_MS
      for (const incident of this.incidents(time)) out.push(this.incidentCall(incident, time, draw))
      if (chance(this.seed, 66, draw) >= QUIET_LIKELY) continue
      const cell = this.city.cells[Math.floor(chance(this.seed, 67, draw) * this.city.cells.length)]
      const service = QUIET_SERVICES[Math.floor(chance(this.seed, 68, draw) * QUIET_SERVICES.length)]
      if (cell && service) out.push(this.call(service, time, cell.x, cell.y, -1))
    }
    return out.filter((publication) => publication !== undefined)
  }

  private blunders(from: number, to: number): Publication[] {
    const out: Publication[] = []
    const cell = this.city.cells[0]
    if (!cell) return out
    for (let turn = Math.floor(from / CLUMSY_MS) + 1; turn * CLUMSY_MS <= to; turn++) {
      const time = turn * CLUMSY_MS
      out.push({ time, source: 'meter-1', bytes: blunder(turn, time, cell) })
    }
    return out
  }

  between(from: number, to: number): readonly Publication[] {
    const all = [...this.reports(from, to), ...this.calls(from, to), ...this.blunders(from, to)]
    return all.sort((a, b) => a.time - b.time)
  }
}

/** The day of a grid from `origin` (ms) on; the same arguments give the same day. */
export function simulatorModel(grid: Grid, seed: number, origin: number): SimulatorModel {
  return new Model(grid, seed, origin)
}
