import { MOST_ID, stepsOf, type Draft } from './draft.ts'
import type { ErrorCode } from './errors.ts'
import type { Fingerprint } from './idempotency.ts'
import type { Indicators } from './indicator.ts'
import { JsonObject, NotFinite, type JsonValue } from './json.ts'
import { nearest } from './nearest.ts'
import { refusal, type Refusal } from './observation.ts'
import { isPersonal, namesSomebody } from './personal.ts'
import { NO_PLACE, OUTSIDE, UNKNOWN_ADDRESS, UNKNOWN_AREA, type Locator, type PlacedSender } from './place.ts'
import { epochMs, epochUnit, parseInstant } from './time.ts'

const FIELDS = ['indicator', 'value', 'time', 'id', 'lon', 'lat', 'area', 'address'] as const
type Field = (typeof FIELDS)[number]
const OWN: ReadonlySet<string> = new Set(FIELDS)
/** In the order in which they are missed: an indicator tells most of what a sender meant. */
const REQUIRED: readonly Field[] = ['indicator', 'value', 'time']
/** Names that turn a plain object into something else wherever a later reader assigns them. */
const HARMFUL = new Set(['__proto__', 'constructor', 'prototype'])
/** What indicators, areas and addresses look like when they are codes and not prose. */
const CODE = /^[A-Za-z0-9._:-]{1,64}$/
/** What numbers and times look like, also when they are wrong. */
const MEASURE = /^[0-9eE+.,:TtZz -]{1,40}$/
const encoder = new TextEncoder()

/** A value as a message may quote it: never long, never free text, which may name a person (law 6). */
function shown(value: JsonValue, quotable: RegExp): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return shownNumber(value)
  if (value instanceof NotFinite) return value.text
  if (value instanceof JsonObject) return 'an object'
  if (typeof value !== 'string') return 'an array'
  return quotable.test(value) && !namesSomebody(value) ? `"${value}"` : `a text of ${value.length} characters`
}

/** A number, unless it is a telephone number in the wrong field. */
function shownNumber(value: number): string {
  const text = String(value)
  return namesSomebody(text) ? `a number of ${text.length} digits` : text
}

/** Answer of a check: what is wrong, or null. */
type Verdict = Refusal | null

/**
 * The strict checks on one observation already read as JSON; the first fault in a fixed order is told. Rate: per observation off
 * the fast path.
 */
export class Checker {
  readonly #indicators: Indicators
  readonly #locator: Locator
  readonly #fingerprint: Fingerprint

  constructor(indicators: Indicators, locator: Locator, fingerprint: Fingerprint) {
    this.#indicators = indicators
    this.#locator = locator
    this.#fingerprint = fingerprint
  }

  /** Fills `draft` from an item of the payload, or tells why not; `base` is the item's pointer. */
  check(item: JsonValue, base: string, sender: PlacedSender, draft: Draft): Verdict {
    if (!(item instanceof JsonObject))
      return refusal('OB-type', base, {
        field: 'Observation',
        value: shown(item, MEASURE),
        expected: 'an object',
      })
    draft.clear()
    // Structure is looked at first: of a payload with a personal field nothing else may be said, or its value might be quoted.
    const fields = new Map(item.keys.map((key, i) => [key, item.values[i] ?? null]))
    return (
      structure(item, base) ??
      this.#required(fields, base) ??
      this.#indicator(fields.get('indicator') ?? null, base, draft) ??
      this.#value(fields.get('value') ?? null, base, draft) ??
      this.#time(fields.get('time') ?? null, base, draft) ??
      this.#id(fields.get('id'), base, draft) ??
      this.#place(fields, base, draft) ??
      this.#located(sender, base, draft)
    )
  }

