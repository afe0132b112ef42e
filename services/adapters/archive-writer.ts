import type { ArchiverSetting } from '../archive-message.ts'
import type { SegmentWriter } from '../archiver-port.ts'
import { compactSegments } from './archive-compact.ts'
import { ArchiveIndex } from './archive-index.ts'
import { writePlan, writeSegment, type ArchivePlan } from './archive-segment.ts'
import { retainArchive, sweepArchive } from './archive-upkeep.ts'

/** Writes an archive of Parquet files. Ages count back from ticks, not from a clock: data of ten years ago are as young as their own last tick. */
export function segmentWriter(
  { dir, document, epoch, retention, maxSize }: Omit<ArchiverSetting, 'every' | 'keyframe' | 'program'>,
  plan: ArchivePlan,
): SegmentWriter {
  // However young: who wrote it has lost the archive, and must not finish.
  const index = new ArchiveIndex(dir, epoch)
  const sweep = () => sweepArchive(index, epoch, Infinity)
  return {
    async begin() {
      await writePlan(dir, document)
      await sweep()
    },
    write: (draft) => writeSegment(dir, draft, plan),
    compact: (segments) => compactSegments(dir, segments),
    async retain(newest) {
      await retainArchive(index, { now: newest, before: retention === 0 ? 0 : newest - retention, maxSize })
      await sweep()
    },
  }
}
