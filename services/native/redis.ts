import type { ProcessSpec } from './process.ts'
import { answerOf, LOOPBACK } from './reach.ts'

/** Where a Redis keeps its data and listens. */
export interface RedisPlace {
  readonly name: string
  /** An existing folder of its own. */
  readonly dir: string
  readonly port: number
  /** Further arguments of redis-server. */
  readonly args?: readonly string[]
}

/** Redis with an append-only file that evicts nothing. */
export function redisSpec({ name, dir, port, args = [] }: RedisPlace): ProcessSpec {
  return {
    name,
    command: 'redis-server',
    package: 'redis-server',
    address: `redis://${LOOPBACK}:${port}`,
    args: [
      `--bind ${LOOPBACK} --port ${port} --appendonly yes --appendfsync everysec`.split(' '),
      '--maxmemory-policy noeviction --loglevel warning'.split(' '),
      ['--dir', dir, '--save', ''],
      args,
    ].flat(),
    // While it reads its file it answers -LOADING.
    isReady: async () => (await answerOf(port, 'PING\r\n'))?.startsWith('+PONG') ?? false,
  }
}
