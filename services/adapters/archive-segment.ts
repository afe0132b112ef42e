import { LogRows } from '../core/archive-log.ts'
import { archiveNames, type ArchiveNames } from '../core/archive-names.ts'
import { alertRows, changeRows } from '../core/archive-outcomes.ts'
import {
  TABLES,
  type ArchivedFile,
  type Keyframe,
  type Manifest,
  type SegmentDraft,
  type Table,
  type TickSlice,
} from '../core/archive.ts'
import { encodeKeyframe } from '../core/keyframe-bytes.ts'
import type { Plan } from '../core/plan.ts'
import { keyframePath, manifestPath, Placing, planPath, sha256Of, tablePath } from './archive-files.ts'
import { encodeManifest } from './archive-manifest.ts'
import { TABLE_COLUMNS } from './archive-tables.ts'
import { TableFile, type Columns } from './parquet-table.ts'
import { zstd } from './zstd.ts'

/** What the tables of an archive are named by. */
export type ArchivePlan = Pick<Plan, 'grid' | 'indicators' | 'scheme'>

/** Observations that are gathered before they go to the file. */
const ROWS_AT_ONCE = 65_536

function columnsOf(table: Table, rows: readonly object[]): Columns {
  return Object.fromEntries(
    TABLE_COLUMNS[table].map(({ name }) => [name, rows.map((row) => Reflect.get(row, name) as unknown)]),
  )
}

/** A segment being written: tables as they fill, then all in place at once, the manifest last. */
export class SegmentFiles {
  readonly #dir: string
  readonly #placing: Placing
  readonly #place: (table: Table) => string
  readonly #tables = new Map<Table, TableFile>()
  readonly #keyframes: ArchivedFile[] = []
  readonly #names: ArchiveNames

  constructor(
    dir: string,
    { epoch, after, to }: Pick<Manifest, 'epoch' | 'after' | 'to'>,
    names: ArchiveNames,
  ) {
    this.#dir = dir
    this.#placing = new Placing(dir)
    this.#place = (table) => tablePath(epoch, table, after, to)
    this.#names = names
  }

  slices(slices: Iterable<TickSlice>): void {
    let rows = new LogRows(this.#names)
    for (const slice of slices) {
      rows.add(slice)
      if (rows.observations.at.length < ROWS_AT_ONCE) continue
      this.#log(rows)
      rows = new LogRows(this.#names)
    }
    this.#log(rows)
  }

  rows(table: Table, rows: readonly object[]): void {
    if (rows.length > 0) this.append(table, columnsOf(table, rows))
  }

  append(table: Table, columns: Columns): void {
    const [first] = Object.values(columns)
    if (first === undefined || first.length === 0) return
    let file = this.#tables.get(table)
    if (file === undefined) {
      file = new TableFile(this.#placing.open(this.#place(table)), TABLE_COLUMNS[table])
      this.#tables.set(table, file)
    }
    file.append(columns)
  }

  keyframe(epoch: string, keyframe: Keyframe): void {
    const path = keyframePath(epoch, keyframe.at)
    const bytes = zstd(encodeKeyframe(keyframe))
    this.#placing.write(path, bytes)
    const rows = keyframe.parts.reduce((sum, { entries }) => sum + entries.size, 0)
    this.#keyframes.push({ table: 'keyframe', path, rows, bytes: bytes.length, sha256: sha256Of(bytes) })
  }

  /** Ends the tables and puts all in place. `kept` are files that lie there already. */
  finish(manifest: Omit<Manifest, 'format' | 'files'>, kept: readonly ArchivedFile[] = []): Manifest {
    const files = TABLES.flatMap((table): ArchivedFile[] => {
      const file = this.#tables.get(table)
      return file === undefined ? [] : [{ table, path: this.#place(table), ...file.finish() }]
    })
    this.#placing.place()
    const { epoch, after, to, ticks, plan, grid, rules, program, clock, offsets, digest } = manifest
    const named = { epoch, after, to, ticks, plan, grid, rules, program, clock, offsets }
    const all = [...files, ...kept, ...this.#keyframes]
    const whole: Manifest = { format: 1, ...named, files: all, digest }
    const last = new Placing(this.#dir)
    last.write(manifestPath(epoch, to), encodeManifest(whole))
    last.place()
    return whole
  }

  /** Leaves nothing behind of what was not finished. */
  drop(): void {
    for (const table of this.#tables.values()) table.drop()
    this.#placing.drop()
  }

  #log(rows: LogRows): void {
    this.append('observations', { ...rows.observations })
    this.rows('ticks', rows.ticks)
    this.rows('actions', rows.actions)
  }
}

/**
 * Writes a segment: tables and keyframes first, its manifest last, all durable when it resolves. The same draft gives the same
 * bytes, so writing it again after a crash changes nothing. Throws what the file system does.
 */
export async function writeSegment(dir: string, draft: SegmentDraft, plan: ArchivePlan): Promise<Manifest> {
  const { manifest, slices, outcomes, keyframes } = draft
  const names = archiveNames(plan.grid.codes, plan.indicators.list)
  const files = new SegmentFiles(dir, manifest, names)
  try {
    files.slices(slices)
    files.rows('changes', changeRows(outcomes, plan))
    files.rows('alerts', alertRows(outcomes, plan))
    for (const keyframe of keyframes) files.keyframe(manifest.epoch, keyframe)
    return files.finish(manifest)
  } catch (error) {
    files.drop()
    throw error
  }
}

/** Puts a plan document (services/plan-document) where `Manifest.plan` names it; again, nothing changes. */
export async function writePlan(dir: string, document: { readonly hash: string }): Promise<void> {
  const { hash, ...rest } = document
  const placing = new Placing(dir)
  try {
    placing.write(planPath(hash), zstd(new TextEncoder().encode(JSON.stringify(rest))))
    placing.place()
  } catch (error) {
    placing.drop()
    throw error
  }
}
