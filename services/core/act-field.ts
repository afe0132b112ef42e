import { QingyuError } from './errors.ts'
import { repeatable } from './personal.ts'

/** Fields of something that came as JSON; none for what is no object. */
export function fieldsIn(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** AL-field about one field of an act; texts that are no codes are told by their length only. */
export function badField(field: string, value: unknown, expected: string): QingyuError {
  return new QingyuError('AL-field', { field, value: shown(value), expected })
}

/** AL-unknown about the id of something that an act names. */
export function unknownId(what: string, value: unknown): QingyuError {
  return new QingyuError('AL-unknown', { what, value: shown(value) })
}

function shown(value: unknown): string | number {
  if (typeof value === 'string') return value === '' ? 'empty' : repeatable(value)
  if (typeof value === 'number') return value
  if (Array.isArray(value)) return `a list of ${value.length}`
  return value === undefined ? 'missing' : value === null ? 'null' : `a ${typeof value}`
}
