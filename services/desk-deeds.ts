import { badField, fieldsIn } from './core/act-field.ts'
import type { Deed } from './core/action.ts'
import type { AlertVerb } from './core/alert-transitions.ts'
import { QingyuError } from './core/errors.ts'
import { withoutNumbers } from './core/personal.ts'

type Fields = Readonly<Record<string, unknown>>

const MOST_COMMENT = 500
const MOST_HEADLINE = 200
const MOST_NAME = 64
const MOST_UNITS = 20
const MOST_AREAS = 500
const MOST_POINTS = 200
const MOST_CHANNELS = 10
const LAST_TIME = 8.64e15

/** Fields of each verb beside the comment that all but `see` take. */
const FIELDS: Readonly<Record<AlertVerb | 'see', readonly string[]>> = {
  acknowledge: ['comment'],
  dispatch: ['unit', 'person', 'comment'],
  handle: ['comment'],
  verify: ['comment'],
  reject: ['comment'],
  close: ['comment'],
  reopen: ['comment'],
  note: ['comment'],
  shelve: ['until', 'comment'],
  unshelve: ['comment'],
  whistle: ['units', 'by', 'comment'],
  'report-in': ['unit', 'comment'],
  see: [],
}

function isVerb(text: string): text is keyof typeof FIELDS {
  return Object.hasOwn(FIELDS, text)
}

/** Where a deed is taken: who does it, and the city's time, ms. */
export interface Taking {
  readonly unit: string
  readonly now: number
  /** Time that called units have where the whistle names none, ms. */
  readonly reportInMs: number
}

/** What somebody wants to do with an alert, of the right shape; AL-verb or AL-field else. Whether it is permitted the alert stage decides. */
export function readAlertDeed(verb: string, alert: string, body: unknown, taking: Taking): Deed {
  if (!isVerb(verb)) {
    const expected = Object.keys(FIELDS).join(', ')
    throw new QingyuError('AL-verb', { value: verb.slice(0, 40), expected })
  }
  const fields = only(body, FIELDS[verb])
  if (verb === 'see') return { verb, alert }
  const comment = prose('comment', fields['comment'] ?? '')
  if (verb === 'dispatch') {
    const [unit, person] = [name('unit', fields['unit'] ?? ''), name('person', fields['person'] ?? '')]
    return { verb, alert, unit, person, comment }
  }
  if (verb === 'shelve') return { verb, alert, until: time('until', fields['until']), comment }
  if (verb === 'report-in') return { verb, alert, unit: name('unit', fields['unit'] ?? taking.unit), comment }
  if (verb !== 'whistle') return { verb, alert, comment }
  const units = names('units', fields['units'], MOST_UNITS)
  return { verb, alert, units, by: time('by', fields['by'] ?? taking.now + taking.reportInMs), comment }
}

/** An alert raised by hand. AL-field. */
export function readRaise(body: unknown): Deed {
  const fields = only(body, ['areas', 'category', 'rank', 'headline', 'exercise'])
  const { exercise = false } = fields
  if (typeof exercise !== 'boolean') throw badField('exercise', exercise, 'true or false')
  return {
    verb: 'raise',
    areas: names('areas', fields['areas'], MOST_AREAS),
    category: name('category', fields['category']),
    rank: number('rank', fields['rank'], 0, 15),
    headline: prose('headline', fields['headline'], MOST_HEADLINE),
    exercise,
  }
}

/** A silence by subtree or drawn ring; from now where nothing is said. AL-field. */
export function readSilenceDeed(body: unknown, now: number, gravest: number): Deed {
  const fields = only(body, ['reason', 'from', 'until', 'area', 'ring', 'category', 'most'])
  return {
    verb: 'silence',
    silence: {
      reason: prose('reason', fields['reason']),
      from: time('from', fields['from'] ?? now),
      until: time('until', fields['until']),
      area: name('area', fields['area'] ?? ''),
      ring: list('ring', fields['ring'] ?? [], MOST_POINTS, position),
      category: name('category', fields['category'] ?? ''),
      most: number('most', fields['most'] ?? gravest - 1, 0, 15),
    },
  }
}

