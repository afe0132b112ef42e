import type { Plot } from './city-lattice.ts'
import { apportion, growFrom, splitRegion } from './city-regions.ts'
import type { Names } from './grid-settings.ts'
import type { Position } from './grid-shape.ts'

/** A level of a made-up city. */
export interface CityLevel {
  readonly id: string
  readonly name: Names
  /** How many areas of it there are in the whole city. */
  readonly count: number
  /** Digits that its code adds to its parent's. */
  readonly digits: number
}

/** What makes a city beside its ground. */
export interface CitySpec {
  readonly city: string
  readonly name: Names
  readonly zone: string
  readonly code: string
  readonly levels: readonly CityLevel[]
  readonly partitionLevel: string
  readonly plots: readonly Plot[]
  /** Where the areas of the second level begin, metres from the centre; none: spread by chance. */
  readonly seeds: readonly Position[]
  readonly random: () => number
  /** Name and unit of an area: `path` counts from 0 at each level below the root, `siblings` with itself; unit '' is the parent's. */
  readonly nameOf: (
    path: readonly number[],
    siblings: number,
  ) => { readonly name: Names; readonly unit: string }
  readonly unit: string
}

interface Node {
  readonly code: string
  readonly path: readonly number[]
  readonly members: readonly number[]
  readonly siblings: number
}

/** The grid file of a made-up city: GeoJSON, one feature a line, areas above the cells without geometry. */
export function cityText(spec: CitySpec): string {
  const settings = {
    city: spec.city,
    name: spec.name,
    zone: spec.zone,
    levels: spec.levels.map(({ id, name }) => ({ id, name })),
    partitionLevel: spec.partitionLevel,
    digits: spec.levels.map((_, depth) =>
      spec.levels.slice(1, depth + 1).reduce((sum, level) => sum + level.digits, spec.code.length),
    ),
  }
  const lines = featuresOf(spec).map((feature) => JSON.stringify(feature))
  return `{"type":"FeatureCollection","qingyu":${JSON.stringify(settings)},"features":[\n${lines.join(',\n')}\n]}\n`
}

function featuresOf(spec: CitySpec): object[] {
  const feature = (code: string, name: Names, unit: string, plot?: Plot): object => ({
    type: 'Feature',
    properties: { code, zh: name.zh, en: name.en, ...(unit === '' ? {} : { unit }) },
    geometry: plot === undefined ? null : { type: 'Polygon', coordinates: [plot.ring] },
  })
  const features = [feature(spec.code, spec.name, spec.unit)]
  let nodes: Node[] = [{ code: spec.code, path: [], members: [...spec.plots.keys()], siblings: 1 }]
  for (const [depth, level] of spec.levels.entries()) {
    if (depth === 0) continue
    nodes = split(spec, nodes, level, depth)
    const leaf = depth === spec.levels.length - 1
    for (const { code, path, members, siblings } of nodes) {
      const { name, unit } = spec.nameOf(path, siblings)
      features.push(feature(code, name, unit, leaf ? spec.plots[members[0] ?? -1] : undefined))
    }
  }
  return features
}

/** Divides each node into its share of the areas of a level. */
function split(spec: CitySpec, nodes: readonly Node[], level: CityLevel, depth: number): Node[] {
  const shares = apportion(
    level.count,
    nodes.map(({ members }) => members.length),
  )
  return nodes.flatMap(({ code, path, members }, nth) => {
    const share = shares[nth] ?? 1
    const seeded = depth === 1 && spec.seeds.length === share
    const parts =
      share === members.length
        ? members.map((plot) => [plot])
        : seeded
          ? growFrom(spec.plots, members, spec.seeds, 2)
          : inReadingOrder(spec.plots, splitRegion(spec.plots, members, share, spec.random))
    return parts.map((part, at) => ({
      code: code + String(at + 1).padStart(level.digits, '0'),
      path: [...path, at],
      members: part,
      siblings: parts.length,
    }))
  })
}

/** Numbers go west to east in bands from north to south, as DB11 numbers unit cells. */
function inReadingOrder(
  plots: readonly Plot[],
  parts: readonly (readonly number[])[],
): (readonly number[])[] {
  const mean = (part: readonly number[], axis: 0 | 1): number =>
    part.reduce((sum, plot) => sum + (plots[plot]?.at[axis] ?? 0), 0) / part.length
  const norths = parts.map((part) => mean(part, 1))
  const [top, bottom] = [Math.max(...norths), Math.min(...norths)]
  const bands = Math.max(1, Math.round(Math.sqrt(parts.length)))
  const band = (nth: number): number =>
    Math.min(bands - 1, Math.floor(((top - (norths[nth] ?? 0)) / (top - bottom || 1)) * bands))
  return [...parts.keys()]
    .sort((a, b) => band(a) - band(b) || mean(parts[a] ?? [], 0) - mean(parts[b] ?? [], 0))
    .map((nth) => parts[nth] ?? [])
}
