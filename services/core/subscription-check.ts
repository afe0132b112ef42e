import { badField, fieldsIn } from './act-field.ts'
import { DELIVERABLE } from './channel-set.ts'
import type { AlertPolicy } from './alert-policy.ts'
import type { Rank } from './level.ts'
import { nearest } from './nearest.ts'
import type { Channel } from './notice.ts'
import type { Plan } from './plan.ts'
import type { Schedule } from './schedule.ts'
import type { SubscriptionSpec } from './subscription.ts'

const DAY_MINUTES = 24 * 60

/** What an act may refer to. */
export type Known = Pick<Plan, 'grid' | 'scheme'> & Pick<AlertPolicy, 'categories'>

/** A subscription as somebody asked for it, checked field by field, in the order of the interface. Throws AL-field. */
export function readSubscription(value: unknown, known: Known): SubscriptionSpec {
  const fields = fieldsIn(value)
  return {
    area: readArea(fields['area'], known),
    rank: readRank('rank', fields['rank'], known),
    category: readCategory(fields['category'], known),
    schedule: readSchedule(fields['schedule'], known.grid.zone),
    channels: readChannels(fields['channels']),
  }
}

/** The code of an area of the grid. Throws AL-field. */
export function readArea(value: unknown, { grid }: Pick<Known, 'grid'>): string {
  if (typeof value === 'string' && grid.indexOf(value) !== undefined) return value
  throw badField('area', value, `the code of an area of grid ${grid.version}`)
}

/** A warning level by rank, from the first above calm. Throws AL-field. */
export function readRank(field: string, value: unknown, { scheme }: Pick<Known, 'scheme'>): Rank {
  const most = scheme.levels.length - 1
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return value
  throw badField(field, value, `a rank from 1 to ${most}`)
}

/** A category of the policy, or '' for all. Throws AL-field. */
export function readCategory(value: unknown, { categories }: Pick<Known, 'categories'>): string {
  if (value === '' || (typeof value === 'string' && categories.has(value))) return value
  const meant = typeof value === 'string' ? nearest(value, categories.keys()) : undefined
  throw badField('category', value, meant === undefined ? 'a category, or empty for all' : meant)
}

function readChannels(value: unknown): readonly Channel[] {
  const named: readonly unknown[] = Array.isArray(value) ? value : []
  const stranger = named.find((each) => !DELIVERABLE.some((channel) => channel === each))
  if (stranger !== undefined) throw badField('channels', stranger, DELIVERABLE.join(', '))
  const channels = DELIVERABLE.filter((channel) => named.includes(channel))
  if (channels.length === 0) throw badField('channels', value, `at least one of ${DELIVERABLE.join(', ')}`)
  return channels
}

/** Only the city's own zone: everybody's hours are those of the clocks on its walls. */
function readSchedule(value: unknown, zone: string): Schedule | null {
  if (value === null || value === undefined) return null
  const { days, from, to, zone: named } = fieldsIn(value)
  const listed: readonly unknown[] = Array.isArray(days) ? days : []
  const week = [0, 1, 2, 3, 4, 5, 6].filter((day) => listed.includes(day))
  if (week.length === 0 || week.length !== listed.length)
    throw badField('schedule.days', days, 'days from 0 (Sunday) to 6, each once')
  if (named !== zone) throw badField('schedule.zone', named, zone)
  return {
    days: week,
    from: readMinute('schedule.from', from),
    to: readMinute('schedule.to', to),
    zone,
  }
}

function readMinute(field: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < DAY_MINUTES) return value
  throw badField(field, value, `minutes after midnight, from 0 to ${DAY_MINUTES - 1}`)
}
