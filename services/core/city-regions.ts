import type { Plot } from './city-lattice.ts'
import type { Position } from './grid-shape.ts'

/** Rounds of moving each seed to the middle of its region; borders hardly move after. */
const ROUNDS = 12

/** Splits connected plots into `count` connected regions of like size; each a list of plot numbers. Seeds are spread by `random`. */
export function splitRegion(
  plots: readonly Plot[],
  members: readonly number[],
  count: number,
  random: () => number,
): number[][] {
  return growFrom(plots, members, spread(plots, members, count, random), ROUNDS)
}

/** Splits plots among given seeds (metres from the centre), moved to their regions' middle `rounds` times. */
export function growFrom(
  plots: readonly Plot[],
  members: readonly number[],
  seeds: readonly Position[],
  rounds: number,
): number[][] {
  let centres = seeds
  let owner = nearestSeeds(plots, members, centres)
  for (let round = 0; round < rounds; round++) {
    centres = centres.map(
      (seed, nth) =>
        middleOf(
          plots,
          [...owner].filter(([, of]) => of === nth).map(([plot]) => plot),
        ) ?? seed,
    )
    owner = nearestSeeds(plots, members, centres)
  }
  connect(plots, owner, centres.length)
  return centres.map((_, nth) => members.filter((plot) => owner.get(plot) === nth))
}

/** Parts of a whole in proportion to `weights`, each at least 1; what is left over goes to the largest remainders. */
export function apportion(whole: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((all, each) => all + each, 0)
  const exact = weights.map((weight) => (weight * whole) / sum)
  const parts = exact.map((part) => Math.max(1, Math.floor(part)))
  const order = [...exact.keys()].sort(
    (a, b) => remainder(exact, parts, b) - remainder(exact, parts, a) || a - b,
  )
  let left = whole - parts.reduce((all, each) => all + each, 0)
  for (let at = 0; left > 0; at++, left--) {
    const nth = order[at % order.length] ?? 0
    parts[nth] = (parts[nth] ?? 0) + 1
  }
  for (; left < 0; left++) {
    const nth = parts.indexOf(Math.max(...parts))
    parts[nth] = (parts[nth] ?? 0) - 1
  }
  return parts
}

const remainder = (exact: readonly number[], parts: readonly number[], nth: number): number =>
  (exact[nth] ?? 0) - (parts[nth] ?? 0)

function squared(a: Position, b: Position): number {
  // Products, not powers: engines round powers differently, and the last digit decides ties.
  return (a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1])
}

/** Seeds far from each other: each the farthest of the plots from those before. */
function spread(
  plots: readonly Plot[],
  members: readonly number[],
  count: number,
  random: () => number,
): Position[] {
  const at = (plot: number | undefined): Position => plots[plot ?? -1]?.at ?? [0, 0]
  const seeds = [at(members[Math.floor(random() * members.length)])]
  const far = members.map((plot) => squared(at(plot), seeds[0] ?? [0, 0]))
  while (seeds.length < count) {
    const next = at(members[far.indexOf(Math.max(...far))])
    seeds.push(next)
    for (const [nth, plot] of members.entries()) far[nth] = Math.min(far[nth] ?? 0, squared(at(plot), next))
  }
  return seeds
}

/** The nearest seed of each plot; the first of equals, so that ties fall the same everywhere. */
function nearestSeeds(
  plots: readonly Plot[],
  members: readonly number[],
  seeds: readonly Position[],
): Map<number, number> {
  const owner = new Map<number, number>()
  for (const plot of members) {
    const at = plots[plot]?.at ?? [0, 0]
    let best = 0
    for (const [nth, seed] of seeds.entries())
      if (squared(at, seed) < squared(at, seeds[best] ?? seed)) best = nth
    owner.set(plot, best)
  }
  return owner
}

function middleOf(plots: readonly Plot[], members: readonly number[]): Position | undefined {
  if (members.length === 0) return undefined
  let [x, y] = [0, 0]
  for (const plot of members) {
    x += plots[plot]?.at[0] ?? 0
    y += plots[plot]?.at[1] ?? 0
  }
  return [x / members.length, y / members.length]
}

/** Hands what is cut off from a region's largest piece to a region that it touches. */
function connect(plots: readonly Plot[], owner: Map<number, number>, regions: number): void {
  for (let region = 0; region < regions; region++) {
    const pieces = piecesOf(plots, owner, region).sort((a, b) => b.length - a.length)
    for (const piece of pieces.slice(1))
      for (const plot of piece) {
        const other = plots[plot]?.neighbours.find((each) => (owner.get(each) ?? region) !== region)
        if (other !== undefined) owner.set(plot, owner.get(other) ?? region)
      }
  }
}

/** Connected pieces of a region, by shared edges. */
function piecesOf(plots: readonly Plot[], owner: ReadonlyMap<number, number>, region: number): number[][] {
  const seen = new Set<number>()
  const pieces: number[][] = []
  for (const [start, of] of owner) {
    if (of !== region || seen.has(start)) continue
    const piece = [start]
    seen.add(start)
    for (const plot of piece)
      for (const next of plots[plot]?.neighbours ?? [])
        if (owner.get(next) === region && !seen.has(next)) {
          seen.add(next)
          piece.push(next)
        }
    pieces.push(piece)
  }
  return pieces
}
