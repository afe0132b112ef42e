import { chance, type SimulatedCity, type Spot } from './simulator-city.ts'

/** What happens in the simulated city. */
export type IncidentKind = 'crowd' | 'jam' | 'storm' | 'noise' | 'dust' | 'manhole' | 'parking'

/** One incident: where and when it is, how grave at its middle. */
export interface SimulatedIncident {
  readonly index: number
  readonly kind: IncidentKind
  /** 1 blue … 4 red, at its height and in its middle. */
  readonly severity: number
  readonly start: number
  readonly end: number
  readonly spot: Spot
  /** Metres per ms. */
  readonly drift: { readonly x: number; readonly y: number }
  /** Metres at which it is down to 60 %. */
  readonly radius: number
}

/** An incident begins this often: about every two minutes something new is seen. */
const EVERY_MS = 100_000
/** The first begins at once, so that a newcomer need not wait. */
const FIRST_MS = 2_000
const MINUTE = 60_000

/** The order of events; places are left to chance. The first is a crowd, which is seen soonest. */
const PROGRAMME: readonly (readonly [IncidentKind, number])[] = [
  ['crowd', 4],
  ['jam', 3],
  ['storm', 4],
  ['noise', 2],
  ['manhole', 2],
  ['crowd', 2],
  ['dust', 3],
  ['jam', 4],
  ['parking', 2],
  ['noise', 3],
  ['storm', 3],
  ['crowd', 1],
]
const LASTS: Readonly<Record<IncidentKind, number>> = {
  crowd: 5 * MINUTE,
  jam: 5 * MINUTE,
  storm: 12 * MINUTE,
  noise: 4 * MINUTE,
  dust: 7 * MINUTE,
  manhole: 3 * MINUTE,
  parking: 3 * MINUTE,
}
/** Time until an incident is at its height. */
const RISES: Readonly<Record<IncidentKind, number>> = {
  crowd: 15_000,
  jam: 30_000,
  storm: 2 * MINUTE,
  noise: 15_000,
  dust: MINUTE,
  manhole: 10_000,
  parking: 10_000,
}
const LONGEST = 12 * MINUTE

/** Where an incident may be: where sources of its kind stand close, or anywhere for those only told by calls. */
function placesFor(kind: IncidentKind, city: SimulatedCity): readonly Spot[] {
  switch (kind) {
    case 'crowd':
      return city.squares
    case 'jam':
      return city.junctions
    case 'storm':
      return city.basins
    case 'noise':
    case 'dust':
      return city.sites
    case 'manhole':
    case 'parking':
      return city.cells
  }
}

/** The `index`-th incident after `origin`; undefined where the city has no place for it. */
function incidentAt(
  city: SimulatedCity,
  seed: number,
  origin: number,
  index: number,
): SimulatedIncident | undefined {
  const entry = PROGRAMME[index % PROGRAMME.length]
  if (index < 0 || !entry) return undefined
  const [kind, severity] = entry
  const places = placesFor(kind, city)
  const target = places[Math.floor(chance(seed, 31, index) * places.length)]
  if (!target) return undefined
  const start = origin + FIRST_MS + index * EVERY_MS
  const end = start + LASTS[kind]
  const still = { index, kind, severity, start, end, spot: target, drift: { x: 0, y: 0 } }
  if (kind !== 'storm') return { ...still, radius: city.pitch * (kind === 'dust' ? 1.5 : 0.8) }
  // A storm comes from one side, is over the basin half way, and leaves on the other.
  const angle = chance(seed, 32, index) * 2 * Math.PI
  const reach = 2.5 * city.pitch
  const [x, y] = [Math.cos(angle) * reach, Math.sin(angle) * reach]
  const spot = { ...target, x: target.x - x, y: target.y - y }
  return {
    ...still,
    spot,
    drift: { x: (2 * x) / (end - start), y: (2 * y) / (end - start) },
    radius: 2.2 * city.pitch,
  }
}

/** Incidents remembered; fewer than nine are ever under way at once. */
const MOST_REMEMBERED = 64

/** Answers with the incidents under way at a time, oldest first; at most eight. Rate: per report. */
export function incidentBook(
  city: SimulatedCity,
  seed: number,
  origin: number,
): (time: number) => SimulatedIncident[] {
  const known = new Map<number, SimulatedIncident | undefined>()
  const numbered = (index: number) => {
    if (!known.has(index)) {
      if (known.size >= MOST_REMEMBERED) known.clear()
      known.set(index, incidentAt(city, seed, origin, index))
    }
    return known.get(index)
  }
  return (time) => {
    const newest = Math.floor((time - origin - FIRST_MS) / EVERY_MS)
    const under: SimulatedIncident[] = []
    for (let index = Math.max(0, newest - Math.ceil(LONGEST / EVERY_MS)); index <= newest; index++) {
      const incident = numbered(index)
      if (incident && time >= incident.start && time < incident.end) under.push(incident)
    }
    return under
  }
}

/** Middle of an incident at a time, metres. */
export function middleOf(incident: SimulatedIncident, time: number): { x: number; y: number } {
  const past = time - incident.start
  return { x: incident.spot.x + incident.drift.x * past, y: incident.spot.y + incident.drift.y * past }
}

/** How much of an incident is felt at a place and time, 0 to 1. It goes for a fifth of its time. */
export function felt(incident: SimulatedIncident, x: number, y: number, time: number): number {
  const length = incident.end - incident.start
  const done = (time - incident.start) / length
  if (done < 0 || done >= 1) return 0
  const rise = Math.min(1, (time - incident.start) / RISES[incident.kind])
  const fall = Math.min(1, (1 - done) * 5)
  const middle = middleOf(incident, time)
  const distance = Math.hypot(x - middle.x, y - middle.y) / incident.radius
  return rise * fall * Math.exp(-(distance ** 2) / 2)
}
