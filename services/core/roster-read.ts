import { QingyuError, sentenceOf } from './errors.ts'
import { readIcalRoster } from './roster-ical.ts'
import { MOST_TEXT, type Roster, type RosterWorld } from './roster-shift.ts'
import { readYamlRoster } from './roster-yaml.ts'

export type RosterFormat = 'ical' | 'yaml'

/** An iCalendar begins with BEGIN:VCALENDAR, our own kind with anything else. */
export function formatOf(text: string): RosterFormat {
  return /^\uFEFF?\s*BEGIN:VCALENDAR/i.test(text) ? 'ical' : 'yaml'
}

/** Reads a roster whole or not at all. Throws RO-text, RO-field or RO-size naming the line. */
export function readRoster(format: RosterFormat, text: string, world: RosterWorld): Roster {
  const { roster } = world
  if (text.length > MOST_TEXT)
    throw new QingyuError('RO-size', { roster, value: text.length, what: 'characters', most: MOST_TEXT })
  try {
    return format === 'ical' ? readIcalRoster(text, world) : readYamlRoster(text, world)
  } catch (error) {
    if (error instanceof QingyuError) throw error
    // Whatever a reader of calendars stumbles over must not stop the watch over the city.
    throw new QingyuError('RO-text', { roster, line: 1, why: sentenceOf(error).slice(0, 160) }, error)
  }
}
