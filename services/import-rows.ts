import { createHash } from 'node:crypto'
import { createReadStream, readFileSync, statSync } from 'node:fs'
import { Transform, type Readable } from 'node:stream'
import { createGunzip, gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse'
import { parse as parseSync } from 'csv-parse/sync'
import { QingyuError, sentenceOf } from './core/errors.ts'

/** A file of rows, opened: header first, then row by row. */
export interface Rows {
  readonly header: readonly string[]
  /** Each row once, in the order of the file, cells as text. */
  readonly rows: AsyncIterable<readonly string[]>
  /** Share of the file read so far, 0 to 1. */
  progress(): number
}

/** A whole JSON file stands in memory; tables are streamed and have no such bound. */
const MOST_JSON_BYTES = 512 * 1024 * 1024
/** One cell with an open quote must not swallow the file into memory. */
const MOST_ROW_BYTES = 1024 * 1024

function unreadable(file: string, error: unknown): QingyuError {
  const code = (error as NodeJS.ErrnoException | null)?.code
  const why = code === 'ENOENT' ? 'there is no such file' : sentenceOf(error)
  return new QingyuError('IM-file', { value: file, why }, error)
}

/** SHA-256 of a file's bytes as they lie on disk, first 16 hex digits. */
export async function fileHash(file: string): Promise<string> {
  const hash = createHash('sha256')
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array)
  } catch (error) {
    throw unreadable(file, error)
  }
  return hash.digest('hex').slice(0, 16)
}

const isGzip = (file: string) => file.endsWith('.gz')
const isJson = (file: string) => /\.json(\.gz)?$/.test(file)

function readWhole(file: string): string {
  try {
    // A gzip bomb is bounded by the same limit as the file itself.
    const bytes = readFileSync(file)
    if (bytes.length > MOST_JSON_BYTES)
      throw new QingyuError('IM-file', {
        value: file,
        why: `${bytes.length} bytes of JSON are too many; use CSV`,
      })
    return (isGzip(file) ? gunzipSync(bytes, { maxOutputLength: MOST_JSON_BYTES }) : bytes).toString('utf8')
  } catch (error) {
    throw error instanceof QingyuError ? error : unreadable(file, error)
  }
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return value === null || value === undefined ? '' : JSON.stringify(value)
}

function openJson(file: string): Rows {
  let items: unknown
  try {
    items = JSON.parse(readWhole(file))
  } catch (error) {
    throw error instanceof QingyuError ? error : unreadable(file, error)
  }
  if (!Array.isArray(items))
    // Objects by key or line-wise JSON would need a guess at what a row is.
    throw new QingyuError('IM-file', { value: file, why: 'it is not a JSON array of objects' })
  const objects = items.map((item: unknown): Readonly<Record<string, unknown>> =>
    typeof item === 'object' && item !== null ? { ...item } : {},
  )
  // Raw APIs leave out empty fields, so no single object knows all columns.
  const header = [...new Set(objects.flatMap((object) => Object.keys(object)))]
  let done = 0
  async function* rows() {
    for (const object of objects) {
      done += 1
      yield await Promise.resolve(header.map((name) => textOf(object[name])))
    }
  }
  return { header, rows: rows(), progress: () => (objects.length === 0 ? 1 : done / objects.length) }
}

/** The rest of a table after its header; closes the file when the reader stops early. */
async function* restOf(iterator: AsyncIterator<string[]>, source: Readable, file: string) {
  try {
    for (;;) {
      const next = await iterator.next()
      if (next.done) return
      yield next.value
    }
  } catch (error) {
    throw unreadable(file, error)
  } finally {
    source.destroy()
  }
}

async function openTable(file: string, delimiter: string): Promise<Rows> {
  let size: number
  try {
    size = statSync(file).size
  } catch (error) {
    throw unreadable(file, error)
  }
  let read = 0
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      read += chunk.length
      done(null, chunk)
    },
  })
  const parser = parse({
    delimiter,
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MOST_ROW_BYTES,
  })
  // Small pieces, so that the progress shown is of what was sent, not of what was read ahead.
  const source = createReadStream(file, { highWaterMark: 16 * 1024 })
  const stages: (Transform | typeof parser)[] = isGzip(file)
    ? [meter, createGunzip(), parser]
    : [meter, parser]
  // pipe() carries data but no errors: each stage hands its own to the end of the line.
  source.on('error', (error) => parser.destroy(error))
  stages.reduce<Readable>((from, to) => {
    to.on('error', (error) => parser.destroy(error))
    return from.pipe(to)
  }, source)
  const iterator = parser[Symbol.asyncIterator]() as AsyncIterator<string[]>
  const first = await iterator.next().catch((error: unknown) => {
    throw unreadable(file, error)
  })
  if (first.done) throw new QingyuError('IM-file', { value: file, why: 'it is empty' })
  return {
    header: first.value,
    rows: restOf(iterator, source, file),
    progress: () => (size === 0 ? 1 : read / size),
  }
}

/** Opens a CSV or a JSON array of objects, gzipped or not, told apart by the name. Throws IM-file. */
export function openRows(file: string, delimiter = ','): Promise<Rows> {
  return isJson(file) ? Promise.resolve().then(() => openJson(file)) : openTable(file, delimiter)
}

/** All rows of a small table, header first. Throws IM-file. */
export function readSmallTable(file: string): string[][] {
  try {
    return parseSync(readWhole(file), {
      bom: true,
      relax_column_count: true,
      skip_empty_lines: true,
    }) as string[][]
  } catch (error) {
    throw error instanceof QingyuError ? error : unreadable(file, error)
  }
}
