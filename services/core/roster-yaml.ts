import { QingyuError } from './errors.ts'
import { dayOf, dayOfCivil, midnight, UTC, weekdayOf, zoneNamed, type Zone } from './local-time.ts'
import {
  byRoster,
  dutyPerson,
  MOST_EVENTS,
  MOST_SHIFT,
  rosterArea,
  type Cover,
  type Roster,
  type RosterWorld,
  type Shift,
} from './roster-shift.ts'
import { RosterTree } from './roster-tree.ts'

const DAY = 86_400_000
const MINUTE = 60_000
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const TIME = /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/
const DATE = /^\d{4}-\d\d-\d\d$/
const MOMENT = /^\d{4}-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d$/
/** A turn of a rotation lasts so many days at most: a quarter. */
const MOST_TURN = 92

/** Somebody, or several at once, from one time of day to another; `turn` days each in a rotation, 0: all of them always. */
interface Line {
  readonly line: number
  readonly days: ReadonlySet<number>
  /** Ms after local midnight; `length` by the wall clock. */
  readonly from: number
  readonly length: number
  readonly people: readonly string[]
  readonly turn: number
  /** First day of a rotation; -Infinity for shifts. */
  readonly first: number
}

/** A day that is not as its weekday says. */
interface Holiday {
  /** Weekday whose shifts it has; -1: its own. */
  readonly as: number
  /** Who has them; empty: those of the shifts. */
  readonly people: readonly string[]
}

interface AreaRoster {
  readonly lines: readonly Line[]
  readonly holidays: ReadonlyMap<number, Holiday>
  readonly covers: readonly Cover[]
}

type Path = readonly (string | number)[]

const minutesOf = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))

function daysOf(tree: RosterTree, path: Path): ReadonlySet<number> {
  const items = tree.items(path)
  const names = items.map((item) =>
    tree.text(item, new RegExp(`^(${WEEKDAYS.join('|')})$`), WEEKDAYS.join(', ')),
  )
  return new Set(names.length === 0 ? [0, 1, 2, 3, 4, 5, 6] : names.map((name) => WEEKDAYS.indexOf(name)))
}

function peopleOf(tree: RosterTree, path: Path): readonly string[] {
  return tree
    .items(path)
    .map((item) => dutyPerson(tree.world, tree.line(item), item.join('.'), tree.text(item, /./, 'a person')))
}

function dayAt(tree: RosterTree, path: Path): number {
  const text = tree.text(path, DATE, 'a date as 2026-10-01')
  const day = dayOfCivil(Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8)))
  if (day === undefined) throw tree.fault(path, text, 'a date of the calendar')
  return day
}

function momentAt(tree: RosterTree, path: Path, zone: Zone): number {
  const text = tree.text(path, MOMENT, 'a local time as 2026-10-01T08:00')
  const day = dayOfCivil(Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8, 10)))
  if (day === undefined) throw tree.fault(path, text, 'a date of the calendar')
  return zone.toUtc(midnight(day) + minutesOf(text.slice(11)) * MINUTE)
}

function lineAt(tree: RosterTree, path: Path, rotates: boolean): Line {
  tree.keys(path, ['days', 'from', 'to', 'people', ...(rotates ? ['start', 'every'] : [])])
  const people = peopleOf(tree, [...path, 'people'])
  if (people.length === 0) throw tree.fault([...path, 'people'], people, 'a list of people')
  const expected = 'a time of day as 08:00'
  const from = tree.text([...path, 'from'], TIME, expected, rotates ? undefined : '00:00')
  const to = tree.text([...path, 'to'], TIME, expected, rotates ? from : '24:00')
  const minutes = minutesOf(to) - minutesOf(from)
  const turn = rotates ? Number(tree.text([...path, 'every'], /^\d{1,3}$/, 'days, 1 to 92', '7')) : 0
  if (rotates && (turn < 1 || turn > MOST_TURN))
    throw tree.fault([...path, 'every'], turn, `days, 1 to ${MOST_TURN}`)
  return {
    line: tree.line(path),
    days: daysOf(tree, [...path, 'days']),
    from: minutesOf(from) * MINUTE,
    length: minutes > 0 ? minutes * MINUTE : minutes * MINUTE + DAY,
    people,
    turn,
    first: rotates ? dayAt(tree, [...path, 'start']) : -Infinity,
  }
}

function holidaysAt(tree: RosterTree, path: Path): ReadonlyMap<number, Holiday> {
  const holidays = new Map<number, Holiday>()
  for (const item of tree.items(path)) {
    tree.keys(item, ['dates', 'as', 'people'])
    const people = peopleOf(tree, [...item, 'people'])
    const as = WEEKDAYS.indexOf(
      tree.text([...item, 'as'], new RegExp(`^(|${WEEKDAYS.join('|')})$`), WEEKDAYS.join(', '), ''),
    )
    if (people.length === 0 && as < 0) throw tree.fault(item, 'neither', 'people, or as with a weekday')
    for (const date of tree.items([...item, 'dates'])) holidays.set(dayAt(tree, date), { as, people })
  }
  return holidays
}

