// A process of its own for tests that kill or pause it: the alert stage of a cluster, on a story's ticks in Redis.
// Arguments: URL, prefix, name. It says `active`, `lost`, and what else there is to tell.
import { writeSync } from 'node:fs'
import { redisOwnership } from '../adapters/ownership.redis.ts'
import { openRedisState } from '../adapters/state.redis.ts'
import { quiet } from '../adapters/testdata/redis-states.ts'
import { startAlert } from '../alert.ts'
import { Alerting } from '../core/alerting.ts'
import { conducted } from '../core/conducted.ts'
import { STORY_PLAN, STORY_POLICY, storyState } from './alert-story.ts'

const [url = '', prefix = '', name = ''] = process.argv.slice(2)
const options = storyState({ url, prefix })
const say = (what: string): void => void writeSync(1, `${what}\n`)

const state = await openRedisState(options)
startAlert({
  ticks: conducted(state, STORY_PLAN.partitions),
  state,
  plan: STORY_PLAN,
  ownership: redisOwnership({ config: options.config, lease: 'alert', name, logger: quiet }),
  watch: (stored) => new Alerting(STORY_PLAN, STORY_POLICY, stored),
  report: say,
  onActive: (_, lost) => {
    say('active')
    lost.addEventListener('abort', () => say('lost'))
  },
}).failed.catch((fault: unknown) => say(String(fault)))
