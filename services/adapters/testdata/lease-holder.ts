// A process of its own for tests that pause or kill it: a candidate for the lease in Redis. Arguments: URL, prefix.
// It says `gained` and `lost`.
import { writeSync } from 'node:fs'
import { redisOwnership } from '../ownership.redis.ts'
import { quiet, redisConfig } from './redis-states.ts'

const [url = '', prefix = ''] = process.argv.slice(2)

await redisOwnership({
  config: redisConfig({ url, prefix }),
  lease: 'alert',
  name: 'paused',
  logger: quiet,
}).start(async (_, lost) => {
  writeSync(1, 'gained\n')
  await new Promise((resolve) => lost.addEventListener('abort', resolve))
  writeSync(1, 'lost\n')
})
