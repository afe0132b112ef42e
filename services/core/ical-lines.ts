import ICAL from 'ical.js'
import { QingyuError, sentenceOf } from './errors.ts'

/** A content line of RFC 5545 as it was read, with its number in the text. */
export interface ContentLine {
  readonly line: number
  /** Lower case. */
  readonly name: string
  readonly text: string
}

/** What stands between BEGIN and END. */
export interface CalendarComponent {
  readonly line: number
  /** Lower case, as `vevent`. */
  readonly name: string
  readonly lines: readonly ContentLine[]
  readonly components: readonly CalendarComponent[]
}

type Draft = CalendarComponent & { readonly lines: ContentLine[]; readonly components: CalendarComponent[] }

const NAME = /^[A-Za-z0-9-]{1,64}(?=[;:])/
/** VCALENDAR, VTIMEZONE, STANDARD: deeper does not occur (RFC 5545, 3.6). */
const MOST_DEEP = 4

/** Content lines with folded ones put together (RFC 5545, 3.1); a line that begins with a space goes on with the one before. */
function* unfolded(text: string): Iterable<{ line: number; text: string }> {
  let line = 0
  let whole: { line: number; text: string } | null = null
  for (const part of text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)) {
    line++
    if (whole !== null && /^[ \t]/.test(part)) {
      whole.text += part.slice(1)
      continue
    }
    if (whole !== null) yield whole
    whole = part.trim() === '' ? null : { line, text: part }
  }
  if (whole !== null) yield whole
}

/** The VCALENDAR of a text. Throws RO-text with the line where it is none. */
export function readCalendar(text: string, roster: string): CalendarComponent {
  const refuse = (line: number, why: string) => new QingyuError('RO-text', { roster, line, why })
  const open: Draft[] = []
  let calendar: CalendarComponent | null = null
  for (const { line, text: content } of unfolded(text)) {
    const name = NAME.exec(content)?.[0].toLowerCase()
    const inner = open.at(-1)
    if (name === undefined) throw refuse(line, `"${content.slice(0, 40)}" is no content line NAME:value`)
    const value = content.slice(name.length + 1).trim()
    if (name === 'begin') {
      if (inner === undefined && (calendar !== null || value.toUpperCase() !== 'VCALENDAR'))
        throw refuse(line, `BEGIN:${value.slice(0, 40)} where one BEGIN:VCALENDAR is expected`)
      if (open.length >= MOST_DEEP) throw refuse(line, `components nest deeper than ${MOST_DEEP}`)
      const begun = { line, name: value.toLowerCase(), lines: [], components: [] }
      inner?.components.push(begun)
      open.push(begun)
    } else if (inner === undefined) throw refuse(line, `${name.toUpperCase()} outside of BEGIN and END`)
    else if (name === 'end') {
      if (value.toLowerCase() !== inner.name)
        throw refuse(line, `END:${value.slice(0, 40)} for the BEGIN of line ${inner.line}`)
      calendar = open.pop() ?? null
    } else inner.lines.push({ line, name, text: content })
  }
  const last = open.at(-1)
  if (last !== undefined) throw refuse(last.line, `BEGIN:${last.name.toUpperCase()} without its END`)
  if (calendar === null) throw refuse(1, 'no BEGIN:VCALENDAR')
  return calendar
}

/** A line with its parameters and values read by ical.js. Throws RO-text. */
export function propertyOf({ line, text }: ContentLine, roster: string): ICAL.Property {
  try {
    const property = ICAL.Property.fromString(text, ICAL.design.icalendar)
    // Values are read here, so that a bad one is found with its line.
    property.getValues()
    return property
  } catch (error) {
    throw new QingyuError('RO-text', { roster, line, why: sentenceOf(error).slice(0, 160) }, error)
  }
}

/** The first line of a name in a component. */
export function lineOf({ lines }: CalendarComponent, name: string): ContentLine | undefined {
  return lines.find((line) => line.name === name)
}
