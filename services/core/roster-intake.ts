import { lineOf, propertyOf, type CalendarComponent, type ContentLine } from './ical-lines.ts'
import { rosterFault, type RosterWorld } from './roster-shift.ts'

/** Who is meant by an id, a name or a mail address, in lower case; '' where several people are. */
export type Directory = ReadonlyMap<string, string>

/** What of somebody a calendar may call them by. */
export interface Listed {
  readonly name: { readonly zh: string; readonly en: string }
  readonly reach: { readonly mail: string }
}

/** What a shift is made from. All else that a calendar says of people and meetings stays out of the log. */
const OF_EVENT = new Set([
  'dtstart',
  'dtend',
  'duration',
  'rrule',
  'rdate',
  'exdate',
  'recurrence-id',
  'status',
])
const OF_ZONE = new Set(['tzid', 'dtstart', 'tzoffsetfrom', 'tzoffsetto', 'rrule', 'rdate'])
const COMPONENTS = new Set(['vtimezone', 'standard', 'daylight', 'vevent'])

/** The directory of the people of the configuration, by id. */
export function directoryOf(people: Readonly<Record<string, Listed>>): Directory {
  const directory = new Map<string, string>()
  for (const [id, { name, reach }] of Object.entries(people))
    for (const call of new Set([id, name.zh, name.en, reach.mail].map((text) => text.trim().toLowerCase()))) {
      const other = directory.get(call)
      if (call !== '') directory.set(call, other === undefined || other === id ? id : '')
    }
  // Nobody is hidden by somebody who is called as they are.
  for (const id of Object.keys(people)) directory.set(id, id)
  return directory
}

/** Reads what others wrote into a calendar as a roster: people by id, areas by code, nothing that a shift does not need. */
export class CalendarIntake {
  readonly #world: RosterWorld
  readonly #directory: Directory
  readonly #area: string
  /** Programs write addresses of people into them. */
  readonly #uids = new Map<string, string>()

  /** `area`: code of the area of all events; '' where each names its own as LOCATION. */
  constructor(world: RosterWorld, directory: Directory, area: string) {
    this.#world = world
    this.#directory = directory
    this.#area = area
  }

  /** The calendar as it may enter the log; lines keep their numbers. Throws RO-text or RO-field. */
  take(calendar: CalendarComponent): CalendarComponent {
    const components = calendar.components
      .filter(({ name }) => COMPONENTS.has(name))
      .map((component) => (component.name === 'vevent' ? this.#event(component) : this.#zone(component)))
    return { ...calendar, lines: [], components }
  }

  #zone(component: CalendarComponent): CalendarComponent {
    const lines = component.lines.filter(({ name }) => OF_ZONE.has(name))
    const components = component.components.filter(({ name }) => COMPONENTS.has(name))
    return { ...component, lines, components: components.map((part) => this.#zone(part)) }
  }

  #event(component: CalendarComponent): CalendarComponent {
    const { line } = component
    const uid = lineOf(component, 'uid')?.text ?? ''
    if (!this.#uids.has(uid)) this.#uids.set(uid, `UID:e${this.#uids.size + 1}`)
    const lines: ContentLine[] = [{ line, name: 'uid', text: this.#uids.get(uid) ?? '' }]
    lines.push(...component.lines.filter(({ name }) => OF_EVENT.has(name)))
    if (!/CANCELLED\s*$/i.test(lineOf(component, 'status')?.text ?? '')) {
      lines.push(this.#people(component))
      lines.push(this.#place(component))
    }
    return { ...component, lines, components: [] }
  }

  #place(component: CalendarComponent): ContentLine {
    const own = lineOf(component, 'location')
    const code =
      this.#area !== '' || own === undefined
        ? this.#area
        : String(propertyOf(own, this.#world.roster).getFirstValue()).trim()
    const line = own?.line ?? component.line
    if (this.#world.grid.indexOf(code) === undefined)
      throw rosterFault(
        this.#world,
        line,
        'LOCATION',
        code,
        `an area code of grid ${this.#world.grid.city}, or rosters.${this.#world.roster}.area`,
      )
    return { line, name: 'location', text: `LOCATION:${code}` }
  }

  /** Those who were invited and did not decline; else those whom SUMMARY names, after a colon if it has one. */
  #people(component: CalendarComponent): ContentLine {
    const invited = component.lines.filter(({ name }) => name === 'attendee')
    const people = invited.flatMap((line) => this.#attendee(line))
    const summary = lineOf(component, 'summary')
    const line = invited[0] ?? summary
    if (invited.length === 0 && summary !== undefined) people.push(...this.#named(summary))
    if (line === undefined || people.length === 0)
      throw rosterFault(
        this.#world,
        line?.line ?? component.line,
        'SUMMARY',
        'nobody',
        'somebody as ATTENDEE or SUMMARY',
      )
    return { line: line.line, name: 'summary', text: `SUMMARY:${[...new Set(people)].join(' ')}` }
  }

  #attendee(line: ContentLine): string[] {
    const property = propertyOf(line, this.#world.roster)
    const parameter = (name: string) => property.getFirstParameter(name) ?? ''
    const isNobody = /^(RESOURCE|ROOM)$/i.test(parameter('cutype'))
    if (isNobody || /^DECLINED$/i.test(parameter('partstat'))) return []
    const mail = String(property.getFirstValue()).replace(/^mailto:/i, '')
    const person = this.#find(mail) ?? this.#find(parameter('cn'))
    if (person === undefined)
      // The address itself is somebody's and is told to nobody.
      throw rosterFault(
        this.#world,
        line.line,
        'ATTENDEE',
        'not known',
        'the name or reach.mail of one of people',
      )
    return [person]
  }

  #named(line: ContentLine): string[] {
    const text = String(propertyOf(line, this.#world.roster).getFirstValue())
    const whole = this.#find(text)
    if (whole !== undefined) return [whole]
    return text
      .replace(/^.*[:：]/, '')
      .split(/[,;/+&，；、\n]/)
      .filter((name) => name.trim() !== '')
      .map((name) => {
        const person = this.#find(name)
        if (person !== undefined) return person
        const several = this.#directory.get(name.trim().toLowerCase()) === ''
        const expected = several ? 'an id: several people are called so' : 'the id or name of one of people'
        throw rosterFault(this.#world, line.line, 'SUMMARY', name.trim(), expected)
      })
  }

  #find(name: string): string | undefined {
    const id = this.#directory.get(name.trim().toLowerCase())
    return id === '' ? undefined : id
  }
}

/** The text of a calendar, one content line a line. */
export function printCalendar({ name, lines, components }: CalendarComponent): string {
  const inner = [...lines.map(({ text }) => text), ...components.map(printCalendar)].map(
    (text) => `${text}\n`,
  )
  return `BEGIN:${name.toUpperCase()}\n${inner.join('')}END:${name.toUpperCase()}`
}
