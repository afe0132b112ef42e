import { randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Cluster, Redis, type ClusterOptions, type RedisOptions } from 'ioredis'
import type { Config } from '../config-schema.ts'
import { QingyuError, sentenceOf } from '../core/errors.ts'

/** Anything that answers commands: one Redis, what sentinels call the master, or a cluster. */
export type RedisClient = Redis | Cluster

/** A command without an answer for so long is given up; its connection is closed a little before. */
const COMMAND_MS = 5000
const SOCKET_MS = 4000
const CONNECT_MS = 3000
/** Waits between two connections, ms: doubled from the first to the last, with up to half as much chance on top. */
const FIRST_WAIT = 50
const LAST_WAIT = 1000
/** Redis must answer by then at the start, ms. */
const OPEN_MS = 8000

/** Wait before try number `times`, ms. The chance comes after the cap: many processes must not come back together. */
export function waitBefore(times: number): number {
  const wait = Math.min(LAST_WAIT, FIRST_WAIT * 2 ** Math.min(times - 1, 10))
  return wait + randomInt(wait / 2)
}

function hostOf(place: string, port: number): { host: string; port: number } {
  const [, host = place, number] = /^(.*?)(?::(\d+))?$/.exec(place.trim()) ?? []
  return { host, port: number === undefined ? port : Number(number) }
}

const hostsOf = (places: string, port: number) => places.split(',').map((place) => hostOf(place, port))

/** Where Redis is, without its password. */
export function addressOf({ url, nodes, sentinels, master }: Config['redis']): string {
  if (nodes !== '') return nodes
  if (sentinels !== '') return `${master} by ${sentinels}`
  return new URL(url).host
}

function tlsOf({ url, ca }: Config['redis']): Pick<RedisOptions, 'tls'> {
  if (!url.startsWith('rediss:') && ca === '') return {}
  try {
    return { tls: ca === '' ? {} : { ca: readFileSync(ca) } }
  } catch (error) {
    const expected = `a readable file (${sentenceOf(error)})`
    throw new QingyuError('CF-value', { file: 'configuration', field: 'redis.ca', value: ca, expected })
  }
}

/**
 * Nothing waits in the client: a command that cannot be sent now, or whose connection closes, is rejected at once, and whoever
 * sent it decides (redis-link.ts). Only the client of a cluster sends some again, while it looks for their node.
 */
function optionsOf(redis: Config['redis'], name: string) {
  return {
    ...(redis.username !== '' && { username: redis.username }),
    ...(redis.password !== '' && { password: redis.password }),
    ...tlsOf(redis),
    connectionName: name,
    family: 0,
    connectTimeout: CONNECT_MS,
    commandTimeout: COMMAND_MS,
    socketTimeout: SOCKET_MS,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    lazyConnect: true,
  } satisfies RedisOptions
}

function singleOptions(redis: Config['redis'], name: string) {
  return {
    ...optionsOf(redis, name),
    enableOfflineQueue: false,
    retryStrategy: waitBefore,
    // A master that became a replica: the sentinels, or the name of the host, know the new one.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  } satisfies RedisOptions
}

const keepName = (host: string, found: (error: null, address: string) => void): void => found(null, host)

function clusterOptions(redis: Config['redis'], name: string) {
  const options = optionsOf(redis, name)
  return {
    redisOptions: options,
    enableOfflineQueue: false,
    lazyConnect: true,
    clusterRetryStrategy: waitBefore,
    slotsRefreshTimeout: CONNECT_MS,
    // Certificates name hosts, not their addresses.
    ...(options.tls && { dnsLookup: keepName }),
  } satisfies ClusterOptions
}

function checkUrl(url: string): void {
  if (URL.canParse(url) && /^rediss?:$/.test(new URL(url).protocol)) return
  const expected = 'redis://host:6379 or rediss://host:6379'
  // It may hold a password, so it is not repeated.
  const value = 'of another form'
  throw new QingyuError('CF-value', { file: 'configuration', field: 'redis.url', value, expected })
}

/** A client that is not connected yet; once it is, it reconnects by itself for ever. `name` is ours in the list of clients. */
export function clientOf(redis: Config['redis'], name: string): RedisClient {
  if (redis.nodes !== '') return new Cluster(hostsOf(redis.nodes, 6379), clusterOptions(redis, name))
  const options = singleOptions(redis, name)
  if (redis.sentinels === '') {
    checkUrl(redis.url)
    return new Redis(redis.url, options)
  }
  return new Redis({
    ...options,
    sentinels: hostsOf(redis.sentinels, 26_379),
    name: redis.master,
    sentinelRetryStrategy: waitBefore,
    sentinelCommandTimeout: CONNECT_MS,
    ...(options.tls && { enableTLSForSentinelMode: true }),
  })
}

/** A connection of the same kind that only listens to channels. */
export function listenerOf(client: RedisClient): RedisClient {
  // The client of a cluster has such a connection inside. Elsewhere a failed attempt to subscribe again would end the process.
  return client instanceof Cluster ? client : client.duplicate({ autoResubscribe: false })
}

/** What Redis says against us in words that waiting does not change. */
const CREDENTIALS = /^(WRONGPASS|NOAUTH|NOPERM)|invalid username-password|ERR AUTH|client sent AUTH/i

/** The sentence inside errors that only say that all nodes failed. */
function reasonOf(error: unknown): string {
  const last: unknown = error instanceof Error && 'lastNodeError' in error ? error.lastNodeError : undefined
  return sentenceOf(last ?? error)
}

function refusal(address: string, error: unknown): QingyuError {
  const why = reasonOf(error)
  const value = address
  if (CREDENTIALS.test(why)) return new QingyuError('ST-credentials', { value, why }, error)
  if (/cluster support disabled/i.test(why)) {
    const hint = 'It is no Redis Cluster: set redis.url instead of redis.nodes.'
    return new QingyuError('ST-redis', { value, why, hint }, error)
  }
  return new QingyuError('ST-unreachable', { value, why }, error)
}

/** Connects; rejects within 10 s with ST-unreachable, ST-credentials or ST-redis, and then leaves nothing open. */
export async function connectRedis(redis: Config['redis'], name: string): Promise<RedisClient> {
  const client = clientOf(redis, name)
  let told: unknown = new Error(`no answer for ${OPEN_MS / 1000} s`)
  let timer: NodeJS.Timeout | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => reject(told as Error), OPEN_MS)
      client.once('ready', resolve)
      client.on('error', (error: Error) => {
        told = error
        reject(error)
      })
      client.on('node error', (error: Error) => (told = error))
      client.connect().catch(reject)
    })
    return client
  } catch (error) {
    client.disconnect()
    // A connection that closed says less than what came before it.
    throw refusal(addressOf(redis), CREDENTIALS.test(reasonOf(told)) ? told : error)
  } finally {
    clearTimeout(timer)
  }
}
