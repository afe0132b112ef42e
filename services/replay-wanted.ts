import { instantOf } from './api-parts.ts'
import { QingyuError } from './core/errors.ts'
import { MOST_RATE, type Rate, type ReplayKind } from './core/replay-wire.ts'
import type { VerbCall } from './replay-message.ts'
import type { Wanted } from './replays-port.ts'

/** Longest title, and most people of a drill. */
const MOST_TITLE = 80
const MOST_PEOPLE = 200

/** What POST /api/v1/replays asks for, read. */
export interface Opening {
  readonly kind: ReplayKind
  readonly at: number | null
  readonly incident: string | null
  readonly alert: string | null
  readonly to: number | null
  readonly rate: Rate
  readonly playing: boolean
  readonly bundle: string
  readonly title: string
  readonly people: readonly string[]
}

const FIELDS: ReadonlySet<string> = new Set(
  'kind at incident alert to rate playing bundle title people'.split(' '),
)

function wrong(field: string, value: unknown, expected: string): QingyuError {
  const shown = (JSON.stringify(value) ?? 'missing').slice(0, 60)
  return new QingyuError('RY-field', { field, value: shown, expected })
}

/** A time in ms or ISO 8601 with an offset. RY-field. */
export function timeOf(field: string, value: unknown): number {
  const expected = 'ms since 1970, or ISO 8601 with an offset as 2026-11-22T08:00:00+08:00'
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value
  if (typeof value !== 'string') throw wrong(field, value, expected)
  try {
    return instantOf(field, value)
  } catch {
    throw wrong(field, value, expected)
  }
}

function rateOf(value: unknown): Rate {
  if (value === 'max') return value
  if (typeof value === 'number' && value >= 1 && value <= MOST_RATE) return value
  throw wrong('rate', value, `a number from 1 to ${MOST_RATE}, or "max"`)
}

function wordOf(field: string, value: unknown, pattern: RegExp, expected: string): string {
  if (typeof value === 'string' && pattern.test(value)) return value
  throw wrong(field, value, expected)
}

const ID = /^[a-z0-9-]{1,64}$/
const idOf = (field: string, value: unknown) => wordOf(field, value, ID, 'an id')

function flagOf(field: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw wrong(field, value, 'true or false')
}

function peopleOf(value: unknown): string[] {
  if (!Array.isArray(value) || value.length > MOST_PEOPLE)
    throw wrong('people', value, `a list of at most ${MOST_PEOPLE} ids`)
  return [...new Set(value.map((id) => idOf('people', id)))].sort()
}

/** Reads the body of POST /api/v1/replays. RY-field. */
export function readOpening(wanted: Wanted): Opening {
  const odd = Object.keys(wanted).find((field) => !FIELDS.has(field))
  if (odd !== undefined) throw wrong(odd.slice(0, 40), wanted[odd], 'no such field')
  const read = <Value, Else>(field: string, as: (field: string, value: unknown) => Value, otherwise: Else) =>
    wanted[field] === undefined ? otherwise : as(field, wanted[field])
  const places = ['at', 'incident', 'alert'].filter((field) => wanted[field] !== undefined)
  if (places.length > 1) throw wrong(places.join(' and '), 'given together', 'one of them')
  const title = (field: string, value: unknown) =>
    // Control characters would let a title pretend to be something else on a page.
    wordOf(field, value, /^[^\p{Cc}\p{Cf}]{0,80}$/u, `text of at most ${MOST_TITLE} characters`)
  const kindOf = (field: string, value: unknown) => {
    if (value === 'replay' || value === 'drill') return value
    throw wrong(field, value, 'replay or drill')
  }
  return {
    kind: read('kind', kindOf, 'replay'),
    at: read('at', timeOf, null),
    incident: read('incident', idOf, null),
    alert: read('alert', idOf, null),
    to: read('to', timeOf, null),
    rate: read('rate', (_, value) => rateOf(value), 1),
    playing: read('playing', flagOf, false),
    bundle: read('bundle', idOf, ''),
    title: read('title', title, ''),
    people: read('people', (_, value) => peopleOf(value), []),
  }
}

/** Reads a verb of POST /api/v1/replays/{id}/{verb} with its body. RY-field. */
export function readVerb(verb: string, body: Wanted): VerbCall {
  switch (verb) {
    case 'play':
      return { verb, body: body['rate'] === undefined ? {} : { rate: rateOf(body['rate']) } }
    case 'pause':
      return { verb, body: {} }
    case 'seek':
      return { verb, body: { at: timeOf('at', body['at']) } }
    case 'step': {
      const ticks = body['ticks'] ?? 1
      if (typeof ticks !== 'number') throw wrong('ticks', ticks, 'a whole number')
      return { verb, body: { ticks } }
    }
    case 'rate':
      return { verb, body: { rate: rateOf(body['rate']) } }
    case 'loop':
      return body['from'] === null
        ? { verb, body: { from: null } }
        : { verb, body: { from: timeOf('from', body['from']), to: timeOf('to', body['to']) } }
  }
  throw wrong('verb', verb.slice(0, 40), 'play, pause, seek, step, rate or loop')
}