/** A subscription of one's own. AL-field. */
export function readSubscribe(body: unknown, area: string): Deed {
  const fields = only(body, ['area', 'rank', 'category', 'schedule', 'channels'])
  const { days, from, to, zone } = fieldsIn(fields['schedule'])
  const schedule =
    fields['schedule'] === undefined || fields['schedule'] === null
      ? null
      : {
          days: list('schedule.days', days, 7, (field, day) => number(field, day, 0, 6)),
          from: number('schedule.from', from, 0, 1440),
          to: number('schedule.to', to, 0, 1440),
          zone: name('schedule.zone', zone),
        }
  return {
    verb: 'subscribe',
    subscription: {
      area: name('area', fields['area'] ?? area),
      rank: number('rank', fields['rank'], 0, 15),
      category: name('category', fields['category'] ?? ''),
      schedule,
      // Which channels there are the alert stage knows, and says.
      channels: names('channels', fields['channels'], MOST_CHANNELS) as Extract<
        Deed,
        { verb: 'subscribe' }
      >['subscription']['channels'],
    },
  }
}

/** Somebody takes a shift over. AL-field. */
export function readCover(body: unknown): Deed {
  const fields = only(body, ['area', 'person', 'instead', 'from', 'to', 'comment'])
  return {
    verb: 'cover',
    area: name('area', fields['area']),
    person: name('person', fields['person']),
    instead: name('instead', fields['instead'] ?? ''),
    from: time('from', fields['from']),
    to: time('to', fields['to']),
    comment: prose('comment', fields['comment'] ?? ''),
  }
}

/** A note for the next shift. AL-field. */
export function readHandover(body: unknown): Deed {
  const fields = only(body, ['area', 'text'])
  const comment = prose('text', fields['text'])
  if (comment === '') throw badField('text', '', `a text of 1 to ${MOST_COMMENT}`)
  return { verb: 'handover', area: name('area', fields['area']), comment }
}

/** A comment that goes with something that is taken back. AL-field. */
export function readComment(value: unknown): string {
  return prose('comment', value ?? '')
}

function only(body: unknown, names: readonly string[]): Fields {
  if (body !== undefined && body !== null && (typeof body !== 'object' || Array.isArray(body)))
    throw badField('body', body, 'one JSON object')
  const fields = fieldsIn(body)
  const stranger = Object.keys(fields).find((field) => !names.includes(field))
  if (stranger === undefined) return fields
  const expected = names.length === 0 ? 'no fields' : `one of ${names.join(', ')}`
  throw badField('field', stranger.slice(0, 40), expected)
}

/** What people write, without what looks like somebody's number, and as one paragraph a line. */
function prose(field: string, value: unknown, most = MOST_COMMENT): string {
  if (typeof value !== 'string' || value.length > most || CONTROL.test(value))
    throw badField(field, value, `a text of at most ${most} characters`)
  return withoutNumbers(value.trim())
}

/** Controls but tab and line ends, turned directions, halves of characters: what would act on a terminal, a mail or an XML reader. */
const CONTROL = /(?![\t\n\r])\p{Cc}|[\u202a-\u202e\u2066-\u2069\ufffe\uffff]|\p{Surrogate}/u

function name(field: string, value: unknown): string {
  if (typeof value === 'string' && value.length <= MOST_NAME && /^[\w./+:-]*$/.test(value)) return value
  throw badField(field, value, `a code or id of at most ${MOST_NAME} characters`)
}

function names(field: string, value: unknown, most: number): string[] {
  return list(field, value, most, name)
}

function list<Item>(
  field: string,
  value: unknown,
  most: number,
  item: (field: string, value: unknown) => Item,
): Item[] {
  if (!Array.isArray(value) || value.length > most) throw badField(field, value, `a list of at most ${most}`)
  return value.map((each: unknown, nth) => item(`${field}[${nth}]`, each))
}

function position(field: string, value: unknown): readonly [number, number] {
  const pair: readonly unknown[] = Array.isArray(value) ? value : []
  if (pair.length !== 2) throw badField(field, value, 'lon and lat, WGS 84 degrees')
  const [lon, lat] = pair
  return [real(field, lon, 180), real(field, lat, 90)]
}

function real(field: string, value: unknown, most: number): number {
  if (typeof value === 'number' && Math.abs(value) <= most) return value
  throw badField(field, value, `degrees from -${most} to ${most}`)
}

function number(field: string, value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  throw badField(field, value, `a whole number from ${least} to ${most}`)
}

function time(field: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= LAST_TIME)
    return value
  throw badField(field, value, 'a time, ms since 1970')
}
