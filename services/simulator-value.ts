import { chance, type SimulatedSource } from './simulator-city.ts'
import { felt, type IncidentKind, type SimulatedIncident } from './simulator-incident.ts'

const DAY_HOURS = 24

/** Value at the height of an incident by severity, blue to red, in the indicator's unit; a little beyond the demo's limits. */
const HEIGHT = {
  crowd: [260, 430, 620, 950],
  jam: [17, 12, 8, 3],
  storm: [0.08, 0.13, 0.22, 0.42],
  noise: [73, 78, 84, 94],
  dust: [95, 135, 190, 280],
} as const

/** Night is 10 dB more sensitive, so what disturbs it is as much quieter. */
const NIGHT_STEP_DB = 10

/** A smooth hump over the hours of a day, 0 to 1, highest at `peak`. */
function hump(hour: number, peak: number, width: number): number {
  const away = Math.abs(hour - peak)
  const distance = Math.min(away, DAY_HOURS - away) / width
  return Math.exp(-(distance ** 2) / 2)
}

const isNight = (hour: number) => hour >= 22 || hour < 6

/** A slow wave of its own for each source and a little noise from report to report, -1 to 1. */
function wobble(seed: number, source: SimulatedSource, time: number): number {
  const turn = 2 * Math.PI * (time / 600_000 + chance(seed, 41, source.index))
  return 0.6 * Math.sin(turn) + 0.4 * (2 * chance(seed, 42, source.index, Math.floor(time / 1000)) - 1)
}

function heightOf(kind: keyof typeof HEIGHT, severity: number): number {
  return HEIGHT[kind][severity - 1] ?? HEIGHT[kind][0]
}

/** What a source measures. */
export interface Measured {
  readonly indicator: string
  readonly value: number
}

/** How strongly each kind of incident is felt at a place, and with what height. */
type Felt = (kind: IncidentKind) => { readonly share: number; readonly severity: number }

function feltBy(incidents: readonly SimulatedIncident[], source: SimulatedSource, time: number): Felt {
  return (kind) => {
    let [share, severity] = [0, 1]
    for (const incident of incidents) {
      if (incident.kind !== kind) continue
      const here = felt(incident, source.x, source.y, time)
      if (here > share) [share, severity] = [here, incident.severity]
    }
    return { share, severity }
  }
}

/** From the usual value towards that of the incident. */
const towards = (from: number, to: number, share: number) => from + (to - from) * share
const rounded = (value: number, step: number) => Math.round(value / step) / Math.round(1 / step)

/** The value a source reports at a time: the hour's ordinary value, moved by what happens near it. Rate: per report. */
export function measure(
  source: SimulatedSource,
  seed: number,
  time: number,
  hour: number,
  incidents: readonly SimulatedIncident[],
): Measured {
  const own = chance(seed, 43, source.index)
  const wave = wobble(seed, source, time)
  const at = feltBy(incidents, source, time)
  const storm = at('storm')
  switch (source.kind) {
    case 'camera': {
      const crowd = at('crowd')
      const busy =
        8 + 90 * own * (0.15 + hump(hour, 12.5, 2) + hump(hour, 18.5, 2.2)) * (1 - 0.6 * storm.share)
      const people = busy * (1 + 0.2 * wave) + heightOf('crowd', crowd.severity) * crowd.share
      return { indicator: 'people.count', value: Math.max(0, Math.round(people)) }
    }
    // Rush hours slow roads down but keep them above the demo's limits: a colour means an incident.
    case 'road': {
      const jam = at('jam')
      const rush = Math.max(hump(hour, 8, 1.2), hump(hour, 18, 1.4))
      const free = (40 + 20 * own) * (1 - 0.28 * rush) * (1 - 0.2 * storm.share) + 2 * wave
      return {
        indicator: 'traffic.speed',
        value: rounded(Math.max(1, towards(free, heightOf('jam', jam.severity), jam.share)), 0.1),
      }
    }
    // The usual level stays below the night's limit when the rules change over at ten.
    case 'noise': {
      const loud = at('noise')
      const height = heightOf('noise', loud.severity) - (isNight(hour) ? NIGHT_STEP_DB : 0)
      const usual = 43 + 4 * own + 12 * hump(hour, 14, 4.5) + 1.5 * wave
      return { indicator: 'noise.level', value: rounded(towards(usual, height, loud.share), 0.1) }
    }
    case 'air': {
      const dust = at('dust')
      const usual = (28 + 14 * own + 8 * hump(hour, 8, 3)) * (1 - 0.4 * storm.share) + 4 * wave
      return {
        indicator: 'pm25',
        value: rounded(towards(usual, heightOf('dust', dust.severity), dust.share), 0.1),
      }
    }
    case 'water': {
      const usual = Math.max(0, 0.003 * wave)
      return {
        indicator: 'water.level',
        value: rounded(usual + heightOf('storm', storm.severity) * storm.share, 0.001),
      }
    }
  }
}
