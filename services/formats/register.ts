import { QingyuError } from '../core/errors.ts'
import type { Mapping } from './mapping.ts'

/** WGS 84 degrees. */
export interface Position {
  readonly lon: number
  readonly lat: number
}

/** Positions by key, or by the alias that the data file uses. */
export type Register = (key: string) => Position | undefined

type RegisterMapping = NonNullable<Mapping['register']>

/** Indexes the rows of a register (header first). Throws IM-mapping when one of its columns is not there. */
export function registerFrom(
  rows: readonly (readonly string[])[],
  mapping: RegisterMapping,
  file: string,
): Register {
  const header = (rows[0] ?? []).map((name) => name.trim())
  const column = (field: 'key' | 'lon' | 'lat') => {
    const at = header.indexOf(mapping[field])
    if (at < 0)
      throw new QingyuError('IM-mapping', {
        file,
        field: `register.${field}`,
        value: JSON.stringify(mapping[field]),
        expected: `a column of the register: ${header.join(', ')}`,
      })
    return at
  }
  const [keyAt, lonAt, latAt] = [column('key'), column('lon'), column('lat')]
  const positions = new Map<string, Position>()
  for (const row of rows.slice(1)) {
    // A register is kept by hand: a line without a position is passed over, and its source has no place.
    const lon = Number.parseFloat(row[lonAt] ?? '')
    const lat = Number.parseFloat(row[latAt] ?? '')
    if (Number.isFinite(lon) && Number.isFinite(lat)) positions.set((row[keyAt] ?? '').trim(), { lon, lat })
  }
  return (key) => positions.get(mapping.aliases[key] ?? key)
}
