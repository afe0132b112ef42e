import { parse, stringify } from 'yaml'
import { readCalendar } from './ical-lines.ts'
import { QingyuError, sentenceOf } from './errors.ts'
import { rosterOfCalendar } from './roster-ical.ts'
import { CalendarIntake, printCalendar, type Directory } from './roster-intake.ts'
import { formatOf, type RosterFormat } from './roster-read.ts'
import { MOST_TEXT, type Roster, type RosterWorld } from './roster-shift.ts'
import { readYamlRoster } from './roster-yaml.ts'

/** A roster as it may enter the log, and what it says. */
export interface LoggedRoster {
  readonly format: RosterFormat
  readonly text: string
  readonly roster: Roster
}

/**
 * A roster as its author wrote it → as it enters the log: people by id, without comments, addresses and whatever else a calendar
 * says of people. The same shifts give the same text. Throws RO-text, RO-field or RO-size with the lines of the author's text.
 */
export function forLog(text: string, world: RosterWorld, directory: Directory, area: string): LoggedRoster {
  const format = formatOf(text)
  const { roster } = world
  try {
    const made = format === 'yaml' ? plainYaml(text, world) : plainCalendar(text, world, directory, area)
    if (made.text.length > MOST_TEXT)
      throw new QingyuError('RO-size', {
        roster,
        value: made.text.length,
        what: 'characters',
        most: MOST_TEXT,
      })
    return { format, ...made }
  } catch (error) {
    if (error instanceof QingyuError) throw error
    throw new QingyuError('RO-text', { roster, line: 1, why: sentenceOf(error).slice(0, 160) }, error)
  }
}

function plainYaml(text: string, world: RosterWorld): Omit<LoggedRoster, 'format'> {
  const roster = readYamlRoster(text, world)
  return { roster, text: stringify(parse(text, { schema: 'failsafe' })) }
}

function plainCalendar(
  text: string,
  world: RosterWorld,
  directory: Directory,
  area: string,
): Omit<LoggedRoster, 'format'> {
  const calendar = new CalendarIntake(world, directory, area).take(readCalendar(text, world.roster))
  return { roster: rosterOfCalendar(calendar, world), text: `${printCalendar(calendar)}\n` }
}
