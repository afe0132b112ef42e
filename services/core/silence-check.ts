import { badField, fieldsIn } from './act-field.ts'
import { answersFor } from './alert-place.ts'
import { QingyuError } from './errors.ts'
import type { Actor } from './person.ts'
import { withoutNumbers } from './personal.ts'
import type { SilenceSpec } from './silence.ts'
import { readArea, readCategory, readRank, type Known } from './subscription-check.ts'

const DAY = 86_400_000
/** A silence lasts at most so long, and begins at most so long ahead. */
export const LONGEST_SILENCE = 30 * DAY
const MOST_POINTS = 200
const MOST_REASON = 500

type Position = readonly [number, number]

/**
 * A silence as somebody asked for it at a tick, checked field by field. One drawn without a subtree reaches no further than the
 * area its author answers for. Throws AL-field, and AL-area for a subtree outside that.
 */
export function readSilence(value: unknown, at: number, by: Actor, known: Known): SilenceSpec {
  const fields = fieldsIn(value)
  const ring = readRing(fields['ring'])
  const own = by.area === '' ? (known.grid.codes[0] ?? '') : by.area
  const drawnFreely = ring.length > 0 && (fields['area'] === '' || fields['area'] === undefined)
  const area = drawnFreely ? own : readArea(fields['area'], known)
  assertAnswersFor(by, area, known)
  return {
    reason: readReason(fields['reason']),
    ...readSpan(fields['from'], fields['until'], at),
    area,
    ring,
    category: readCategory(fields['category'], known),
    most: readRank('most', fields['most'], known),
  }
}

/** Throws AL-area unless the area lies in the one that somebody answers for. */
export function assertAnswersFor(by: Actor, area: string, { grid }: Pick<Known, 'grid'>): void {
  const asked = grid.indexOf(area)
  if (asked !== undefined && answersFor(grid, by, asked)) return
  throw new QingyuError('AL-area', { value: area, area: by.area, person: by.person })
}

function readReason(value: unknown): string {
  const reason = typeof value === 'string' ? withoutNumbers(value).trim() : ''
  if (reason === '' || reason.length > MOST_REASON)
    throw badField('reason', value, `a text of 1 to ${MOST_REASON} characters`)
  return reason
}

function readSpan(from: unknown, until: unknown, at: number): { from: number; until: number } {
  const begin = from === undefined ? at : from
  if (typeof begin !== 'number' || !Number.isSafeInteger(begin) || begin > at + LONGEST_SILENCE)
    throw badField('from', begin, 'a time (ms) at most 30 days ahead')
  // What began earlier begins now: nothing that was told can be unsaid.
  const start = Math.max(begin, at)
  const sound = typeof until === 'number' && Number.isSafeInteger(until)
  if (!sound || until <= start || until > start + LONGEST_SILENCE)
    throw badField('until', until, 'a time (ms) after from and at most 30 days behind it')
  return { from: start, until }
}

function readRing(value: unknown): readonly Position[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value) && value.length === 0) return []
  const points: readonly unknown[] = Array.isArray(value) ? value : []
  const ring = points.slice(0, MOST_POINTS + 1).map(readPosition)
  if (ring.length < 4 || ring.length > MOST_POINTS)
    throw badField('ring', value, `4 to ${MOST_POINTS} points, the last as the first`)
  const [first, last] = [ring[0], ring[ring.length - 1]]
  if (first?.[0] !== last?.[0] || first?.[1] !== last?.[1])
    throw badField('ring', value, 'a closed ring: the last point as the first')
  return ring
}

function readPosition(value: unknown, nth: number): Position {
  const pair: readonly unknown[] = Array.isArray(value) ? value : []
  const [lon, lat] = pair
  if (typeof lon === 'number' && typeof lat === 'number' && pair.length === 2)
    if (Math.abs(lon) <= 180 && Math.abs(lat) <= 90) return [lon, lat]
  throw badField(`ring[${nth}]`, value, 'lon and lat, WGS 84 degrees')
}
