import type { ErrorCode } from './errors.ts'
import type { Grid } from './grid.ts'
import type { Roster, Shift } from './roster-shift.ts'
import { isoOf } from './time.ts'

/** What the reader of a roster should know, though it is taken. */
export interface RosterWarning {
  readonly code: ErrorCode
  readonly parameters: Readonly<Record<string, string | number>>
}

/** How far ahead is looked, ms: four weeks. */
export const LOOK_AHEAD = 28 * 86_400_000
/** Warnings of one roster; the first. */
const MOST_WARNINGS = 50

/** First overlap of each pair of lines, at most `most`: everybody is told then, which may not be meant. */
function overlapsOf(shifts: readonly Shift[], most: number): readonly (readonly [Shift, Shift])[] {
  const found = new Map<string, readonly [Shift, Shift]>()
  let running: Shift[] = []
  // Those of one line are meant to be there together: one stands for all.
  const first = shifts.filter(({ place }) => place === 0)
  for (const shift of first.sort((a, b) => a.from - b.from || a.line - b.line)) {
    running = running.filter(({ to }) => to > shift.from)
    for (const other of running) {
      if (found.size >= most) return [...found.values()]
      const pair: readonly [Shift, Shift] = other.line < shift.line ? [other, shift] : [shift, other]
      const lines = pair.map(({ line }) => line).join()
      if (other.line !== shift.line && !found.has(lines)) found.set(lines, pair)
    }
    running.push(shift)
  }
  return [...found.values()]
}

/** First time in [from, to) at which nobody has a shift. */
function gapOf(shifts: readonly Shift[], from: number, to: number): readonly [number, number] | null {
  let covered = from
  for (const shift of [...shifts].sort((a, b) => a.from - b.from)) {
    if (shift.from > covered) return [covered, shift.from]
    covered = Math.max(covered, shift.to)
  }
  return covered < to ? [covered, to] : null
}

/** Overlaps and the first gap of each area in the four weeks after `at`. At most 50. */
export function warningsOf(name: string, roster: Roster, grid: Grid, at: number): readonly RosterWarning[] {
  const warnings: RosterWarning[] = []
  for (const area of roster.areas.filter((known) => known >= 0)) {
    if (warnings.length >= MOST_WARNINGS) break
    const code = grid.codes[area] ?? ''
    const shifts = roster.shifts(area, at, at + LOOK_AHEAD)
    for (const [one, other] of overlapsOf(shifts, MOST_WARNINGS - warnings.length)) {
      const from = isoOf(Math.max(one.from, other.from))
      const parameters = { roster: name, line: one.line, other: other.line, area: code, from }
      warnings.push({ code: 'RO-overlap', parameters })
    }
    const gap = gapOf(shifts, at, at + LOOK_AHEAD)
    if (gap !== null)
      warnings.push({
        code: 'RO-gap',
        parameters: { roster: name, area: code, from: isoOf(gap[0]), to: isoOf(gap[1]) },
      })
  }
  return warnings.slice(0, MOST_WARNINGS)
}
