import { seeded } from '../core/city-random.ts'
import type { Grid } from '../core/grid.ts'
import { metresPerDegree } from '../core/grid-shape.ts'

/** What a lane of the city plays. */
export const ACTS = ['alone', 'fast', 'flicker', 'split', 'merge', 'touch', 'pass'] as const
export type Act = (typeof ACTS)[number]

/** Frames of a play; one each minute. */
export const FRAMES = 60
/** Height of a lane and length of the stage, in cells. */
const LANE = 13
const LENGTH = 40

/** A storm as it really was: its cells in each frame, none where it was not. */
export interface Storm {
  readonly cells: readonly (readonly number[])[]
}

/** A disc in cells of the stage. */
interface Disc {
  readonly x: number
  readonly y: number
  readonly r: number
}

/** Where a storm is in a frame; null: nowhere. */
type Course = (frame: number) => Disc | null

/** Cells with their places in units of a cell, from the south-west. */
export interface Stage {
  /** Side of a cell, metres. */
  readonly unit: number
  readonly places: readonly { readonly area: number; readonly x: number; readonly y: number }[]
}

/** The cells of a grid of about 40 by 40 as a stage of three lanes. */
export function stageOf(grid: Grid): Stage {
  const deepest = grid.levels.length - 1
  const areas = [...grid.depths.keys()].filter((area) => grid.depths[area] === deepest)
  const [west, south, east, north] = grid.bounds
  const [perLon, perLat] = metresPerDegree((south + north) / 2)
  const unit = Math.sqrt(((east - west) * perLon * (north - south) * perLat) / areas.length)
  const places = areas.map((area) => ({
    area,
    x: (((grid.centres[2 * area] ?? 0) - west) * perLon) / unit,
    y: (((grid.centres[2 * area + 1] ?? 0) - south) * perLat) / unit,
  }))
  return { unit, places }
}

/** Cells whose centres lie in a disc, ascending. */
export function cellsIn({ places }: Stage, { x, y, r }: Disc): number[] {
  return places.filter((place) => Math.hypot(place.x - x, place.y - y) <= r).map(({ area }) => area)
}

/** A straight way from `from` to `to`, over all frames between `born` and `end`, swelling at first and shrinking at last. */
function straight(
  born: number,
  end: number,
  from: readonly [number, number],
  to: readonly [number, number],
  r: number,
): Course {
  return (frame) => {
    if (frame < born || frame >= end) return null
    const share = (frame - born) / (end - born)
    const size = Math.min(1, 0.7 + (frame - born) / 10, 0.7 + (end - frame) / 10)
    return { x: from[0] + (to[0] - from[0]) * share, y: from[1] + (to[1] - from[1]) * share, r: r * size }
  }
}

/** The storms of one act about the middle `y` of a lane. */
function coursesOf(act: Act, y: number, random: () => number): Course[] {
  const born = Math.floor(random() * 6)
  const end = FRAMES - 12 - Math.floor(random() * 6)
  const r = 1.7 + random() * 0.8
  const [west, east] = [4 + random() * 3, LENGTH - 4 - random() * 3]
  const flip = random() < 0.5
  const at = (x: number, dy = 0): [number, number] => [flip ? LENGTH - x : x, y + dy]
  const middle = LENGTH / 2
  switch (act) {
    case 'alone':
      return [straight(born, end, at(west, -1), at(east, 1), r)]
    case 'fast':
      // Nearly its own width each frame.
      return [straight(born, born + 9, at(5), at(5 + 9 * (1.8 * 1.7 - 0.2)), 1.8)]
    case 'flicker': {
      const steady = straight(born, end, at(west), at(west + 9), r)
      return [(frame) => (frame % 11 === 7 || frame % 11 === 8 ? null : steady(frame))]
    }
    case 'split': {
      const turn = 18 + Math.floor(random() * 6)
      const whole = straight(born, turn, at(west), at(middle), 2.6)
      const large = straight(turn, end, at(middle), at(east - 2, 2), 2.4)
      const small = straight(turn, end, at(middle), at(west + 6, -2), 1.7)
      return [(frame) => (frame < turn ? whole(frame) : large(frame)), small]
    }
    case 'merge': {
      const turn = 24 + Math.floor(random() * 6)
      const old = straight(born, turn, at(west), at(middle - 1), r)
      const young = straight(born + 3, turn, at(east), at(middle + 1), 2.6)
      const both = straight(turn, end, at(middle), at(east), 2.8)
      return [(frame) => (frame < turn ? old(frame) : both(frame)), young]
    }
    case 'touch': {
      // They meet for some frames and go back to where they came from; the larger may be the younger.
      const turn = 24 + Math.floor(random() * 6)
      const back =
        (course: Course): Course =>
        (frame) =>
          course(frame < turn ? frame : 2 * turn - frame)
      const reach = straight(
        born,
        turn + 40,
        at(west),
        at(west + ((middle - 1.8 - west) * (turn + 40 - born)) / (turn - born)),
        2,
      )
      const other = straight(
        born + 2,
        turn + 40,
        at(east),
        at(east + ((middle + 1.8 - east) * (turn + 38 - born)) / (turn - born - 2)),
        2.2,
      )
      return [back(reach), back(other)]
    }
    case 'pass':
      return [
        straight(born, end, at(west, -3), at(east, -3), 1.5),
        straight(born + 2, end, at(east, 3), at(west, 3), 1.5),
      ]
  }
}

/** The storms of a play of up to three acts, one in each lane, so that only those of one act can meet. */
export function stormsOf(stage: Stage, acts: readonly Act[], seed: number): Storm[] {
  const random = seeded(seed)
  return acts.flatMap((act, lane) =>
    coursesOf(act, LANE / 2 + lane * LANE, random).map((course) => ({
      cells: Array.from({ length: FRAMES }, (_, frame) => {
        const disc = course(frame)
        return disc === null ? [] : cellsIn(stage, disc)
      }),
    })),
  )
}
