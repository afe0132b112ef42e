import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** How far an import came: everything up to `row` (a count from the start) is acknowledged as durable. */
export interface Checkpoint {
  /** Names what is imported where: hash of file and mapping, and the door. */
  readonly key: string
  readonly row: number
}

/** Keeps the checkpoint of one import in a small file; a finished import leaves none. */
export interface CheckpointFile {
  readonly path: string
  /** Rows that need not be sent again; 0 when nothing fitting is kept. */
  read(): number
  /** Replaces the file in one step, so that a crash leaves the old or the new one. */
  write(row: number): void
  remove(): void
}

/** Checkpoint at `path`, or under `folder` with a name made from `key`. A damaged or foreign file counts as none. */
export function checkpointFile(
  key: string,
  place: { path: string | undefined; folder: string },
): CheckpointFile {
  const path = place.path ?? join(place.folder, `${key.replaceAll(/[^A-Za-z0-9-]+/g, '-')}.json`)
  return {
    path,
    read() {
      try {
        const kept = JSON.parse(readFileSync(path, 'utf8')) as Partial<Checkpoint>
        return kept.key === key && Number.isSafeInteger(kept.row) ? (kept.row ?? 0) : 0
      } catch {
        return 0
      }
    },
    write(row) {
      mkdirSync(dirname(path), { recursive: true })
      const kept: Checkpoint = { key, row }
      writeFileSync(`${path}.new`, JSON.stringify(kept))
      renameSync(`${path}.new`, path)
    },
    remove() {
      rmSync(path, { force: true })
    },
  }
}
