import { createHash, randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, posix } from 'node:path'
import type { Table } from '../core/archive.ts'

/** Marks files that are being written; readers pass over them. */
export const UNFINISHED = '.tmp'

const HOUR_MS = 3_600_000

/** Where the files of a segment lie, with forward slashes, seen from the archive's folder. Days and hours are UTC, as Hive partitions. */
export function tablePath(epoch: string, table: Table, after: number, to: number): string {
  // A segment ends with its hour: the tick at 14:00 tells of what came since 13:00.
  const hour = new Date((Math.ceil(to / HOUR_MS) - 1) * HOUR_MS).toISOString()
  const folder = posix.join(epoch, table, `day=${hour.slice(0, 10)}`, `hour=${hour.slice(11, 13)}`)
  return posix.join(folder, `${after}-${to}.parquet`)
}

export function keyframePath(epoch: string, at: number): string {
  return posix.join(epoch, 'keyframes', `${at}.bin.zst`)
}

export function manifestPath(epoch: string, to: number): string {
  return posix.join(epoch, 'segments', `${to}.json`)
}

export function planPath(hash: string): string {
  return posix.join('plans', `${hash}.json.zst`)
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function sync(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** All files below a folder of the archive, sorted; none where it is not there. */
export function pathsIn(dir: string, folder: string): string[] {
  if (!existsSync(join(dir, folder))) return []
  const entries = readdirSync(join(dir, folder), { withFileTypes: true })
  return entries
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`
      return entry.isDirectory() ? pathsIn(dir, path) : [path]
    })
    .sort()
}

/** Removes files, and folders that this leaves empty; what is gone already is passed over. Durable when it returns. */
export function removeFiles(dir: string, paths: readonly string[]): void {
  const folders = new Set<string>()
  for (const path of paths) {
    rmSync(join(dir, path), { force: true })
    folders.add(posix.dirname(path))
  }
  for (const folder of folders) sync(removeEmpty(dir, folder))
}

/** Removes a folder and those above it as far as they are empty; the one that stays. */
function removeEmpty(dir: string, folder: string): string {
  for (let at = folder; at !== '.'; at = posix.dirname(at))
    try {
      rmdirSync(join(dir, at))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return join(dir, at)
    }
  return dir
}

/**
 * Files that are put in place together: written beside their places first, then renamed, then their folders are made durable.
 * Two processes that write the same do not meet: what is unfinished has a name of its own.
 */
export class Placing {
  readonly #dir: string
  readonly #mark = randomBytes(6).toString('hex')
  readonly #paths: string[] = []

  constructor(dir: string) {
    this.#dir = dir
  }

  /** Where to write the file that will stand at `path`. */
  open(path: string): string {
    this.#paths.push(path)
    const unfinished = this.#unfinished(path)
    mkdirSync(dirname(unfinished), { recursive: true })
    return unfinished
  }

  /** Writes a whole file, durable. */
  write(path: string, bytes: Uint8Array): void {
    writeFileSync(this.open(path), bytes, { flag: 'wx', flush: true })
  }

  /** Has all in place and on disk; nothing else is needed after a power cut. */
  place(): void {
    for (const path of this.#paths) renameSync(this.#unfinished(path), join(this.#dir, path))
    const folders = new Set<string>()
    for (const path of this.#paths)
      for (let at = posix.dirname(path); !folders.has(at); at = posix.dirname(at)) folders.add(at)
    for (const folder of folders) sync(join(this.#dir, folder))
  }

  /** Leaves nothing behind. */
  drop(): void {
    for (const path of this.#paths) rmSync(this.#unfinished(path), { force: true })
  }

  #unfinished(path: string): string {
    return join(this.#dir, `${path}.${this.#mark}${UNFINISHED}`)
  }
}
