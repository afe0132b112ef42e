import { parentPort, workerData } from 'node:worker_threads'
import { openArchive } from './adapters/archive.parquet.ts'
import { RehearsalFolder } from './adapters/rehearsals.folder.ts'
import { rehearsalCsv } from './core/rehearsal-csv.ts'
import type { RehearsalView } from './core/replay-wire.ts'
import type { FromRehearsal, RehearsalSetting } from './rehearsal-message.ts'
import { rehearse } from './rehearsal-run.ts'
import { readRules } from './rules-text.ts'
import { standBack, toTell } from './thread.ts'

// One rehearsal, in a thread of its own: both sides are played, compared and kept here, so that live is not held up by any of it.

const port = parentPort
if (port === null) throw new Error('app-rehearsal-thread is started by services/rehearsals.ts')
const post = (message: FromRehearsal): void => port.postMessage(message)

/** Told at steps of so much. */
const STEP = 0.01

async function run(): Promise<void> {
  const { archive: dir, epoch, folder, view, rules } = workerData as RehearsalSetting
  const archive = openArchive(dir, epoch)
  let told = 0
  const { result, was, would, text, plan } = await rehearse(
    archive,
    { from: view.from, to: view.to, rules: (found) => readRules(rules, found) },
    (share) => {
      if (share - told < STEP) return
      told = share
      post({ what: 'progress', share })
    },
  )
  const done: RehearsalView = { ...view, state: 'done', progress: 1, was, would, text }
  await new RehearsalFolder(folder).finish({ ...done, result }, rehearsalCsv(result, plan))
  post({ what: 'done', view: done })
  await archive.close()
}

standBack()
await run().catch((fault: unknown) => post({ what: 'failed', fault: toTell(fault) }))
