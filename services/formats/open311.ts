import { create } from 'xmlbuilder2'
import { QingyuError } from '../core/errors.ts'
import { repeatable } from '../core/personal.ts'
import { isoOf } from '../core/time.ts'
import type { Call, HotlineService, Report } from '../hotline-port.ts'

/** Open311 GeoReport v2 (wiki.open311.org/GeoReport_v2): its names on the wire to and from ours. Pure. */

/** How an answer is written. */
export type Format = 'json' | 'xml'

/** Media types of the standard, by format. */
export const MEDIA: Readonly<Record<Format, string>> = {
  json: 'application/json; charset=utf-8',
  xml: 'application/xml; charset=utf-8',
}

type Row = Readonly<Record<string, string | number | boolean | null>>

/** A service as `GET /services` lists it. */
export interface ServiceRow extends Row {
  readonly service_code: string
  readonly service_name: string
}

/** Language of names: Chinese where the client puts it first, else English. */
export function languageOf(accept: string | undefined): 'zh' | 'en' {
  return /^\s*zh\b/i.test(accept ?? '') ? 'zh' : 'en'
}

/** A row of the list of services. No service asks for further attributes, so `metadata` is false. */
export function serviceRow(service: HotlineService, language: 'zh' | 'en'): ServiceRow {
  return {
    service_code: service.code,
    service_name: service.name[language],
    description: `${service.name.zh} ${service.name.en}`,
    metadata: false,
    type: 'realtime',
    keywords: service.keywords,
    group: service.group,
  }
}

/** Where a call is shown: the area it was counted in; its own place is not kept. */
export interface Place {
  readonly code: string
  readonly name: string
  readonly unit: string
  readonly lon: number
  readonly lat: number
}

/** A row of the list of requests. Calls are counted, not handled here, so they stay open. */
export function requestRow(call: Call, serviceName: string, place: Place): Row {
  return {
    service_request_id: call.id,
    status: 'open',
    status_notes: null,
    service_name: serviceName,
    service_code: call.service,
    description: null,
    agency_responsible: place.unit === '' ? null : place.unit,
    service_notice: null,
    requested_datetime: isoOf(call.time),
    updated_datetime: isoOf(call.time),
    expected_datetime: null,
    address: place.name,
    address_id: place.code,
    zipcode: null,
    lat: place.lat,
    long: place.lon,
    media_url: null,
  }
}

function word(fields: Readonly<Record<string, unknown>>, field: string, most: number): string | undefined {
  const value = fields[field]
  if (value === undefined || value === null || value === '') return undefined
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string' || text.length > most)
    throw new QingyuError('HL-field', {
      field,
      // What it is, never what it says: refusals are kept, and a caller's words may name a person.
      value: typeof text === 'string' ? `a text of ${text.length} characters` : typeof value,
      expected: `a text of at most ${most}`,
    })
  return text
}

function degrees(fields: Readonly<Record<string, unknown>>, field: string): number | undefined {
  const text = word(fields, field, 40)
  if (text === undefined) return undefined
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value))
    throw new QingyuError('HL-field', {
      field,
      value: repeatable(text),
      expected: 'degrees as a decimal number',
    })
  return value
}

/** Something like a unified address code; anything else is words, and words may be somebody's home. */
const ADDRESS_CODE = /^[A-Za-z0-9][A-Za-z0-9-]{2,63}$/

/**
 * What is taken of a posted request; names, phones, e-mails, accounts, descriptions and media are not even looked at. `words` is
 * true when the only place is an address in words.
 */
export function readRequest(
  fields: Readonly<Record<string, unknown>>,
  idempotencyKey: string | undefined,
): { report: Report; words: boolean } {
  const service = word(fields, 'service_code', 128)
  if (service === undefined)
    throw new QingyuError('HL-field', {
      field: 'service_code',
      value: 'missing',
      expected: 'a code of GET /services',
    })
  const lat = degrees(fields, 'lat')
  const lon = degrees(fields, 'long') ?? degrees(fields, 'lon')
  const written = word(fields, 'address_string', 512)
  const address =
    word(fields, 'address_id', 64) ??
    (written !== undefined && ADDRESS_CODE.test(written) ? written : undefined)
  const time = word(fields, 'requested_datetime', 40)
  const id = word(fields, 'id', 128) ?? word(fields, 'service_request_id', 128) ?? idempotencyKey
  const placed = lat !== undefined && lon !== undefined
  return {
    report: {
      service,
      ...(time !== undefined && { time: /^\d+$/.test(time) ? Number(time) : time }),
      ...(lat !== undefined && { lat }),
      ...(lon !== undefined && { lon }),
      ...(!placed && address !== undefined && { address }),
      ...(id !== undefined && { id: id.slice(0, 128) }),
    },
    words: !placed && address === undefined && written !== undefined,
  }
}

/** A fault in the standard's own form, with our code and hint beside it. */
export interface Open311Error extends Row {
  /** HTTP status, as the standard has it. */
  readonly code: number
  readonly description: string
  readonly error: string
  readonly hint: string
}

/** Names of the elements that the standard gives to a list and its items. */
const ELEMENTS = {
  services: 'service',
  service_requests: 'request',
  errors: 'error',
} as const

/** Control characters that XML 1.0 cannot hold. */
// oxlint-disable-next-line no-control-regex
const UNFIT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g

/** A list of rows as the standard writes it. */
export function writeList(name: keyof typeof ELEMENTS, rows: readonly Row[], format: Format): string {
  if (format === 'json') return JSON.stringify(rows)
  const document = create({ version: '1.0', encoding: 'utf-8' })
  const root = document.ele(name)
  for (const row of rows) {
    const item = root.ele(ELEMENTS[name])
    for (const [field, value] of Object.entries(row)) {
      const element = item.ele(field)
      if (value !== null) element.txt(String(value).replace(UNFIT, ''))
    }
  }
  return document.end({ prettyPrint: true })
}

/** `GET /services/{code}`: the standard's service definition; there are no attributes to fill in. */
export function writeDefinition(code: string, format: Format): string {
  if (format === 'json') return JSON.stringify({ service_code: code, attributes: [] })
  const document = create({ version: '1.0', encoding: 'utf-8' })
  const root = document.ele('service_definition')
  root.ele('service_code').txt(code)
  root.ele('attributes')
  return document.end({ prettyPrint: true })
}

/** `GET /discovery`: where this service is and what it speaks; `base` is the URL up to `/open311/v2`. */
export function writeDiscovery(base: string, city: string, changed: string, format: Format): string {
  const endpoint = {
    specification: 'http://wiki.open311.org/GeoReport_v2',
    url: base,
    changeset: changed,
    type: 'production',
    formats: ['application/json', 'text/xml'],
  }
  if (format === 'json')
    return JSON.stringify({ changeset: changed, contact: city, key_service: '', endpoints: [endpoint] })
  const document = create({ version: '1.0', encoding: 'utf-8' })
  const root = document.ele('discovery')
  root.ele('changeset').txt(changed)
  root.ele('contact').txt(city)
  root.ele('key_service')
  const entry = root.ele('endpoints').ele('endpoint')
  entry.ele('specification').txt(endpoint.specification)
  entry.ele('url').txt(base)
  entry.ele('changeset').txt(changed)
  entry.ele('type').txt(endpoint.type)
  const formats = entry.ele('formats')
  for (const each of endpoint.formats) formats.ele('format').txt(each)
  return document.end({ prettyPrint: true })
}
