import { QingyuError } from '../core/errors.ts'
import type { Observation } from '../core/observation.ts'
import type { Parcel } from '../publisher.ts'
import { timeReader, type TimeReader } from './local-time.ts'
import type { ColumnName, Mapping } from './mapping.ts'
import type { Position, Register } from './register.ts'

/** Why a row, or one value of it, went no further than the reader. */
export interface RowFault {
  readonly field: string
  readonly value: string
  readonly expected: string
}

/** What one row of a table says. */
export interface RowReading {
  /** Event time, ms; undefined when it cannot be read. */
  readonly time: number | undefined
  readonly parcels: readonly Parcel[]
  /** Cells without a value. */
  readonly empty: number
  readonly faults: readonly RowFault[]
}

type Row = readonly string[]
/** Reads row `index` (from 0). Rate: per row. */
export type TableReader = (row: Row, index: number) => RowReading

const STEP = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
/** Names on the wire are at most this long. */
const MOST_NAME = 64

/** A name for topics from a name for people: `QV Market-Peel St` → `qv-market-peel-st`; '' when nothing is left. */
export function slugOf(name: string): string {
  const plain = name.normalize('NFKD').toLowerCase()
  return plain
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, MOST_NAME)
}

/** Columns of one table by name. */
class Header {
  readonly names: readonly string[]
  private readonly file: string
  constructor(names: readonly string[], file: string) {
    this.names = names.map((name) => name.replace(/^\uFEFF/, '').trim())
    this.file = file
  }

  /** Index of a column, or of the first alternative that is there. */
  find(field: string, wanted: ColumnName): number {
    const names = typeof wanted === 'string' ? [wanted] : wanted
    const at = names.map((name) => this.names.indexOf(name)).find((index) => index >= 0)
    if (at !== undefined) return at
    throw new QingyuError('IM-mapping', {
      file: this.file,
      field,
      value: JSON.stringify(wanted),
      expected: `a column of the table: ${this.names.slice(0, 30).join(', ')}`,
    })
  }

  optional(field: string, wanted: ColumnName | undefined): number {
    return wanted === undefined ? -1 : this.find(field, wanted)
  }
}

const cellAt = (row: Row, at: number) => (at < 0 ? '' : (row[at] ?? '').trim())

function rowTime(mapping: Mapping, header: Header, file: string): (row: Row, index: number) => number | undefined {
  const { time } = mapping
  const read: TimeReader = timeReader(time.format, time.zone)
  if (time.column === undefined) {
    const step = time.step ?? ''
    const span = Number.parseInt(step, 10) * STEP[step.slice(-1) as keyof typeof STEP]
    // Elapsed time from the start, so that a change of clocks inside the file neither repeats nor skips an hour.
    const start = timeReader('iso', time.zone)(time.start ?? '')
    if (start === undefined || !Number.isFinite(span))
      throw new QingyuError('IM-mapping', {
        file,
        field: 'time.start',
        value: JSON.stringify(time.start),
        expected: 'a local time as 2012-03-01T00:00:00',
      })
    return (_row, index) => start + index * span
  }
  const column = header.find('time.column', time.column)
  const hour = header.optional('time.hour', time.hour)
  if (hour < 0) return (row) => read(cellAt(row, column))
  const formats = typeof time.format === 'string' ? [time.format] : time.format
  const readWithHour = timeReader(
    formats.map((format) => `${format} HH:mm`),
    time.zone,
  )
  return (row) => {
    const text = cellAt(row, hour)
    return /^\d{1,2}$/.test(text) ? readWithHour(`${cellAt(row, column)} ${text}:00`) : undefined
  }
}

function timeFault(mapping: Mapping, header: Header, row: Row): RowFault {
  const at = mapping.time.column === undefined ? -1 : header.find('time.column', mapping.time.column)
  const formats = mapping.time.format
  const expected = `a time as ${typeof formats === 'string' ? formats : formats.join(' or ')}`
  return { field: header.names[at] ?? 'time', value: cellAt(row, at), expected }
}

type Placed = { readonly lon?: number; readonly lat?: number; readonly area?: string }
type Places = (row: Row, key: string) => Placed | RowFault

function placesOf(mapping: Mapping, header: Header, register: Register | undefined): Places {
  const lonAt = header.optional('place.lon', mapping.place?.lon)
  const latAt = header.optional('place.lat', mapping.place?.lat)
  const areaAt = header.optional('place.area', mapping.place?.area)
  return (row, key) => {
    const known: Position | undefined = register?.(key)
    if (known) return known
    const area = cellAt(row, areaAt)
    if (area !== '') return { area }
    const [lonText, latText] = [cellAt(row, lonAt), cellAt(row, latAt)]
    // A row without a place goes on: the front door refuses it by name, so that it is counted where all refusals are.
    if (mapping.empty.includes(lonText) || mapping.empty.includes(latText)) return {}
    const [lon, lat] = [Number(lonText), Number(latText)]
    if (!Number.isFinite(lon) || lonText === '') return { field: 'lon', value: lonText, expected: 'a number' }
    if (!Number.isFinite(lat) || latText === '') return { field: 'lat', value: latText, expected: 'a number' }
    return { lon, lat }
  }
}

const isFault = (place: Placed | RowFault): place is RowFault => 'expected' in place
const nothing = (time: number | undefined, ...faults: RowFault[]): RowReading => ({ time, parcels: [], empty: 0, faults })

/** What the readers of the three kinds of table have in common. */
interface Parts {
  readonly mapping: Mapping
  readonly header: Header
  readonly time: (row: Row, index: number) => number | undefined
  readonly place: Places
}

/** -0 and float noise of a factor do not reach the wire: nine digits are more than any sensor has. */
const tidy = (value: number) => Number(value.toPrecision(9)) + 0

