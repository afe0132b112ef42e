import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { keyframeAt, LOG_TABLES, type ArchivedFile, type Damage, type Manifest } from '../core/archive.ts'
import { manifestPath } from './archive-files.ts'
import { decodeManifest } from './archive-manifest.ts'

/** Damages that are remembered. */
const MOST_DAMAGES = 1000

/** Segments that follow each other without a gap, oldest first. */
export interface Chain {
  readonly epoch: string
  readonly segments: readonly Manifest[]
}

interface Read {
  readonly stamp: string
  readonly manifest: Manifest | null
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** Tells versions of a file apart; undefined where there is none. */
function stampOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false })
  return found && `${found.ino}-${found.mtimeMs}-${found.size}`
}

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Whether one follows the other, in ticks and in the offsets of every partition. */
export function follows(before: Manifest, next: Manifest): boolean {
  return (
    before.epoch === next.epoch &&
    before.to === next.after &&
    next.offsets.every(({ partition, from }) => {
      const end = before.offsets.find((each) => each.partition === partition)?.end
      return end === undefined || end === from
    })
  )
}

/** The segments of one epoch, oldest first: of those that overlap the largest, which others were compacted into. */
function largest(manifests: readonly Manifest[]): Manifest[] {
  const sorted = [...manifests].sort((a, b) => a.after - b.after || b.to - a.to)
  const taken: Manifest[] = []
  for (const manifest of sorted) if (manifest.after >= (taken.at(-1)?.to ?? 0)) taken.push(manifest)
  return taken
}

/**
 * What stands in an archive, by its manifests; each is read once and remembered as long as it stands. Files that are gone, cut short
 * or altered are named in `damages`.
 */
export class ArchiveIndex {
  /** The archive's folder. */
  readonly dir: string
  readonly #prefer: string
  readonly #read = new Map<string, Read>()
  readonly #checked = new WeakSet<Manifest>()
  readonly #damages = new Map<string, Damage>()
  /** Paths of files that cannot be used. */
  readonly #bad = new Set<string>()

  /** Where the times of several logs overlap, the log `prefer` counts; '': the one that reaches furthest. */
  constructor(dir: string, prefer: string) {
    this.dir = dir
    this.#prefer = prefer
  }

  get damages(): readonly Damage[] {
    return [...this.#damages.values()]
  }

  /** Segments as they stand now, oldest first, leftovers of compaction and what another log covers left out; readable or not. */
  segments(): readonly Manifest[] {
    const epochs = namesIn(this.dir).filter((name) => /^[0-9a-f]{16}$/.test(name))
    const logs = epochs.map((epoch) => largest(this.#manifests(epoch))).filter((list) => list.length > 0)
    logs.sort(
      (a, b) => this.#weight(b) - this.#weight(a) || ((a[0]?.epoch ?? '') < (b[0]?.epoch ?? '') ? 1 : -1),
    )
    const taken: Manifest[] = []
    for (const log of logs) {
      const [from, to] = [taken.at(0)?.after ?? Infinity, taken.at(-1)?.to ?? -Infinity]
      taken.push(...log.filter((segment) => segment.to <= from || segment.after >= to))
      taken.sort((a, b) => a.after - b.after)
    }
    for (const segment of taken) this.#check(segment)
    return taken
  }

  /** Whether a segment still stands as it was read, or was joined to others or dropped meanwhile. */
  isCurrent({ epoch, to }: Manifest): boolean {
    const path = manifestPath(epoch, to)
    return stampOf(join(this.dir, path)) === this.#read.get(path)?.stamp
  }

  /** Readable segments, those that follow each other together. */
  chains(): readonly Chain[] {
    const chains: { epoch: string; segments: Manifest[] }[] = []
    for (const segment of this.segments()) {
      if (!this.isReadable(segment)) continue
      const chain = chains.at(-1)
      const before = chain?.segments.at(-1)
      if (chain && before && follows(before, segment)) chain.segments.push(segment)
      else chains.push({ epoch: segment.epoch, segments: [segment] })
    }
    return chains
  }

  /** Usable keyframes within a chain, newest first; also those of segments whose tables are damaged, as where one ends before the chain. */
  keyframes({ epoch, segments }: Chain): readonly ArchivedFile[] {
    const [after, to] = [segments.at(0)?.after ?? Infinity, segments.at(-1)?.to ?? -Infinity]
    const within = (at: number) => at >= after && at <= to
    return this.segments()
      .filter((segment) => segment.epoch === epoch)
      .flatMap(({ files }) => files)
      .filter(({ table, path }) => table === 'keyframe' && within(keyframeAt(path)) && !this.isBad(path))
      .reverse()
  }

  /** Whether the log of a segment can be read, as far as is known. */
  isReadable({ files }: Manifest): boolean {
    return !files.some(({ table, path }) => LOG_TABLES.has(table) && this.#bad.has(path))
  }

  isBad(path: string): boolean {
    return this.#bad.has(path)
  }

  /** Names a file that cannot be used; ticks in (after, to] cannot be read because of it. */
  damaged(path: string, message: string, after: number, to: number): void {
    this.#bad.add(path)
    if (this.#damages.size < MOST_DAMAGES)
      this.#damages.set(path, { path, code: 'AV-file', message, after, to })
  }

  #weight(segments: readonly Manifest[]): number {
    return segments[0]?.epoch === this.#prefer ? Infinity : (segments.at(-1)?.to ?? 0)
  }

  #manifests(epoch: string): Manifest[] {
    const names = namesIn(join(this.dir, epoch, 'segments')).filter((name) => /^\d+\.json$/.test(name))
    const paths = new Set(names.map((name) => `${epoch}/segments/${name}`))
    for (const path of this.#read.keys())
      if (path.startsWith(`${epoch}/`) && !paths.has(path)) this.#forget(path)
    return [...paths].flatMap((path) => {
      const manifest = this.#manifest(path)
      return manifest?.epoch === epoch ? [manifest] : []
    })
  }

  /** Reads a manifest, or remembers it; null where it cannot be used or is gone meanwhile. */
  #manifest(path: string): Manifest | null {
    const whole = join(this.dir, path)
    const stamp = stampOf(whole)
    if (stamp === undefined) return null
    const known = this.#read.get(path)
    if (known?.stamp === stamp) return known.manifest
    const bytes = readIfThere(whole)
    if (bytes === undefined) return null
    // It may have been mended from a copy.
    this.#forget(path)
    const manifest = decodeManifest(bytes)
    const to = Number(/(\d+)\.json$/.exec(path)?.[1])
    if (typeof manifest === 'string') this.damaged(path, manifest, 0, to)
    const read = typeof manifest === 'string' ? null : manifest
    this.#read.set(path, { stamp, manifest: read })
    return read
  }

  /** What was known of a manifest, and what was wrong with it. */
  #forget(path: string): void {
    this.#read.delete(path)
    this.#bad.delete(path)
    this.#damages.delete(path)
  }

  /** The cheap check, once: whether every file is there in its length. */
  #check(segment: Manifest): void {
    if (this.#checked.has(segment)) return
    this.#checked.add(segment)
    const { files, after, to } = segment
    for (const { path, bytes, table } of files) {
      const found = statSync(join(this.dir, path), { throwIfNoEntry: false })
      if (found?.size === bytes) continue
      if (!this.isCurrent(segment)) return
      const why = found === undefined ? 'it is missing' : `it has ${found.size} bytes, expected ${bytes}`
      this.damaged(path, why, LOG_TABLES.has(table) ? after : to, to)
    }
  }
}
