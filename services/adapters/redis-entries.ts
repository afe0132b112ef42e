import type { RedisClient } from './redis-client.ts'

/** Fields of one step, so that none keeps Redis long. */
const SCANNED = 1000

/** Characters that a pattern of Redis does not take as themselves. */
const SPECIAL = /[*?[\]\\^]/g

/**
 * Fields of a hash whose names begin with `begin`, with their values, by name. A hash that is written meanwhile is told as ports
 * says of `State.entries`; a field that the scan tells twice is told as it was last.
 */
export async function entriesOf(
  client: RedisClient,
  hash: string,
  begin: string,
): Promise<Map<string, Uint8Array>> {
  const entries = new Map<string, Uint8Array>()
  const pattern = `${begin.replace(SPECIAL, '\\$&')}*`
  let cursor = '0'
  do {
    const [next, found] = await client.hscanBuffer(hash, cursor, 'MATCH', pattern, 'COUNT', SCANNED)
    for (let i = 0; i + 1 < found.length; i += 2) {
      const value = found[i + 1]
      if (value !== undefined) entries.set(String(found[i]), value)
    }
    cursor = String(next)
  } while (cursor !== '0')
  return new Map([...entries].sort(([a], [b]) => (a < b ? -1 : 1)))
}
