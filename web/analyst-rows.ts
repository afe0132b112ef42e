/** A row of the timeline, pixels from its top. */
export interface Row {
  readonly top: number
  readonly height: number
}

/** Where everything of the timeline lies. */
export interface Rows {
  readonly ruler: Row
  /** Stacks of colours: one, or was and would of a rehearsal. */
  readonly stacks: readonly Row[]
  readonly lanes: Row
  readonly lane: number
  readonly count: number
  readonly marks: Row
  /** All that is held, small, with the part that is seen. */
  readonly whole: Row
}

const RULER = 30
const MARKS = 26
const WHOLE = 24
const GAP = 8
/** Height of a lane: of few, and of as many as find room. */
const LANE = 21
const THIN = 9

/** Shares a height (pixels) out; `stacks` 1 or 2, `lanes` as many as incidents lie over each other. */
export function rowsOf(height: number, unitPx: number, stacks: number, lanes: number): Rows {
  const u = unitPx
  const free = height - (RULER + MARKS + WHOLE + 3 * GAP) * u
  const stacked = free * (stacks === 2 ? 0.56 : 0.42)
  const each = (stacked - (stacks - 1) * GAP * u) / stacks
  const top = RULER * u
  const lanesTop = top + stacked + GAP * u
  const laneRoom = free - stacked
  const [few, many] = [LANE, THIN].map((lane) => Math.max(2, Math.floor(laneRoom / (lane * u))))
  const count = Math.min(Math.max(lanes, few ?? 2), many ?? 2)
  const marksTop = lanesTop + laneRoom + (GAP / 2) * u
  return {
    ruler: { top: 0, height: RULER * u },
    stacks: Array.from({ length: stacks }, (_, i) => ({ top: top + i * (each + GAP * u), height: each })),
    lanes: { top: lanesTop, height: laneRoom },
    lane: laneRoom / count,
    count,
    marks: { top: marksTop, height: MARKS * u },
    whole: { top: height - WHOLE * u, height: WHOLE * u },
  }
}

/** Whether a y lies in a row. */
export function isIn(row: Row, y: number): boolean {
  return y >= row.top && y < row.top + row.height
}
