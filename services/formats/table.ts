import type { Observation } from '../core/observation.ts'
import type { Parcel } from '../publisher.ts'
import {
  cellAt,
  Header,
  placesOf,
  rowTime,
  timeFault,
  type Placed,
  type Places,
  type Row,
  type RowFault,
} from './columns.ts'
import type { Mapping } from './mapping.ts'
import type { Register } from './register.ts'

/** What one row of a table says. */
export interface RowReading {
  /** Event time, ms; undefined when it cannot be read. */
  readonly time: number | undefined
  readonly parcels: readonly Parcel[]
  /** Cells without a value. */
  readonly empty: number
  readonly faults: readonly RowFault[]
}

/** Reads row `index` (from 0). Rate: per row. */
export type TableReader = (row: Row, index: number) => RowReading

/** Names on the wire are at most this long. */
const MOST_NAME = 64

/** FNV-1a of a text, eight hex digits. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0
  return hash.toString(16).padStart(8, '0')
}

/**
 * A name for topics from a name for people: `QV Market-Peel St` → `qv-market-peel-st`; '' when it has neither letter nor digit.
 * Where letters are lost (奥体中心) or it is too long, a hash keeps two names apart.
 */
export function slugOf(name: string): string {
  const plain = name.normalize('NFKD').toLowerCase()
  if (!/[\p{L}\p{N}]/u.test(plain)) return ''
  const slug = plain.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '')
  const isWhole = slug.length <= MOST_NAME && !/[^\P{L}a-z]|[^\P{N}0-9]/u.test(plain)
  if (isWhole) return slug
  return `${slug.slice(0, MOST_NAME - 9)}-${hashOf(name)}`.replace(/^-/, '')
}

// A place and a fault share no field; `expected` tells them apart without a tag on every row.
const isFault = (place: Placed | RowFault): place is RowFault => 'expected' in place
const nothing = (time: number | undefined, ...faults: RowFault[]): RowReading => ({
  time,
  parcels: [],
  empty: 0,
  faults,
})

/** What the readers of the three kinds of table have in common. */
interface Parts {
  readonly mapping: Mapping
  readonly header: Header
  readonly time: (row: Row, index: number) => number | undefined
  readonly place: Places
}

/** -0 and float noise of a factor do not reach the wire: nine digits are more than any sensor has. */
const tidy = (value: number) => Number(value.toPrecision(9)) + 0

/** Reads one value: a number, null where there is none, or why it cannot be read. Rate: per value. */
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

/** One row, one source, several indicators. */
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
    if (slugOf(key) === '') return nothing(at, { field: 'source', value: key, expected: 'a name' })
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

/** One row, one time, a source a column. */
function wideReader(
  { mapping, header, time, place }: Parts,
  wide: NonNullable<Mapping['wide']>,
): TableReader {
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
      if (text === '' || !Number.isFinite(value))
        faults.push({ field: column.name, value: text, expected: 'a number' })
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
export function categoryReader(
  services: Readonly<Record<string, string>>,
  otherwise: string,
): (name: string) => string {
  const exact = new Map<string, string>()
  const open: [string, string][] = []
  for (const [name, service] of Object.entries(services))
    if (name.endsWith('*')) open.push([name.slice(0, -1).toLowerCase(), service])
    else exact.set(name.toLowerCase(), service)
  // Longest first, so that `Noise - R*` wins over `Noise*` wherever both fit.
  open.sort(([a], [b]) => b.length - a.length)
  return (name) => {
    const plain = name.toLowerCase()
    return exact.get(plain) ?? open.find(([start]) => plain.startsWith(start))?.[1] ?? otherwise
  }
}

/** One row, one call; its id makes a repeated import a duplicate and not a second call. */
function callReader(
  { mapping, header, time, place }: Parts,
  call: NonNullable<Mapping['call']>,
): TableReader {
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
