import { zoneOffset } from '../services/core/schedule.ts'

/** A stretch of time, ms. */
export interface Span {
  readonly from: number
  readonly to: number
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** Shortest stretch that is shown: some ticks. */
export const LEAST = 30 * SECOND
/** Steps between marks, ms. */
const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 5, 7, 14, 28].map((n) => n * DAY),
] as const
/** Marks at most, whatever is asked for. */
const MOST = 400

/** A stretch of at least {@link LEAST} inside `bounds`, as long as `span` where there is room, moved no further than needed. */
export function within(span: Span, bounds: Span): Span {
  const room = Math.max(LEAST, bounds.to - bounds.from)
  const length = Math.min(room, Math.max(LEAST, span.to - span.from))
  const from = Math.min(Math.max(span.from, bounds.from), bounds.from + room - length)
  return { from, to: from + length }
}

/** Zooms by a factor (below 1: nearer) so that the time `at` stays where it is on the glass. */
export function zoomed(span: Span, at: number, factor: number, bounds: Span): Span {
  const length = Math.max(LEAST, (span.to - span.from) * factor)
  const share = (at - span.from) / (span.to - span.from)
  return within({ from: at - share * length, to: at + (1 - share) * length }, bounds)
}

/** Moves by ms. */
export function panned(span: Span, by: number, bounds: Span): Span {
  return within({ from: span.from + by, to: span.to + by }, bounds)
}

/** A mark of the axis: `day` where a local day begins. */
export interface Mark {
  readonly at: number
  readonly day: boolean
}

/** Smallest step whose marks stand at least `room` pixels apart. */
export function stepFor(span: Span, width: number, room: number): number {
  const least = ((span.to - span.from) / Math.max(1, width)) * room
  return STEPS.find((step) => step >= least) ?? STEPS.at(-1) ?? DAY
}

/** The marks of a stretch on whole steps of local time, also where clocks are set on or back. */
export function marksOf(span: Span, step: number, zone: string): readonly Mark[] {
  const marks: Mark[] = []
  const local = (at: number): number => at + zoneOffset(zone, at)
  // Days are counted from a Monday, so that weeks begin as people's do.
  const origin = step > DAY ? 4 * DAY : 0
  let next = Math.ceil((local(span.from) - origin) / step) * step + origin
  while (marks.length < MOST) {
    // The offset is that of the mark itself: a guess by the one before it is put right once.
    const guess = next - zoneOffset(zone, next - zoneOffset(zone, span.from))
    const at = next - zoneOffset(zone, guess)
    if (at > span.to) break
    if (at >= span.from) marks.push({ at, day: next % DAY === 0 })
    next += step
  }
  return marks
}

/** Where a time lies, as pixels of `width`. */
export function xOf(at: number, span: Span, width: number): number {
  return ((at - span.from) / (span.to - span.from)) * width
}

/** The time at a pixel. */
export function timeAt(x: number, span: Span, width: number): number {
  return span.from + (x / Math.max(1, width)) * (span.to - span.from)
}