  #required(fields: ReadonlyMap<string, JsonValue>, base: string): Verdict {
    const field = REQUIRED.find((name) => !fields.has(name))
    return field === undefined ? null : refusal('OB-missing', `${base}/${field}`, { field })
  }

  #indicator(value: JsonValue, base: string, draft: Draft): Verdict {
    if (typeof value !== 'string') return wrong('indicator', value, base, 'a text')
    const index = this.#indicators.index.get(value)
    if (index !== undefined) {
      draft.indicator = index
      return null
    }
    const known = [...this.#indicators.index.keys()]
    const near = nearest(value, known)
    const some = known.slice(0, 8).join(', ') + (known.length > 8 ? ', …' : '')
    const hint = near === undefined ? `Known here: ${some}.` : `Perhaps ${near}?`
    return refusal('OB-indicator', `${base}/indicator`, { value: shown(value, CODE), hint })
  }

  #value(value: JsonValue, base: string, draft: Draft): Verdict {
    if (value === null || value instanceof NotFinite)
      return refusal('OB-not-finite', `${base}/value`, { field: 'value', value: shown(value, MEASURE) })
    if (typeof value !== 'number') return wrong('value', value, base, 'a number')
    const indicator = this.#indicators.list[draft.indicator]
    if (indicator === undefined || Number.isNaN(stepsOf(indicator, value)))
      return refusal('OB-range', `${base}/value`, {
        value: shownNumber(value),
        field: indicator?.code ?? 'value',
        range: `${indicator?.range[0]} to ${indicator?.range[1]}`,
        unit: indicator?.unit ?? '',
      })
    draft.value = value
    return null
  }

  #time(value: JsonValue, base: string, draft: Draft): Verdict {
    if (typeof value !== 'number' && typeof value !== 'string')
      return wrong('time', value, base, 'a text of ISO 8601 or milliseconds since 1970')
    const bytes = encoder.encode(typeof value === 'string' ? value : '')
    draft.time = typeof value === 'number' ? epochMs(value) : parseInstant(bytes, 0, bytes.length)
    if (!Number.isNaN(draft.time)) return null
    return refusal('OB-time', `${base}/time`, { value: shown(value, MEASURE) }, timeHint(value))
  }

  #id(value: JsonValue | undefined, base: string, draft: Draft): Verdict {
    if (value === undefined) return null
    const bytes = encoder.encode(typeof value === 'string' ? value : '')
    if (bytes.length === 0 || bytes.length > MOST_ID) {
      // An id is never quoted: some make it of a telephone number.
      const found = typeof value === 'string' ? `a text of ${bytes.length} bytes` : `not a text`
      const expected = `a text of 1 to ${MOST_ID} bytes`
      return refusal('OB-type', `${base}/id`, { field: 'id', value: found, expected })
    }
    draft.hasId = true
    this.#fingerprint.ofId(bytes, 0, bytes.length)
    return null
  }

  #place(fields: ReadonlyMap<string, JsonValue>, base: string, draft: Draft): Verdict {
    // Checked even where the register knows better, so that a sender hears of its fault before it is ever moved.
    for (const field of ['lon', 'lat'] as const) {
      const value = fields.get(field)
      const other = field === 'lon' ? 'lat' : 'lon'
      if (value === undefined) {
        if (fields.has(other)) return refusal('OB-missing', `${base}/${field}`, { field })
      } else if (value instanceof NotFinite)
        return refusal('OB-not-finite', `${base}/${field}`, { field, value: value.text })
      else if (typeof value !== 'number') return wrong(field, value, base, 'a number of degrees')
      else draft[field] = value
    }
    for (const field of ['area', 'address'] as const) {
      const value = fields.get(field)
      if (value === undefined) continue
      if (typeof value !== 'string') return wrong(field, value, base, 'a code in quotes')
      draft[field] = value
    }
    return null
  }

  #located(sender: PlacedSender, base: string, draft: Draft): Verdict {
    const found = this.#locator.area(sender, draft)
    if (found >= 0) return null
    const { lon, lat, area, datum } = sender.registration ?? { datum: 'wgs84' }
    if (found === NO_PLACE) return refusal('OB-place', base, {})
    if (found === OUTSIDE && sender.fixed === OUTSIDE) {
      const hint = 'The operator registered this place for the source: ask to have it mended.'
      return refusal('OB-outside', base, { value: `${lon}, ${lat}` }, hint)
    }
    if (found === OUTSIDE) {
      const hint = this.#locator.hint(draft.lon, draft.lat, datum)
      return refusal('OB-outside', `${base}/lon`, {
        value: `${shownNumber(draft.lon)}, ${shownNumber(draft.lat)}`,
        hint,
      })
    }
    // A wrong register is the operator's to mend, and no field of the payload can be pointed at.
    const code = sender.fixed === UNKNOWN_AREA ? area : draft.area
    if (found === UNKNOWN_AREA) {
      const pointer = sender.fixed === UNKNOWN_AREA ? base : `${base}/area`
      return refusal('OB-area', pointer, { value: shown(code ?? '', CODE), grid: this.#locator.grid })
    }
    return found === UNKNOWN_ADDRESS
      ? refusal('OB-address', `${base}/address`, { value: shown(draft.address ?? '', CODE) })
      : null
  }
}

