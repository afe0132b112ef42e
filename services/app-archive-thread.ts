import { parentPort, workerData } from 'node:worker_threads'
import { openArchive } from './adapters/archive.parquet.ts'
import { segmentWriter } from './adapters/archive-writer.ts'
import { systemClock } from './adapters/clock.system.ts'
import { unpackRecords, type ArchiverSetting, type FromArchiver, type ToArchiver } from './archive-message.ts'
import { restoreCity } from './archiver-restore.ts'
import { Archiver, compactPart, type ArchiverParts } from './archiver.ts'
import { readPlanDocument } from './plan-document.ts'

// The thread that writes the archive. Whatever is not mended by waiting ends it; the keeper starts another one.

const port = parentPort
if (port === null) throw new Error('app-archive-thread is started by services/app-archive.ts')
const post = (message: FromArchiver): void => port.postMessage(message)
const setting = workerData as ArchiverSetting

function partsOf(): ArchiverParts {
  const { document, epoch, program, every, keyframe } = setting
  const { config, plan, policy } = readPlanDocument(document)
  return {
    ...{ plan, policy, every, keyframe, clock: systemClock },
    head: { epoch, plan: document.hash, grid: plan.grid.version, program, clock: config.clock.source },
    writer: segmentWriter(setting, plan),
    waiting: (why) => post({ what: 'waits', why }),
    report: (sentence) => post({ what: 'report', sentence }),
    written: (progress) => post({ what: 'written', progress }),
  }
}

/** Where the archive stands, with what a predecessor left undone. */
async function open(parts: ArchiverParts) {
  await parts.writer.begin()
  const archive = openArchive(setting.dir, setting.epoch)
  try {
    const restored = await restoreCity({ ...parts, archive })
    for (const part of restored.apart) await compactPart(parts, part, (run) => run())
    return restored
  } finally {
    await archive.close()
  }
}

const parts = partsOf()
const { city, part } = await open(parts)
const all = Array.from({ length: parts.plan.partitions }, (_, partition) => partition)
let archiver = new Archiver(parts, city, part)

async function hear(message: ToArchiver): Promise<void> {
  if (message.what === 'follow' && message.cutOff !== null)
    archiver = new Archiver(parts, { offsets: message.cutOff }, [])
  if (message.what === 'stop') {
    await archiver.flush()
    port?.close()
  }
  if (message.what !== 'records') return
  await archiver.take(unpackRecords(message.packed))
  post({
    what: 'wants',
    partitions: all.filter((partition) => archiver.wants(partition)),
    taken: archiver.taken,
  })
}

port.on('message', (message: ToArchiver) => void hear(message))
post({ what: 'open', progress: archiver.progress })
