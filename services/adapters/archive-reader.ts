import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  actionRecord,
  byPlace,
  slicesOf,
  tickRecord,
  type ActionRow,
  type TickRow,
} from '../core/archive-log.ts'
import { ObservationCodec, type ObservationColumns, type PlacedRecord } from '../core/archive-observations.ts'
import type { ArchiveNames } from '../core/archive-names.ts'
import { LOG_TABLES, type ArchivedFile, type Manifest, type Table, type TickSlice } from '../core/archive.ts'
import { QingyuError, sentenceOf } from '../core/errors.ts'
import { sha256Of } from './archive-files.ts'
import { TABLE_COLUMNS } from './archive-tables.ts'
import { readTable, type Columns } from './parquet-table.ts'

/** The fault of one file. */
export function fileFault(path: string, why: string, cause?: unknown): QingyuError {
  return new QingyuError('AV-file', { value: path, why }, cause)
}

/** Why a file cannot be used, without its name. */
export function whyOf(error: unknown): string {
  return error instanceof QingyuError ? String(error.parameters['why'] ?? error.message) : sentenceOf(error)
}

/** A file's bytes, to the bit what was written. AV-file otherwise; ENOENT when it is gone. */
export function wholeFile(dir: string, { path, bytes, sha256 }: ArchivedFile): Uint8Array {
  const found = readFileSync(join(dir, path))
  if (found.length !== bytes) throw fileFault(path, `it has ${found.length} bytes, expected ${bytes}`)
  if (sha256Of(found) !== sha256) throw fileFault(path, 'it was altered: its SHA-256 is another')
  return found
}

function rowsOf(columns: Columns): object[] {
  const names = Object.keys(columns)
  const [first = []] = Object.values(columns)
  return Array.from(first, (_, i) => Object.fromEntries(names.map((name) => [name, columns[name]?.[i]])))
}

/** Records beside the observations, few, in the order of the log; `verbatim` names records of observations among them. */
interface Others {
  readonly records: readonly PlacedRecord[]
  readonly verbatim: ReadonlySet<string>
}

const placeOf = (partition: number, offset: number): string => `${partition}/${offset}`

async function othersIn(files: ReadonlyMap<Table, Uint8Array>): Promise<Others> {
  const records: PlacedRecord[] = []
  const verbatim = new Set<string>()
  for await (const columns of tableIn(files, 'ticks'))
    for (const row of rowsOf(columns) as TickRow[]) {
      const record = tickRecord(row)
      if (record === null) throw new TypeError('a row of ticks says nothing')
      records.push(record)
      if (row.kind === 'observations') verbatim.add(placeOf(row.partition, row.offset))
    }
  for await (const columns of tableIn(files, 'actions'))
    for (const row of rowsOf(columns) as ActionRow[]) records.push(actionRecord(row))
  return { records: records.sort(byPlace), verbatim }
}

async function* tableIn(files: ReadonlyMap<Table, Uint8Array>, table: Table): AsyncGenerator<Columns> {
  const bytes = files.get(table)
  if (bytes !== undefined) yield* readTable(bytes, TABLE_COLUMNS[table])
}

/** Rows before the last record, which may go on in the next row group. */
function beforeLast({ partition, offset }: ObservationColumns): number {
  let rows = offset.length
  const [lastPartition, lastOffset] = [partition[rows - 1], offset[rows - 1]]
  while (rows > 0 && offset[rows - 1] === lastOffset && partition[rows - 1] === lastPartition) rows--
  return rows
}

/** Records of observations from row groups; those that stand verbatim elsewhere are left out. */
class Observed {
  readonly #codec: ObservationCodec
  readonly #verbatim: ReadonlySet<string>
  #rest: Columns | null = null

  constructor(names: ArchiveNames, verbatim: ReadonlySet<string>) {
    this.#codec = new ObservationCodec(names)
    this.#verbatim = verbatim
  }

  take(next: Columns): PlacedRecord[] {
    const columns = this.#joined(next)
    const rows = beforeLast(columns as unknown as ObservationColumns)
    this.#rest = Object.fromEntries(Object.entries(columns).map(([name, data]) => [name, data.slice(rows)]))
    return this.#records(columns, rows)
  }

  end(): PlacedRecord[] {
    const rest = this.#rest ?? {}
    this.#rest = null
    return this.#records(rest, rest['at']?.length ?? 0)
  }

  #joined(next: Columns): Columns {
    const rest = this.#rest
    if (rest === null) return next
    return Object.fromEntries(
      Object.entries(next).map(([name, data]) => [name, (rest[name] ?? []).concat(Array.from(data))]),
    )
  }

  #records(from: Columns, rows: number): PlacedRecord[] {
    const columns = from as unknown as ObservationColumns
    const records: PlacedRecord[] = []
    for (let row = 0; row < rows;) {
      const [partition, offset] = [columns.partition[row] ?? 0, columns.offset[row] ?? 0]
      let to = row + 1
      while (to < rows && columns.offset[to] === offset && columns.partition[to] === partition) to++
      if (!this.#verbatim.has(placeOf(partition, offset))) {
        const bytes = this.#codec.take(columns, row, to)
        if (bytes === null) throw new TypeError('an area or indicator is not in its plan')
        records.push({ at: columns.at[row] ?? 0, partition, offset, bytes })
      }
      row = to
    }
    return records
  }
}

/** Two lists in the order of the log as slices. */
function slicesFrom(a: readonly PlacedRecord[], b: readonly PlacedRecord[]): readonly TickSlice[] {
  const slices = slicesOf([...a, ...b].sort(byPlace))
  if (slices === null) throw new TypeError('records of a partition do not follow each other')
  return slices
}

/** How many records stand before tick `at`. */
function countBefore(records: readonly PlacedRecord[], at: number): number {
  const first = records.findIndex((record) => record.at >= at)
  return first < 0 ? records.length : first
}

/**
 * Slices of a segment, some at a time. All its files of the log are checked before the first; memory: a row group of observations
 * and the other records of the segment. AV-file names the file that cannot be used; ENOENT when one is gone.
 */
export async function* readSegment(
  dir: string,
  { files }: Manifest,
  names: ArchiveNames,
): AsyncGenerator<readonly TickSlice[]> {
  const log = files.filter(({ table }) => LOG_TABLES.has(table))
  const bytes = new Map(log.map((file) => [file.table as Table, wholeFile(dir, file)]))
  const path = log[0]?.path ?? '?'
  try {
    yield* slicesIn(bytes, names)
  } catch (error) {
    throw fileFault(path, sentenceOf(error), error)
  }
}

async function* slicesIn(
  files: ReadonlyMap<Table, Uint8Array>,
  names: ArchiveNames,
): AsyncGenerator<readonly TickSlice[]> {
  const { records: others, verbatim } = await othersIn(files)
  const observed = new Observed(names, verbatim)
  let waiting: PlacedRecord[] = []
  let told = 0
  for await (const columns of tableIn(files, 'observations')) {
    waiting.push(...observed.take(columns))
    // What follows may still belong to the last tick.
    const until = waiting.at(-1)?.at ?? 0
    const ready = countBefore(waiting, until)
    const [from, to] = [told, countBefore(others, until)]
    told = Math.max(from, to)
    yield slicesFrom(waiting.slice(0, ready), others.slice(from, told))
    waiting = waiting.slice(ready)
  }
  yield slicesFrom([...waiting, ...observed.end()], others.slice(told))
}
