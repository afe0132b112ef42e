import { randomBytes } from 'node:crypto'
import { accessSync, closeSync, constants, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { open, type Database, type Key, type RootDatabase, type RootDatabaseOptions } from 'lmdb'
import { QingyuError, sentenceOf } from '../core/errors.ts'
import { inspectDataFile } from './data-file.lmdb.ts'
import { takeLock } from './folder-lock.ts'
import { GroupCommit } from './group-commit.lmdb.ts'
import { SLOT_KEYS } from './slot.lmdb.ts'

/** Layout of the named databases; a folder of another layout is refused. */
const LAYOUT = 1
const DATABASES = 16

/** What a folder belongs to; opening it for anything else is refused with ST-city. */
export interface Belonging {
  readonly city: string
  /** Version of the grid. */
  readonly grid: string
  readonly partitions: number
}

interface Meta extends Belonging {
  readonly layout: number
  readonly epoch: string
}

/** One open data folder: the environment that log, state and dead letters share, and its one writer. */
export interface DataFolder extends Belonging {
  readonly dir: string
  /** 16 hex digits, drawn when the folder was made. */
  readonly epoch: string
  readonly commits: GroupCommit
  /** Raw bytes by {@link slotOf}; with `versions` each value carries a number beside it. */
  bytes(name: string, versions?: boolean): Database<Uint8Array, number>
  /** JSON values by any ordered key. */
  values<Value, K extends Key>(name: string): Database<Value, K>
  /** Raw bytes by string. */
  named(name: string): Database<Uint8Array, string>
  /** Bytes that the pages of a database take; LMDB never gives pages back to the file system, it uses them again. */
  sizeOf(database: Database<Uint8Array, number>): number
  /** Runs a first look at the databases; what LMDB cannot read becomes ST-damaged. */
  checked<Found>(look: () => Found): Found
  /** Lets go of the snapshot that reads see; after a fault LMDB answers nothing on the old one. */
  refresh(): void
  /** Resolves when what was submitted so far is on disk or has failed. */
  settled(): Promise<void>
  /** Settles, closes and lets other processes in. Nothing may be read afterwards. */
  close(): Promise<void>
}

function describe(belonging: Belonging): string {
  return `${belonging.city} (grid ${belonging.grid}, ${belonging.partitions} partitions)`
}

function prepare(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true })
    accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw unwritable(dir, error)
  }
}

function unwritable(dir: string, error: unknown): QingyuError {
  const expected = `a folder that can be written (${sentenceOf(error)})`
  return new QingyuError(
    'CF-value',
    { file: 'configuration', field: 'data.dir', value: dir, expected },
    error,
  )
}

function lock(dir: string): { release(): void } {
  let lockOrHolder
  try {
    lockOrHolder = takeLock(dir)
  } catch (error) {
    throw unwritable(dir, error)
  }
  if (!lockOrHolder.taken) throw new QingyuError('ST-locked', { dir, value: lockOrHolder.holder })
  return lockOrHolder
}

function opened<Opened>(dir: string, run: () => Opened): Opened {
  try {
    return run()
  } catch (error) {
    throw new QingyuError('ST-damaged', { dir, why: sentenceOf(error) }, error)
  }
}

function openRoot(dir: string): RootDatabase {
  // Without overlappingSync a commit is reported when it is on disk and not before; what belongs to a commit, GroupCommit says.
  const options = { maxDbs: DATABASES, overlappingSync: false, eventTurnBatching: false, noSubdir: false }
  return opened(dir, () => {
    inspectDataFile(join(dir, 'data.mdb'))
    return open({ path: dir, ...options })
  })
}

// The environment's own files are new in their folder: their names must survive a power cut as well.
function syncFolder(dir: string): void {
  const handle = openSync(dir, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

function meet(root: RootDatabase, dir: string, wanted: Belonging, epoch: string): Meta {
  const database = opened(dir, () => root.openDB<Meta, string>('meta', { encoding: 'json' }))
  const known = opened(dir, () => database.get('folder'))
  if (known === undefined) {
    const made: Meta = { layout: LAYOUT, epoch, ...pick(wanted) }
    database.putSync('folder', made)
    syncFolder(dir)
    return made
  }
  if (known.layout !== LAYOUT) {
    throw new QingyuError('ST-version', { dir, value: known.layout, expected: LAYOUT })
  }
  if (describe(known) !== describe(wanted)) {
    throw new QingyuError('ST-city', { dir, value: describe(known), expected: describe(wanted) })
  }
  return known
}

function pick({ city, grid, partitions }: Belonging): Belonging {
  return { city, grid, partitions }
}

/** Draws the name of a new log. */
const drawn = (): string => randomBytes(8).toString('hex')

/**
 * Opens or makes a data folder; one that is made is of the log `epoch`. Throws ST-locked (another process, or this one, has it open), ST-version, ST-city, ST-damaged,
 * and CF-value when it cannot be written.
 */
export function openDataFolder(path: string, wanted: Belonging, epoch = drawn()): DataFolder {
  const dir = resolve(path)
  prepare(dir)
  const held = lock(dir)
  let root: RootDatabase | undefined
  try {
    root = openRoot(dir)
    const meta = meet(root, dir, wanted, epoch)
    return folderOf(dir, root, meta, held)
  } catch (error) {
    // Closing settles later, but nothing was written that could still be on its way.
    void root?.close()
    held.release()
    throw error
  }
}

function folderOf(dir: string, root: RootDatabase, meta: Meta, held: { release(): void }): DataFolder {
  const commits = new GroupCommit(root, dir)
  let closing: Promise<void> | undefined
  async function close(): Promise<void> {
    await commits.close()
    try {
      await root.close()
    } finally {
      held.release()
    }
  }
  return {
    ...pick(meta),
    dir,
    epoch: meta.epoch,
    commits,
    bytes(name, versions = false) {
      const options: RootDatabaseOptions = {
        encoding: 'binary',
        useVersions: versions,
        keyEncoder: SLOT_KEYS,
      }
      return opened(dir, () => root.openDB(name, options))
    },
    values: (name) => opened(dir, () => root.openDB(name, { encoding: 'json' })),
    named: (name) => opened(dir, () => root.openDB(name, { encoding: 'binary' })),
    sizeOf: (database) => pagesOf(database.getStats()),
    checked: (look) => opened(dir, look),
    refresh: () => root.resetReadTxn(),
    settled: () => commits.settled(),
    close: () => (closing ??= close()),
  }
}

// The file does not shrink, so its length says nothing about what is kept.
function pagesOf(stats: object): number {
  const count = (name: string): number => {
    const value: unknown = Reflect.get(stats, name)
    return typeof value === 'number' ? value : 0
  }
  const pages = count('treeBranchPageCount') + count('treeLeafPageCount') + count('overflowPages')
  return pages * count('pageSize')
}
