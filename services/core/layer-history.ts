import { levelId, UNKNOWN, type Scheme } from './level.ts'
import type { Picture, View } from './layer.ts'
import type { History } from './wire.ts'

/** Distance of two columns and how many are kept: six hours. */
export const COLUMN_MS = 300_000
export const COLUMNS = 72

/** How many columns were added from when the picture had tick `from` until it has `to`; at most {@link COLUMNS}. */
export function columnsBetween(from: number, to: number): number {
  if (from === 0) return 0
  return Math.min(COLUMNS, Math.ceil(to / COLUMN_MS) - Math.ceil(from / COLUMN_MS))
}

interface Column {
  readonly time: number
  readonly ranks: Uint8Array
}

/** Areas per rank every five minutes for six hours: 72 copies of the ranks at most, shared where nothing was applied between. */
export class RankHistory {
  private readonly columns: Column[] = []

  /** Call before `picture.apply`: keeps the columns that end before tick `next`; the answer tells whether one was added. */
  note(picture: Picture, next: number): boolean {
    if (picture.tick === 0) return false
    const last = Math.ceil(next / COLUMN_MS) * COLUMN_MS - COLUMN_MS
    const first = Math.max(Math.ceil(picture.tick / COLUMN_MS) * COLUMN_MS, last - (COLUMNS - 1) * COLUMN_MS)
    if (first > last) return false
    const ranks = picture.ranks.slice()
    for (let time = first; time <= last; time += COLUMN_MS) this.add(time, ranks)
    return true
  }

  /** Adds a column by hand, for what was before the first tick applied; times ascend. */
  add(time: number, ranks: Uint8Array): void {
    const newest = this.columns.at(-1)
    if (newest !== undefined && newest.time >= time) return
    this.columns.push({ time, ranks })
    if (this.columns.length > COLUMNS) this.columns.shift()
  }

  /** The last `most` columns of a view, areas at its depth counted. Rate: once a wall and once in five minutes. */
  message(picture: Picture, view: View, scheme: Scheme, most = COLUMNS): History {
    const columns = this.columns.slice(-most)
    const members: number[] = []
    for (let area = 0; area < picture.grid.size; area++)
      if (picture.grid.depths[area] === view.depth && picture.inside(view, area)) members.push(area)
    const levels: Record<string, number[]> = {}
    for (const rank of [...scheme.levels.keys(), UNKNOWN]) levels[levelId(scheme, rank)] = []
    for (const column of columns) {
      const counts = new Int32Array(16)
      for (const area of members) {
        const rank = column.ranks[area] ?? UNKNOWN
        counts[rank] = (counts[rank] ?? 0) + 1
      }
      for (const rank of [...scheme.levels.keys(), UNKNOWN])
        levels[levelId(scheme, rank)]?.push(counts[rank] ?? 0)
    }
    return { type: 'history', times: columns.map((column) => column.time), levels }
  }
}
