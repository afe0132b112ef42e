import { unpackRecords, type FromArchiver, type ToArchiver } from './archive-message.ts'
import { restoreCity } from './archiver-restore.ts'
import { Archiver, compactPart, type ArchiverParts } from './archiver.ts'
import type { Archive } from './ports.ts'

/** What the thread of the archiver is made of. */
export interface ArchiverThread {
  readonly parts: ArchiverParts
  /** Opens the archive that is written, for reading. */
  readonly open: () => Archive
  readonly post: (message: FromArchiver) => void
  /** Ends the thread once all is written. */
  readonly leave: () => void
}

/** Finds where the archive stands, with what a predecessor left undone, and answers what hears the messages to the thread. */
export async function serveArchiver({
  parts,
  open,
  post,
  leave,
}: ArchiverThread): Promise<(message: ToArchiver) => Promise<void>> {
  await parts.writer.begin()
  const archive = open()
  const { city, part, apart } = await restoreCity({ ...parts, archive })
  await archive.close()
  for (const each of apart) await compactPart(parts, each, (run) => run())
  let archiver = new Archiver(parts, city, part)
  post({ what: 'open', progress: archiver.progress })
  const partitions = Array.from({ length: parts.plan.partitions }, (_, partition) => partition)

  return async (message) => {
    if (message.what === 'follow' && message.cutOff !== null)
      archiver = new Archiver(parts, { offsets: message.cutOff }, [])
    if (message.what === 'stop') {
      await archiver.flush()
      leave()
    }
    if (message.what !== 'records') return
    await archiver.take(unpackRecords(message.packed))
    const wanted = partitions.filter((partition) => archiver.wants(partition))
    post({ what: 'wants', partitions: wanted, taken: archiver.taken })
  }
}