function valueReader(header: Header, value: NonNullable<Mapping['values']>[number], mapping: Mapping) {
  const at = header.find(`values.${value.indicator}.column`, value.column)
  const perAt = header.optional(`values.${value.indicator}.per`, value.per)
  const empty = new Set([...mapping.empty, ...(value.empty ?? [])])
  const { scale = 1, indicator } = value
  return (row: Row): number | null | RowFault => {
    const text = cellAt(row, at)
    const per = perAt < 0 ? 1 : Number(cellAt(row, perAt))
    if (empty.has(text) || per === 0) return null
    const number = (Number(text) * scale) / per
    if (text === '' || !Number.isFinite(number))
      return { field: header.names[at] ?? indicator, value: text, expected: 'a number' }
    return tidy(number)
  }
}

function longReader({ mapping, header, time, place }: Parts): TableReader {
  const sourceAt = header.find('source.column', mapping.source?.column ?? [])
  const prefix = mapping.source?.prefix ?? ''
  const values = (mapping.values ?? []).map((value) => ({
    indicator: value.indicator,
    read: valueReader(header, value, mapping),
  }))
  return (row, index) => {
    const at = time(row, index)
    if (at === undefined) return nothing(at, timeFault(mapping, header, row))
    const key = cellAt(row, sourceAt)
    const source = slugOf(prefix + key)
    if (key === '' || source === '') return nothing(at, { field: 'source', value: key, expected: 'a name' })
    const where = place(row, key)
    if (isFault(where)) return nothing(at, where)
    const observations: Observation[] = []
    const faults: RowFault[] = []
    let empty = 0
    for (const { indicator, read } of values) {
      const value = read(row)
      if (value === null) empty += 1
      else if (typeof value === 'number') observations.push({ indicator, value, time: at, ...where })
      else faults.push(value)
    }
    const bundle: Parcel = { kind: 'bundle', vendor: mapping.vendor, source, observations }
    return { time: at, parcels: observations.length > 0 ? [bundle] : [], empty, faults }
  }
}

function wideReader({ mapping, header, time, place }: Parts, wide: NonNullable<Mapping['wide']>): TableReader {
  const except = new Set(wide.except)
  const columns = header.names.flatMap((name, at) => {
    const column = { at, name, source: slugOf(wide.prefix + name) }
    return except.has(name) || column.source === '' ? [] : [column]
  })
  const empty = new Set(mapping.empty)
  const { indicator, scale = 1 } = wide
  return (row, index) => {
    const at = time(row, index)
    if (at === undefined) return nothing(at, timeFault(mapping, header, row))
    const parcels: Parcel[] = []
    const faults: RowFault[] = []
    let without = 0
    for (const column of columns) {
      const text = cellAt(row, column.at)
      if (empty.has(text)) {
        without += 1
        continue
      }
      const value = Number(text) * scale
      const where = place(row, column.name)
      if (text === '' || !Number.isFinite(value)) faults.push({ field: column.name, value: text, expected: 'a number' })
      else if (isFault(where)) faults.push(where)
      else
        parcels.push({
          kind: 'bundle',
          vendor: mapping.vendor,
          source: column.source,
          observations: [{ indicator, value: tidy(value), time: at, ...where }],
        })
    }
    return { time: at, parcels, empty: without, faults }
  }
}

/** Service or indicator of a category: exact, then the longest entry that ends with `*`; case does not matter. */
export function categoryReader(services: Readonly<Record<string, string>>, otherwise: string): (name: string) => string {
  const exact = new Map<string, string>()
  const open: [string, string][] = []
  for (const [name, service] of Object.entries(services))
    if (name.endsWith('*')) open.push([name.slice(0, -1).toLowerCase(), service])
    else exact.set(name.toLowerCase(), service)
  open.sort(([a], [b]) => b.length - a.length)
  return (name) => {
    const plain = name.toLowerCase()
    return exact.get(plain) ?? open.find(([start]) => plain.startsWith(start))?.[1] ?? otherwise
  }
}

function callReader({ mapping, header, time, place }: Parts, call: NonNullable<Mapping['call']>): TableReader {
  const idAt = header.find('call.id', call.id)
  const categoryAt = header.find('call.category', call.category)
  const serviceOf = categoryReader(call.services, call.otherwise)
  return (row, index) => {
    const at = time(row, index)
    if (at === undefined) return nothing(at, timeFault(mapping, header, row))
    const key = cellAt(row, idAt)
    if (key === '') return nothing(at, { field: header.names[idAt] ?? 'id', value: key, expected: 'an id' })
    const where = place(row, key)
    if (isFault(where)) return nothing(at, where)
    const id = `${mapping.name}-${key}`
    const service = serviceOf(cellAt(row, categoryAt))
    if (mapping.door === 'http') {
      return { time: at, parcels: [{ kind: 'call', id, service, time: at, ...where }], empty: 0, faults: [] }
    }
    const observations = [{ indicator: service, value: 1, time: at, id, ...where }]
    return {
      time: at,
      parcels: [{ kind: 'bundle', vendor: mapping.vendor, source: mapping.name, observations }],
      empty: 0,
      faults: [],
    }
  }
}

/** Reader of the rows below `names`; throws IM-mapping when the mapping speaks of a column that is not there. */
export function tableReader(
  mapping: Mapping,
  names: readonly string[],
  file: string,
  register?: Register,
): TableReader {
  const header = new Header(names, file)
  const parts: Parts = {
    mapping,
    header,
    time: rowTime(mapping, header, file),
    place: placesOf(mapping, header, register),
  }
  if (mapping.wide) return wideReader(parts, mapping.wide)
  if (mapping.call) return callReader(parts, mapping.call)
  return longReader(parts)
}
