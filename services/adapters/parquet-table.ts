import { createHash, type Hash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { parquetMetadata, parquetRead, type DecodedArray, type Encoding, type SchemaElement } from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { unzstd, zstd } from './zstd.ts'

/** A column of a table. Times are ms since 1970, `long` are whole numbers of at most 2^53, `id` any of 64 bits. */
export interface ColumnSpec {
  readonly name: string
  readonly type: 'time' | 'int' | 'long' | 'id' | 'double' | 'text' | 'bytes'
  readonly isNullable?: boolean
  /** `sorted`: near the value before; `repeated`: few different ones. */
  readonly habit?: 'sorted' | 'repeated'
}

/** Columns of equal length by name. */
export type Columns = Readonly<Record<string, readonly unknown[]>>

/** A file as it was written. */
export interface WrittenFile {
  readonly rows: number
  readonly bytes: number
  readonly sha256: string
}

/** Rows of a row group: what is held in memory at once, of writers and readers. */
export const GROUP_ROWS = 122_880
/** Largest page that is read, bytes: a row group of texts may be one. */
const MOST_PAGE = 1 << 28

const ELEMENTS = {
  time: { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' },
  int: { type: 'INT32' },
  long: { type: 'INT64' },
  id: { type: 'INT64' },
  double: { type: 'DOUBLE' },
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  bytes: { type: 'BYTE_ARRAY' },
} as const satisfies Record<ColumnSpec['type'], Partial<SchemaElement>>

/** A column in which every fourth value is new gains nothing from a dictionary. */
function encodingOf({ type, habit }: ColumnSpec, data: readonly unknown[]): Encoding | undefined {
  if (habit === 'sorted') return 'DELTA_BINARY_PACKED'
  if (habit === 'repeated') return 'RLE_DICTIONARY'
  if (type !== 'double') return undefined
  const isFew = new Set(data).size * 4 <= data.length
  return isFew ? 'RLE_DICTIONARY' : 'BYTE_STREAM_SPLIT'
}

function schemaOf(specs: readonly ColumnSpec[]): SchemaElement[] {
  const leaves = specs.map(({ name, type, isNullable }): SchemaElement => ({
    name,
    repetition_type: isNullable ? 'OPTIONAL' : 'REQUIRED',
    ...ELEMENTS[type],
  }))
  return [{ name: 'root', num_children: leaves.length }, ...leaves]
}

/** Bytes that go to a file after every row group. */
class FileWriter extends ByteWriter {
  readonly #file: number
  readonly #hash: Hash = createHash('sha256')

  constructor(file: number) {
    super()
    this.#file = file
  }

  flush(): void {
    const bytes = new Uint8Array(this.buffer, 0, this.index)
    for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at)
    this.#hash.update(bytes)
    this.index = 0
  }

  override finish(): void {
    this.flush()
  }

  digest(): string {
    return this.#hash.digest('hex')
  }
}

/** A Parquet file being written, one row group after another; the same rows give the same bytes, however they are handed in. */
export class TableFile {
  readonly #specs: readonly ColumnSpec[]
  readonly #file: number
  readonly #writer: FileWriter
  readonly #parquet: ParquetWriter
  readonly #waiting: Readonly<Record<string, unknown[]>>
  #rows = 0
  #isClosed = false

  /** `path` must not exist. */
  constructor(path: string, specs: readonly ColumnSpec[]) {
    this.#specs = specs
    this.#file = openSync(path, 'wx')
    this.#writer = new FileWriter(this.#file)
    this.#parquet = new ParquetWriter({
      writer: this.#writer,
      schema: schemaOf(specs),
      codec: 'ZSTD',
      compressors: { ZSTD: zstd },
      createdBy: 'qingyu',
    })
    this.#waiting = Object.fromEntries(specs.map(({ name }) => [name, []]))
  }

  append(columns: Columns): void {
    let rows = 0
    for (const { name } of this.#specs) {
      const waiting = this.#waiting[name] ?? []
      for (const value of columns[name] ?? []) waiting.push(value)
      rows = waiting.length
    }
    for (; rows >= GROUP_ROWS; rows -= GROUP_ROWS) this.#write(GROUP_ROWS)
  }

  /** Ends the file and has it on disk. */
  finish(): WrittenFile {
    const [first] = Object.values(this.#waiting)
    if (first !== undefined && first.length > 0) this.#write(first.length)
    void this.#parquet.finish()
    fsyncSync(this.#file)
    this.drop()
    return { rows: this.#rows, bytes: this.#writer.offset, sha256: this.#writer.digest() }
  }

  /** Lets go of a file that is not finished. */
  drop(): void {
    if (!this.#isClosed) closeSync(this.#file)
    this.#isClosed = true
  }

  #write(rows: number): void {
    const columnData = this.#specs.map((spec) => {
      const data = this.#waiting[spec.name]?.splice(0, rows) ?? []
      const encoding = encodingOf(spec, data)
      const values = spec.type === 'long' ? data.map(wide) : data
      return { name: spec.name, data: values, offsetIndex: false, ...(encoding && { encoding }) }
    })
    void this.#parquet.write({ columnData, rowGroupSize: rows })
    this.#rows += rows
  }
}

const wide = (value: unknown): bigint | null => (value === null ? null : BigInt(Number(value)))
const narrow = (value: unknown): number | null =>
  value === null || value === undefined ? null : Number(value)
const PARSERS = { timestampFromMilliseconds: Number }

function joined(pieces: readonly DecodedArray[]): readonly unknown[] {
  const [only, ...more] = pieces
  if (only !== undefined && more.length === 0) return only as unknown as readonly unknown[]
  return pieces.flatMap((piece) => Array.from(piece as ArrayLike<unknown>))
}

/** Columns of a Parquet file in memory, one row group after another. Throws whatever a damaged file makes the reader throw. */
export async function* readTable(bytes: Uint8Array, specs: readonly ColumnSpec[]): AsyncGenerator<Columns> {
  const whole = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
  const metadata = parquetMetadata(whole)
  let rowStart = 0
  for (const { num_rows } of metadata.row_groups) {
    const rowEnd = rowStart + Number(num_rows)
    const pieces = new Map<string, DecodedArray[]>()
    await parquetRead({
      file: whole,
      metadata,
      rowStart,
      rowEnd,
      columns: specs.map(({ name }) => name),
      utf8: false,
      compressors: { ZSTD: (input) => unzstd(input, MOST_PAGE) },
      parsers: PARSERS,
      onChunk: ({ columnName, columnData }) => {
        const list = pieces.get(columnName)
        if (list === undefined) pieces.set(columnName, [columnData])
        else list.push(columnData)
      },
    })
    yield Object.fromEntries(
      specs.map(({ name, type }) => {
        const data = joined(pieces.get(name) ?? [])
        return [name, type === 'long' ? Array.from(data, narrow) : data]
      }),
    )
    rowStart = rowEnd
  }
}
