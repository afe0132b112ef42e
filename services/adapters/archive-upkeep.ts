import { statSync } from 'node:fs'
import { join } from 'node:path'
import { keyframeAt, type Manifest } from '../core/archive.ts'
import { spareKeyframes } from '../core/keyframe-keeping.ts'
import { manifestPath, pathsIn, Placing, removeFiles, UNFINISHED } from './archive-files.ts'
import { follows, type ArchiveIndex, type Chain } from './archive-index.ts'
import { encodeManifest } from './archive-manifest.ts'

/** How much of an archive is kept; times in ms. */
export interface ArchiveRetention {
  readonly now: number
  /** Segments that end at or before this are dropped; 0: none. */
  readonly before: number
  /** Oldest segments are dropped above this size, bytes. */
  readonly maxSize: number
}

/** What a segment takes on disk, bytes; its manifest is small beside it. */
function sizeOf({ files }: Manifest): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0)
}

const hasKeyframe = ({ files }: Manifest, at: number): boolean =>
  files.some(({ table, path }) => table === 'keyframe' && keyframeAt(path) <= at)

/** How many of the oldest segments go: never the newest, nor those that the oldest kept one is played from. */
function countSpare(segments: readonly Manifest[], { before, maxSize }: ArchiveRetention): number {
  let size = segments.reduce((sum, segment) => sum + sizeOf(segment), 0)
  let count = 0
  for (const segment of segments.slice(0, -1)) {
    if (segment.to > before && size <= maxSize) break
    size -= sizeOf(segment)
    count++
  }
  // Back to the keyframe from which the oldest kept one is played, as far as they follow each other.
  const after = segments[count]?.after ?? 0
  for (let i = count; i > 0; i--) {
    const [earlier, next] = [segments[i - 1], segments[i]]
    if (!earlier || !next || !follows(earlier, next)) return count
    if (hasKeyframe(earlier, after)) return i - 1
  }
  return count
}

/** Removes a segment: its manifest first, so that nobody reads what is half gone. */
function removeSegment(dir: string, { epoch, to, files }: Manifest): void {
  removeFiles(dir, [manifestPath(epoch, to)])
  removeFiles(
    dir,
    files.map(({ path }) => path),
  )
}

/** Takes keyframes out of their manifests, then away. */
function thin(dir: string, { segments }: Chain, now: number): void {
  const ats = segments.flatMap(({ files }) =>
    files.flatMap(({ table, path }) => (table === 'keyframe' ? [keyframeAt(path)] : [])),
  )
  const spare = new Set(spareKeyframes(ats, now))
  for (const segment of segments) {
    const gone = segment.files.filter(
      ({ table, path }) => table === 'keyframe' && spare.has(keyframeAt(path)),
    )
    if (gone.length === 0) continue
    const files = segment.files.filter((file) => !gone.includes(file))
    const placing = new Placing(dir)
    placing.write(manifestPath(segment.epoch, segment.to), encodeManifest({ ...segment, files }))
    placing.place()
    removeFiles(
      dir,
      gone.map(({ path }) => path),
    )
  }
}

/**
 * Drops whole segments of all logs that are too old or too many, oldest first, and thins the keyframes of the others (core/keyframe-keeping).
 * The stretch before the oldest kept segment stays back to the keyframe that it is played from. Answers what was dropped. One
 * process at a time.
 */
export async function retainArchive(
  index: ArchiveIndex,
  retention: ArchiveRetention,
): Promise<readonly Manifest[]> {
  const { dir } = index
  const segments = index.segments()
  const dropped = segments.slice(0, countSpare(segments, retention))
  for (const segment of dropped) removeSegment(dir, segment)
  for (const chain of index.chains()) thin(dir, chain, retention.now)
  return dropped
}

/**
 * Removes what a crash left of one log: files that were not finished, smaller segments that were joined, files that no manifest
 * names. Only what is older than `before` (ms): another process may be writing. One process at a time. Answers the paths. The index
 * prefers that log, so that none of its segments counts as covered by another.
 */
export async function sweepArchive(
  index: ArchiveIndex,
  epoch: string,
  before: number,
): Promise<readonly string[]> {
  const { dir } = index
  if (statSync(join(dir, epoch), { throwIfNoEntry: false }) === undefined) return []
  const segments = index.segments().filter((segment) => segment.epoch === epoch)
  const named = new Set([
    ...segments.map(({ to }) => manifestPath(epoch, to)),
    ...segments.flatMap(({ files }) => files.map(({ path }) => path)),
  ])
  const broken = new Set(index.damages.map(({ path }) => path))
  const left = pathsIn(dir, epoch).filter(
    (path) =>
      !named.has(path) &&
      // A manifest that cannot be read may be mended from a copy, with what it names.
      (path.endsWith(UNFINISHED) || broken.size === 0) &&
      (statSync(join(dir, path), { throwIfNoEntry: false })?.mtimeMs ?? before) < before,
  )
  removeFiles(dir, left)
  return left
}
