import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { parseInstant } from '../core/time.ts'
import { CAP_NAMESPACE } from './cap.ts'

/** What a CAP message does wrong: the element, with the clause of CAP 1.2 that says so, and why in a sentence. */
export interface CapFault {
  readonly rule: string
  readonly why: string
}

/** Largest message looked at, characters. */
const MOST_TEXT = 4_000_000
/** Faults told of one message. */
const MOST_FAULTS = 100

const STATUSES = ['Actual', 'Exercise', 'System', 'Test', 'Draft']
const TYPES = ['Alert', 'Update', 'Cancel', 'Ack', 'Error']
/** Message types that speak of an earlier one (3.2.1, msgType). */
const REFERRING = ['Update', 'Cancel', 'Ack', 'Error']
const SCOPES = ['Public', 'Restricted', 'Private']
const CATEGORIES = 'Geo Met Safety Security Rescue Fire Health Env Transport Infra CBRNE Other'.split(' ')
const RESPONSES = 'Shelter Evacuate Prepare Execute Avoid Monitor Assess AllClear None'.split(' ')
const URGENCIES = ['Immediate', 'Expected', 'Future', 'Past', 'Unknown']
const SEVERITIES = ['Extreme', 'Severe', 'Moderate', 'Minor', 'Unknown']
const CERTAINTIES = ['Observed', 'Likely', 'Possible', 'Unlikely', 'Unknown']

/** 3.3.2: seconds, and the offset in digits. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d$/
/** 3.2.1: what would break the list of references. */
const BREAKING = /[\s,<&]/
/** 3.2.2, language: RFC 3066. */
const LANGUAGE = /^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$/
const NUMBER = /^[-+]?\d+(\.\d+)?$/

type Element = Readonly<Record<string, unknown>>

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  removeNSPrefix: false,
})

const isElement = (value: unknown): value is Element => typeof value === 'object' && value !== null

/** All elements of that name below one, as they stand. */
function all(element: Element, name: string): readonly unknown[] {
  const found = element[name]
  return found === undefined ? [] : Array.isArray(found) ? found : [found]
}

/** Text of an element as it was written; '' where it holds others. */
function written(element: unknown): string {
  const value = isElement(element) ? element['#text'] : element
  return typeof value === 'string' ? value : ''
}

/** Trimmed text of the first element of that name; '' when there is none or it is empty. */
const text = (element: Element, name: string) => written(all(element, name)[0]).trim()
const texts = (element: Element, name: string) => all(element, name).map((each) => written(each).trim())

const instant = (value: string) => {
  const bytes = new TextEncoder().encode(value)
  return TIME.test(value) ? parseInstant(bytes, 0, bytes.length) : NaN
}

class Findings {
  readonly faults: CapFault[] = []

  add(rule: string, why: string): void {
    if (this.faults.length < MOST_FAULTS) this.faults.push({ rule, why })
  }

  /** A word of a list; absent ones only where they need not be there. */
  word(rule: string, value: string, known: readonly string[]): void {
    if (!known.includes(value))
      this.add(rule, value === '' ? 'is missing' : `is ${quoted(value)}, expected one of ${known.join(', ')}`)
  }

  time(rule: string, value: string): void {
    if (Number.isNaN(instant(value)))
      this.add(rule, `is ${quoted(value)}, expected a time as 2026-11-22T08:00:00+08:00, never with Z`)
  }
}

const quoted = (value: string) => `"${value.slice(0, 80)}"`

/** Takes the prefix of the CAP namespace off names, so that `cap:alert` is read like `alert`. */
function unprefixed(value: unknown, prefix: string): unknown {
  if (Array.isArray(value)) return value.map((item) => unprefixed(item, prefix))
  if (!isElement(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name.startsWith(prefix) ? name.slice(prefix.length) : name,
      unprefixed(each, prefix),
    ]),
  )
}

/**
 * What a message does wrong by the rules that CAP 1.2 states in prose, and by those of the schema that need no schema to be seen;
 * none for a sound one. It never throws: what is no XML at all is a fault, too.
 */
export function capFaults(xml: string): CapFault[] {
  const found = new Findings()
  const alert = alertIn(xml, found)
  if (alert !== null) {
    heads(alert, found)
    references(alert, found)
    const infos = all(alert, 'info').map((each) => (isElement(each) ? each : {}))
    for (const [i, info] of infos.entries()) informs(info, `info ${i + 1}`, found)
  }
  return found.faults
}

function alertIn(xml: string, found: Findings): Element | null {
  if (xml.length > MOST_TEXT) {
    found.add('document', `has ${xml.length} characters, at most ${MOST_TEXT} are read`)
    return null
  }
  // Entities of its own could make a small file a large one; CAP (3.3) needs none.
  if (/<!DOCTYPE/i.test(xml)) {
    found.add('document (3.3)', 'has a document type, which no message needs')
    return null
  }
  const valid = XMLValidator.validate(xml)
  if (valid !== true) {
    found.add('document', `is no XML: line ${valid.err.line}: ${valid.err.msg}`)
    return null
  }
  const document = parser.parse(xml) as Element
  const name = Object.keys(document).find((key) => /^([\w.-]+:)?alert$/.test(key))
  const root = name === undefined ? undefined : document[name]
  if (name === undefined || !isElement(root)) {
    found.add('alert (3.2.1)', 'is missing')
    return null
  }
  const prefix = name.slice(0, name.length - 'alert'.length)
  const space = written(root[prefix === '' ? '@xmlns' : `@xmlns:${prefix.slice(0, -1)}`])
  if (space !== CAP_NAMESPACE)
    found.add('alert (3.3)', `is of namespace ${quoted(space)}, expected ${CAP_NAMESPACE}`)
  return (prefix === '' ? root : unprefixed(root, prefix)) as Element
}

