import { QingyuError } from '../core/errors.ts'
import { timeReader, type TimeReader } from './local-time.ts'
import type { ColumnName, Mapping } from './mapping.ts'
import type { Position, Register } from './register.ts'

/** Why a row, or one value of it, went no further than the reader. */
export interface RowFault {
  readonly field: string
  readonly value: string
  readonly expected: string
}

/** One row of a table, cells as text. */
export type Row = readonly string[]

const STEP = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
/** Columns of one table by name. */
export class Header {
  readonly names: readonly string[]
  private readonly file: string
  constructor(names: readonly string[], file: string) {
    // Spreadsheets put a byte order mark before the first name and blanks around others.
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

  /** -1 when the mapping names none. */
  optional(field: string, wanted: ColumnName | undefined): number {
    return wanted === undefined ? -1 : this.find(field, wanted)
  }
}

/** A cell without blanks around it; '' where the row is short. */
export const cellAt = (row: Row, at: number) => (at < 0 ? '' : (row[at] ?? '').trim())

/** Time of a row: a column, a column and its hour, or the row's number. */
export function rowTime(
  mapping: Mapping,
  header: Header,
  file: string,
): (row: Row, index: number) => number | undefined {
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
    // Without this test `1.5` or an empty cell would be midnight.
    return /^\d{1,2}$/.test(text) ? readWithHour(`${cellAt(row, column)} ${text}:00`) : undefined
  }
}

/** Says that a row's time cannot be read. */
export function timeFault(mapping: Mapping, header: Header, row: Row): RowFault {
  const at = mapping.time.column === undefined ? -1 : header.find('time.column', mapping.time.column)
  const formats = mapping.time.format
  const expected = `a time as ${typeof formats === 'string' ? formats : formats.join(' or ')}`
  return { field: header.names[at] ?? 'time', value: cellAt(row, at), expected }
}

/** Where a row says it is; empty when it does not. */
export type Placed = { readonly lon?: number; readonly lat?: number; readonly area?: string }
/** Place of a row; `key` is what its source is called in the file. */
export type Places = (row: Row, key: string) => Placed | RowFault

/** Reads places from the register, an area column, or two columns of degrees. */
export function placesOf(mapping: Mapping, header: Header, register: Register | undefined): Places {
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
