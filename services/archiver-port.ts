import type { Manifest, SegmentDraft } from './core/archive.ts'

/** What an archive is written by: one writer at a time. A call that rejects with what the disk says may be made again. */
export interface SegmentWriter {
  /** Puts the plan in place, and takes away what a writer left that was ended while it wrote. */
  begin(): Promise<void>
  /** Writes a segment; it counts from when its manifest is in place, which comes last. Written again it is the same. */
  write(draft: SegmentDraft): Promise<Manifest>
  /** Puts one segment in the place of those that follow each other: the same bytes as if it had been written at once. AV-file. */
  compact(segments: readonly Manifest[]): Promise<Manifest>
  /** Drops what is too old, seen from tick `newest` (ms), and the oldest above the size allowed. Rate: per day of ticks. */
  retain(newest: number): Promise<void>
}

/** How far an archive has come. */
export interface ArchiveProgress {
  /** Last tick written, ms; 0 before the first. */
  readonly at: number
  /** By partition, the first record that is not written. */
  readonly offsets: readonly number[]
  /** Segments and bytes written since the start. */
  readonly segments: number
  readonly bytes: number
}