function heads(alert: Element, found: Findings): void {
  for (const name of ['identifier', 'sender']) {
    const value = written(all(alert, name)[0])
    if (value.trim() === '') found.add(`${name} (3.2.1)`, 'is missing')
    else if (BREAKING.test(value))
      found.add(`${name} (3.2.1)`, `is ${quoted(value)}: no spaces, commas, < or & are permitted`)
  }
  found.time('sent (3.2.1)', text(alert, 'sent'))
  found.word('status (3.2.1)', text(alert, 'status'), STATUSES)
  found.word('msgType (3.2.1)', text(alert, 'msgType'), TYPES)
  const scope = text(alert, 'scope')
  found.word('scope (3.2.1)', scope, SCOPES)
  if (scope === 'Restricted' && text(alert, 'restriction') === '')
    found.add('restriction (3.2.1)', 'is missing: scope Restricted must say to whom')
  if (scope === 'Private' && text(alert, 'addresses') === '')
    found.add('addresses (3.2.1)', 'is missing: scope Private must say to whom')
}

function references(alert: Element, found: Findings): void {
  const type = text(alert, 'msgType')
  const listed = text(alert, 'references')
    .split(/\s+/)
    .filter((each) => each !== '')
  if (REFERRING.includes(type) && listed.length === 0)
    found.add('references (3.2.1)', `is missing or empty: msgType ${type} must name the messages it is about`)
  const own = text(alert, 'identifier')
  const sent = instant(text(alert, 'sent'))
  for (const each of listed) {
    const [sender = '', identifier = '', time = '', ...more] = each.split(',')
    if (sender === '' || identifier === '' || more.length > 0 || Number.isNaN(instant(time)))
      found.add('references (3.2.1)', `has ${quoted(each)}, expected sender,identifier,sent`)
    else if (identifier === own && sender === text(alert, 'sender'))
      found.add('references (3.2.1)', 'names the message itself')
    else if (instant(time) > sent) found.add('references (3.2.1)', `names ${quoted(each)}, which is later`)
  }
}

function informs(info: Element, where: string, found: Findings): void {
  const at = (name: string) => `${where} ${name} (3.2.2)`
  const language = text(info, 'language')
  if (language !== '' && !LANGUAGE.test(language))
    found.add(at('language'), `is ${quoted(language)}, expected a language as zh-CN (RFC 3066)`)
  const categories = texts(info, 'category')
  if (categories.length === 0) found.add(at('category'), 'is missing')
  for (const category of categories) found.word(at('category'), category, CATEGORIES)
  if (text(info, 'event') === '') found.add(at('event'), 'is missing')
  for (const response of texts(info, 'responseType')) found.word(at('responseType'), response, RESPONSES)
  found.word(at('urgency'), text(info, 'urgency'), URGENCIES)
  found.word(at('severity'), text(info, 'severity'), SEVERITIES)
  found.word(at('certainty'), text(info, 'certainty'), CERTAINTIES)
  const given = ['effective', 'onset', 'expires'].filter((name) => all(info, name).length > 0)
  for (const name of given) found.time(at(name), text(info, name))
  if (instant(text(info, 'expires')) <= instant(text(info, 'effective')))
    found.add(at('expires'), 'is not after effective: it held at no time')
  for (const name of ['eventCode', 'parameter'])
    for (const each of all(info, name))
      if (!isElement(each) || text(each, 'valueName') === '' || all(each, 'value').length === 0)
        found.add(at(name), 'has no valueName and value')
  for (const [i, each] of all(info, 'area').entries())
    covers(isElement(each) ? each : {}, `${where} area ${i + 1}`, found)
}

function covers(area: Element, where: string, found: Findings): void {
  const at = (name: string) => `${where} ${name} (3.2.4)`
  if (text(area, 'areaDesc') === '') found.add(at('areaDesc'), 'is missing')
  for (const polygon of texts(area, 'polygon')) {
    const fault = polygonFault(polygon)
    if (fault !== null) found.add(at('polygon'), fault)
  }
  for (const circle of texts(area, 'circle')) {
    const [centre = '', radius = '', ...more] = circle.split(/\s+/)
    if (!isPosition(centre) || !NUMBER.test(radius) || Number(radius) < 0 || more.length > 0)
      found.add(at('circle'), `is ${quoted(circle)}, expected lat,lon and a radius in km`)
  }
  if (all(area, 'ceiling').length > 0 && all(area, 'altitude').length === 0)
    found.add(at('ceiling'), 'stands without altitude')
}

function isPosition(pair: string): boolean {
  const [lat = '', lon = '', ...more] = pair.split(',')
  if (!NUMBER.test(lat) || !NUMBER.test(lon) || more.length > 0) return false
  return Math.abs(Number(lat)) <= 90 && Math.abs(Number(lon)) <= 180
}

function polygonFault(polygon: string): string | null {
  const points = polygon.split(/\s+/)
  const wrong = points.find((point) => !isPosition(point))
  if (wrong !== undefined) return `has ${quoted(wrong)}, expected lat,lon in degrees (WGS 84)`
  if (points.length < 4) return `has ${points.length} points, at least 4 are needed`
  const [first = '', last = ''] = [points[0], points.at(-1)]
  return first.split(',').every((each, i) => Number(each) === Number(last.split(',')[i]))
    ? null
    : 'is not closed: its last point is not its first'
}