function coversAt(tree: RosterTree, path: Path, zone: Zone): readonly Cover[] {
  const spanOf = (item: Path) => {
    const from = momentAt(tree, [...item, 'from'], zone)
    const to = momentAt(tree, [...item, 'to'], zone)
    if (to <= from || to - from > MOST_SHIFT)
      throw tree.fault(
        [...item, 'to'],
        tree.text([...item, 'to'], MOMENT, ''),
        'later than from, by at most 366 days',
      )
    return { from, to }
  }
  const personAt = (at: Path) =>
    dutyPerson(tree.world, tree.line(at), at.join('.'), tree.text(at, /./, 'a person'))
  const overrides = tree.items([...path, 'overrides']).map((item): Cover => {
    tree.keys(item, ['from', 'to', 'person', 'instead'])
    const instead = tree.has([...item, 'instead']) ? personAt([...item, 'instead']) : ''
    return { ...spanOf(item), person: personAt([...item, 'person']), instead, swap: false }
  })
  const swaps = tree.items([...path, 'swaps']).map((item): Cover => {
    tree.keys(item, ['from', 'to', 'people'])
    const people = peopleOf(tree, [...item, 'people'])
    const [person = '', instead = ''] = people
    if (people.length !== 2 || person === instead) throw tree.fault(item, people, 'two people that swap')
    return { ...spanOf(item), person, instead, swap: true }
  })
  return [...overrides, ...swaps]
}

function areaAt(tree: RosterTree, path: Path, zone: Zone): AreaRoster {
  tree.keys(path, ['shifts', 'rotations', 'holidays', 'overrides', 'swaps'])
  return {
    lines: [
      ...tree.items([...path, 'shifts']).map((item) => lineAt(tree, item, false)),
      ...tree.items([...path, 'rotations']).map((item) => lineAt(tree, item, true)),
    ],
    holidays: holidaysAt(tree, [...path, 'holidays']),
    covers: coversAt(tree, path, zone),
  }
}

/** Who of a line has the shift that begins on a day: all of a shift, whose turn it is of a rotation. */
function turnOf({ people, turn, first }: Line, day: number): readonly string[] {
  if (turn === 0) return people
  if (day < first) return []
  const person = people[Math.floor((day - first) / turn) % people.length]
  return person === undefined ? [] : [person]
}

/** Shifts of one line, days in order; consecutive days of one person in a rotation are one shift. */
function shiftsOf(
  line: Line,
  holidays: AreaRoster['holidays'],
  zone: Zone,
  from: number,
  to: number,
): Shift[] {
  const shifts: Shift[] = []
  // A turn is told whole, so it is looked for as far as it may reach.
  const last = dayOf(zone.toLocal(to)) + line.turn + 1
  for (let day = dayOf(zone.toLocal(from)) - line.turn - 2; day <= last; day++) {
    const holiday = holidays.get(day)
    if (!line.days.has(holiday === undefined || holiday.as < 0 ? weekdayOf(day) : holiday.as)) continue
    const usual = turnOf(line, day)
    const people =
      holiday === undefined || holiday.people.length === 0 || usual.length === 0 ? usual : holiday.people
    const begun = zone.toUtc(midnight(day) + line.from)
    const end = zone.toUtc(midnight(day) + line.from + line.length)
    if (end <= begun) continue
    for (const [place, person] of people.entries()) {
      const before = line.turn > 0 ? shifts.findLast((shift) => shift.place === place) : undefined
      if (before?.person === person && before.to === begun)
        shifts.splice(shifts.indexOf(before), 1, { ...before, to: end })
      else shifts.push({ person, from: begun, to: end, line: line.line, place })
    }
  }
  return shifts.filter((shift) => shift.from < to && shift.to > from)
}

/**
 * Reads a roster of our own kind: `areas: { CODE: { shifts, rotations, holidays, overrides, swaps } }` with local times of the
 * city. A holiday keeps the hours of its day, or those of the weekday `as`, and gives them to its own people, so that it leaves
 * no gap. Throws RO-text, RO-field or RO-size naming the line.
 */
export function readYamlRoster(text: string, world: RosterWorld): Roster {
  const tree = new RosterTree(text, world)
  const zone = zoneNamed(world.grid.zone) ?? UTC
  tree.keys([], ['areas'])
  const areas = new Map<number, AreaRoster>()
  let size = 0
  for (const code of tree.keys(['areas'], null)) {
    const area = rosterArea(world, tree.line(['areas', code]), `areas.${code}`, code)
    const read = areaAt(tree, ['areas', code], zone)
    const people = read.lines.reduce((sum, line) => sum + line.people.length, 0)
    size += people + read.holidays.size + read.covers.length
    areas.set(area, read)
  }
  if (size > MOST_EVENTS)
    throw new QingyuError('RO-size', {
      roster: world.roster,
      value: size,
      what: 'people, holidays and covers',
      most: MOST_EVENTS,
    })
  return {
    areas: [...areas.keys()].sort((a, b) => a - b),
    shifts: (area, from, to) => {
      const { lines = [], holidays = new Map<number, Holiday>() } = areas.get(area) ?? {}
      return lines.flatMap((line) => shiftsOf(line, holidays, zone, from, to)).sort(byRoster)
    },
    covers: (area) => areas.get(area)?.covers ?? [],
  }
}
