import { parentPort, workerData } from 'node:worker_threads'
import { openArchive } from './adapters/archive.parquet.ts'
import { systemClock } from './adapters/clock.system.ts'
import { standBack, toTell } from './thread.ts'
import { openSession } from './app-replay-session.ts'
import type { FromReplay, ReplaySetting, ToReplay } from './replay-message.ts'

// One session of a replay or drill, in a thread of its own. Nothing here knows a way to people: no notifier, outbox, roster
// keeper, CAP folder or ingest is imported.

const port = parentPort
if (port === null) throw new Error('app-replay-thread is started by services/replays.ts')
const post = (message: FromReplay): void => port.postMessage(message)

async function run(): Promise<void> {
  const setting = workerData as ReplaySetting
  const archive = openArchive(setting.archive)
  const session = await openSession(setting, { archive, clock: systemClock, post })
  const hear = async (message: ToReplay): Promise<void> => {
    await session.hear(message)
    // Nothing else keeps the thread.
    if (message.what === 'close') port?.close()
  }
  port?.on('message', (message: ToReplay) => void hear(message))
  post({ what: 'open', view: session.view })
}

standBack()
await run().catch((fault: unknown) => post({ what: 'failed', fault: toTell(fault) }))