function wrong(field: Field, value: JsonValue, base: string, expected: string): Refusal {
  const quotable = field === 'indicator' || field === 'area' || field === 'address' ? CODE : MEASURE
  return refusal('OB-type', `${base}/${field}`, { field, value: shown(value, quotable), expected })
}

/** What a time that cannot be read most likely is; undefined leaves the catalogue's hint. */
function timeHint(value: string | number): string | undefined {
  if (typeof value === 'number') {
    const unit = epochUnit(value)
    return unit && `This looks like ${unit} since 1970: send milliseconds, or ISO 8601 with an offset.`
  }
  if (/^[0-9]{10,19}$/.test(value)) return 'Send milliseconds since 1970 as a number, without quotes.'
  return /^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9:.,]+$/.test(value)
    ? 'The offset is missing: add it, as +08:00, or Z for UTC.'
    : undefined
}

/** Names that must not stand in a payload, however deep: personal ones, duplicates, and those that poison objects. */
function structure(object: JsonObject, base: string, isTop = true): Verdict {
  for (const [i, key] of object.keys.entries()) {
    const isTwice = object.keys.indexOf(key) < i
    const isOwn = isTop && OWN.has(key)
    if (!isOwn || isTwice) {
      const code = forbidden(key, isTwice)
      if (code !== null) return misnamed(code, key, base)
    }
    const value = object.values[i]
    if (typeof value !== 'object' || value === null) continue
    const inside = nested(value, isWord(key) ? `${base}/${key}` : base)
    if (inside !== null) return inside
  }
  return null
}

function isWord(key: string): boolean {
  return CODE.test(key) && !namesSomebody(key)
}

/** Fields that an observation does not have are let pass otherwise: vendors send what their devices have (battery, firmware). */
function forbidden(key: string, isTwice: boolean): ErrorCode | null {
  if (HARMFUL.has(key)) return 'OB-unknown-field'
  if (isPersonal(key)) return 'OB-personal'
  return isTwice ? 'OB-duplicate' : null
}

/** Names a field only when its name is a word: elsewhere it might be free text itself. */
function misnamed(code: ErrorCode, key: string, base: string): Refusal {
  const field = isWord(key) || (key.length <= 8 && isPersonal(key)) ? key : null
  return refusal(code, field === null ? base : `${base}/${escapePointer(field)}`, {
    field: field ?? 'A field',
  })
}

function nested(value: JsonValue, pointer: string): Verdict {
  if (value instanceof JsonObject) return structure(value, pointer, false)
  if (!Array.isArray(value)) return null
  for (const [i, item] of value.entries()) {
    const inside = nested(item as JsonValue, `${pointer}/${i}`)
    if (inside !== null) return inside
  }
  return null
}

function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
