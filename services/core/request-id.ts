import { Fingerprint } from './idempotency.ts'

const encoder = new TextEncoder()
const fingerprint = new Fingerprint()

/** Names a call to the hotline by its partition and the hash that the log keeps of its key, as `3-00ff…` (base 36, 16 hex digits). */
export function requestIdOf(partition: number, high: number, low: number): string {
  const word = (half: number) => half.toString(16).padStart(8, '0')
  return `${partition.toString(36)}-${word(high)}${word(low)}`
}

/** The name that a call with this key will have, known before the log has taken it. */
export function requestIdOfKey(partition: number, key: string): string {
  const bytes = encoder.encode(key)
  fingerprint.ofId(bytes, 0, bytes.length)
  return requestIdOf(partition, fingerprint.high, fingerprint.low)
}

/** Partition in a request id; undefined when it is not one. */
export function partitionOfRequest(id: string): number | undefined {
  const partition = /^([0-9a-z]{1,3})-[0-9a-f]{16}$/.exec(id)?.[1]
  return partition === undefined ? undefined : Number.parseInt(partition, 36)
}

/**
 * Source name of a hotline's service: names of sources are [a-z0-9-], 1 to 64; services may be called anything, so one that has to
 * be rewritten carries a hash, and two services never share a source.
 */
export function serviceSource(service: string): string {
  if (/^[a-z0-9-]{1,64}$/.test(service)) return service
  let hash = 0x811c9dc5
  for (const byte of encoder.encode(service)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  const slug = service
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 56)
    .replace(/^-+|-+$/g, '')
  return `${slug === '' ? 'service' : slug}-${hash.toString(36)}`
}
