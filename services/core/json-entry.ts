import type { StateEntry } from './commit.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** A state entry whose value is JSON; undefined deletes it. */
export function jsonEntry(key: string, value: unknown): StateEntry {
  return { key, value: value === undefined ? null : encoder.encode(JSON.stringify(value)) }
}

/** Values under a prefix that {@link jsonEntry} wrote, with the key behind it, in the order of the keys. */
export function jsonEntries<Value>(
  entries: ReadonlyMap<string, Uint8Array>,
  prefix: string,
): readonly (readonly [key: string, value: Value])[] {
  return [...entries]
    .filter(([key]) => key.startsWith(prefix))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, bytes]) => [key.slice(prefix.length), JSON.parse(decoder.decode(bytes)) as Value])
}
