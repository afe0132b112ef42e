// A process of its own for tests that kill it: log, state and alert stage on a data folder, playing a story to its end.
// Arguments: folder, port of the receiver, file of the story. It begins at a line on stdin and says each step, and `over`.
import { readFileSync, writeSync } from 'node:fs'
import { deserialize } from 'node:v8'
import { systemClock } from '../adapters/clock.system.ts'
import { openDataFolder } from '../adapters/data-folder.lmdb.ts'
import { lmdbLog } from '../adapters/log.lmdb.ts'
import { webhookNotifier } from '../adapters/notifier.webhook.ts'
import { systemRandom } from '../adapters/random.system.ts'
import { lmdbState } from '../adapters/state.lmdb.ts'
import { playStory, STORY_PLAN, type Story } from './alert-story.ts'

const [dir = '', port = '', file = ''] = process.argv.slice(2)
const story = deserialize(readFileSync(file)) as Story
const { grid, partitions } = STORY_PLAN

process.stdin.once('data', () => {
  process.stdin.destroy()
  void play()
})

async function play(): Promise<void> {
  const folder = openDataFolder(dir, { city: grid.city, grid: grid.version, partitions })
  const clock = systemClock
  const reach = { permitted: ['127.0.0.1'] }
  await playStory(story, {
    log: lmdbLog(folder),
    state: lmdbState(folder),
    clock,
    random: systemRandom(),
    notifier: webhookNotifier({ secret: 'secret', reach, plan: STORY_PLAN, clock, program: 'test' }),
    address: (person) => `http://127.0.0.1:${port}/${person}`,
    say: (what) => void writeSync(1, `${what}\n`),
  })
  await folder.close()
  writeSync(1, 'over\n')
}
