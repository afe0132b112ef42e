import { encodeDelta } from './frame.ts'
import { LEGAL_SCHEME, levelId } from './level.ts'

/** One row of `npm run bench`: ours, what it is compared with, and baseline ÷ ours. */
export interface FrameBytes {
  readonly id: 'frame.bytes'
  /** Bytes a change of our deltas, header included. */
  readonly value: number
  readonly unit: 'B/change'
  /** Bytes a change of a JSON array of `{code, level, since, reason}`. */
  readonly baseline: number
  readonly ratio: number
  readonly changes: number
}

const SIDE = 100
const TICKS = 240
const STORMS = 8
const REASONS = ['above-limit', 'held-by-deadband', 'within-limits', 'held-by-off-delay'] as const

/** Marsaglia's xorshift32: the same city day on every machine. */
function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state = (state ^ (state << 5)) >>> 0
    return state % below
  }
}

/** Codes as DB11 has them: county 6, street 3, community 3, sequence 3 digits. */
function codeOf(cell: number): string {
  const community = Math.floor(cell / 200)
  return `110101${String(1 + Math.floor(community / 10)).padStart(3, '0')}${String(community % 10).padStart(3, '0')}${String(cell % 200).padStart(3, '0')}`
}

/** Cells that change in one tick: the fronts of eight storms, each a patch of neighbours up to nine cells wide. */
function tickOf(random: (below: number) => number): Map<number, number> {
  const cells = new Map<number, number>()
  for (let storm = 0; storm < STORMS; storm++) {
    const column = random(SIDE)
    const row = random(SIDE)
    const radius = 1 + random(4)
    for (let y = row - radius; y <= row + radius; y++)
      for (let x = column - radius; x <= column + radius; x++)
        if (x >= 0 && y >= 0 && x < SIDE && y < SIDE && random(4) > 0) cells.set(y * SIDE + x, random(5))
  }
  return cells
}

/**
 * Bytes of our deltas beside JSON objects for the same changes: 240 ticks over 10,000 cells, eight storms a tick, about
 * 240 changes in each.
 * With fewer than about 25 changes in a tick the 32 bytes of the header weigh more than the changes.
 */
export function frameBytes(seed = 1): FrameBytes {
  const random = seeded(seed)
  let ours = 0
  let json = 0
  let changes = 0
  for (let tick = 1; tick <= TICKS; tick++) {
    const cells = [...tickOf(random)].toSorted(([a], [b]) => a - b)
    const at = 1_795_320_000_000 + tick * 1_000
    const areas = Uint32Array.from(cells, ([cell]) => cell)
    const ranks = Uint8Array.from(cells, ([, rank]) => rank)
    ours += encodeDelta('0123456789abcdef', at, at - 1_000, areas, ranks).length
    const rows = cells.map(([cell, rank]) => ({
      code: codeOf(cell),
      level: levelId(LEGAL_SCHEME, rank),
      since: new Date(at - random(60) * 1_000).toISOString(),
      reason: REASONS[random(REASONS.length)],
    }))
    json += new TextEncoder().encode(JSON.stringify(rows)).length
    changes += cells.length
  }
  return {
    id: 'frame.bytes',
    value: ours / changes,
    unit: 'B/change',
    baseline: json / changes,
    ratio: json / ours,
    changes,
  }
}
