import type { StateEntry } from './commit.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** JSON as it stands in the state and in records. */
export function jsonBytes(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value))
}

/** Reads back {@link jsonBytes}; only what this program wrote. */
export function jsonOf<Value>(bytes: Uint8Array): Value {
  return JSON.parse(decoder.decode(bytes)) as Value
}

/** A state entry whose value is JSON; undefined deletes it. */
export function jsonEntry(key: string, value: unknown): StateEntry {
  return { key, value: value === undefined ? null : jsonBytes(value) }
}

/** Values under a prefix that {@link jsonEntry} wrote, with the key behind it, in the order of the keys. */
export function jsonEntries<Value>(
  entries: ReadonlyMap<string, Uint8Array>,
  prefix: string,
): readonly (readonly [key: string, value: Value])[] {
  return [...entries]
    .filter(([key]) => key.startsWith(prefix))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, bytes]) => [key.slice(prefix.length), jsonOf<Value>(bytes)])
}
