import { parentPort, workerData } from 'node:worker_threads'
import { openArchive } from './adapters/archive.parquet.ts'
import { segmentWriter } from './adapters/archive-writer.ts'
import { systemClock } from './adapters/clock.system.ts'
import type { ArchiverSetting, FromArchiver, ToArchiver } from './archive-message.ts'
import { serveArchiver } from './archiver-thread.ts'
import type { ArchiverParts } from './archiver.ts'
import { readPlanDocument } from './plan-document.ts'
import { standBack } from './thread.ts'

// The thread that writes the archive. What waiting does not mend ends it; its keeper starts another one.

const port = parentPort
if (port === null) throw new Error('app-archive-thread is started by services/app-archive.ts')
const post = (message: FromArchiver): void => port.postMessage(message)

function partsOf(setting: ArchiverSetting): ArchiverParts {
  const { document, epoch, program, every, keyframe } = setting
  const { config, plan, policy } = readPlanDocument(document)
  return {
    plan,
    policy,
    head: { epoch, plan: document.hash, grid: plan.grid.version, program, clock: config.clock.source },
    writer: segmentWriter(setting, plan),
    clock: systemClock,
    every,
    keyframe,
    waiting: (why) => post({ what: 'waits', why }),
    report: (sentence) => post({ what: 'report', sentence }),
    written: (progress) => post({ what: 'written', progress }),
  }
}

// Vendors are acknowledged first.
standBack()
const setting = workerData as ArchiverSetting
const hear = await serveArchiver({
  parts: partsOf(setting),
  open: () => openArchive(setting.dir, setting.epoch),
  post,
  leave: () => port.close(),
})
port.on('message', (message: ToArchiver) => void hear(message))
