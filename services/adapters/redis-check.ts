import { QingyuError } from '../core/errors.ts'
import { belongsKey, LAYOUT } from './redis-keys.ts'
import type { RedisLink } from './redis-link.ts'
import { BELONG } from './redis-script.ts'

/** What the keys of a prefix belong to. */
export interface Belonging {
  readonly city: string
  /** Version of the grid. */
  readonly grid: string
  /** Partitions of the log. */
  readonly partitions: number
  /** Epoch of the log. */
  readonly epoch: string
}

/** Oldest version whose commands suffice. */
const OLDEST = 7

/** The lines `name:value` of an answer to INFO. */
function infoOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split('\r\n').map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon), line.slice(colon + 1)]
    }),
  )
}

function checkInfo(value: string, info: ReadonlyMap<string, string>, isCluster: boolean): void {
  const version = info.get('redis_version') ?? ''
  if (Number.parseInt(version, 10) < OLDEST) {
    const hint = `Use Redis ${OLDEST}.0 or newer.`
    throw new QingyuError('ST-redis', { value, why: `it is version ${version}`, hint })
  }
  if (info.get('role') !== 'master') {
    const hint = 'Give the address of the master, or of the sentinels that know it.'
    throw new QingyuError('ST-redis', { value, why: 'it is a replica', hint })
  }
  if (info.get('redis_mode') === 'cluster' && !isCluster) {
    const hint = 'Set redis.nodes instead of redis.url.'
    throw new QingyuError('ST-redis', { value, why: 'it is a node of a Redis Cluster', hint })
  }
  const found = info.get('maxmemory_policy') ?? 'unknown'
  if (info.get('maxmemory') !== '0' && found !== 'noeviction')
    throw new QingyuError('ST-evicts', { value, found })
}

/** One Redis that can be asked about itself. */
interface Server {
  readonly options: { readonly host?: string | undefined; readonly port?: number | undefined }
  info(): Promise<string>
}

/** Throws ST-evicts or ST-redis where a Redis may not be trusted with the state. INFO tells all of it, also where CONFIG is forbidden. */
export async function checkServers(
  link: { readonly address: string; masters(): readonly Server[] },
  isCluster: boolean,
): Promise<void> {
  for (const node of link.masters()) {
    const info = infoOf(await node.info())
    const { host, port } = node.options
    checkInfo(isCluster ? `${host}:${port}` : link.address, info, isCluster)
  }
}

function sentence([city, grid, partitions, epoch, layout]: readonly string[]): string {
  return `${city}, grid ${grid}, ${partitions} partitions, log ${epoch}, layout ${layout}`
}

/** Writes down whom the prefix belongs to where nobody did; throws ST-prefix where it belongs to others. */
export async function checkPrefix(link: RedisLink, prefix: string, belonging: Belonging): Promise<void> {
  const { city, grid, epoch } = belonging
  const ours = { city, grid, partitions: String(belonging.partitions), epoch, layout: LAYOUT }
  const found = await link.run(BELONG, [belongsKey(prefix)], ...Object.entries(ours).flat())
  const [value, expected] = [(found as Buffer[]).map(String), Object.values(ours)].map(sentence)
  if (value !== expected)
    throw new QingyuError('ST-prefix', { prefix, value: value ?? '', expected: expected ?? '' })
}
