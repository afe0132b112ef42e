import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createInflateRaw } from 'node:zlib'
import { isSafePath, MOST_BYTES, MOST_FILES } from '../core/bundle-manifest.ts'
import { QingyuError, sentenceOf } from '../core/errors.ts'

/** APPNOTE 6.3.3: 4.3.16, 4.3.12 and 4.3.7. */
const END = { magic: 0x06054b50, bytes: 22 }
const CENTRAL = { magic: 0x02014b50, bytes: 46 }
const LOCAL = { magic: 0x04034b50, bytes: 30 }
const MOST_COMMENT = 65_535
const [STORED, DEFLATED] = [0, 8]
const ENCRYPTED = 1

/** A file in a zip. `start` and `packed` say where its bytes lie; `bytes` is its size as the zip says it. */
export interface ZipEntry {
  readonly path: string
  readonly method: number
  readonly start: number
  readonly packed: number
  readonly bytes: number
}

const bad = (why: string): QingyuError => new QingyuError('BU-file', { why })

async function readAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  const { bytesRead } = await file.read(bytes, 0, length, at)
  if (bytesRead !== length) throw bad('it is cut short')
  return bytes
}

/**
 * What a zip holds, by path, without reading its files. Refused as BU-file is what no bundle has: paths that leave their folder,
 * stand twice or are encrypted, parts that overlap or lie outside, more than 10,000 files, zip64; as BU-size more than 1 GiB.
 */
export async function entriesOf(path: string): Promise<ReadonlyMap<string, ZipEntry>> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const directory = await directoryOf(file, size)
    const found = new Map<string, ZipEntry>()
    let begin = 0
    for (const { header, ...entry } of directory.entries.sort((a, b) => a.header - b.header)) {
      if (header < begin) throw bad('parts of it overlap')
      const start = await dataOf(file, header)
      begin = start + entry.packed
      if (begin > directory.at) throw bad('a part lies outside of it')
      if (found.has(entry.path)) throw bad(`${entry.path} stands twice in it`)
      found.set(entry.path, { ...entry, start })
    }
    const sum = [...found.values()].reduce((bytes, entry) => bytes + entry.bytes, 0)
    if (sum > MOST_BYTES) throw new QingyuError('BU-size', { value: sum, most: MOST_BYTES })
    return found
  } finally {
    await file.close()
  }
}

type Listed = Omit<ZipEntry, 'start'> & { readonly header: number }

async function directoryOf(file: FileHandle, size: number): Promise<{ at: number; entries: Listed[] }> {
  const tail = await readAt(
    file,
    Math.max(0, size - END.bytes - MOST_COMMENT),
    Math.min(size, END.bytes + MOST_COMMENT),
  )
  let at = tail.length - END.bytes
  while (
    at >= 0 &&
    !(tail.readUInt32LE(at) === END.magic && at + END.bytes + tail.readUInt16LE(at + 20) === tail.length)
  )
    at--
  if (at < 0) throw bad('it is no zip, or cut short')
  const [count, bytes, begin] = [
    tail.readUInt16LE(at + 10),
    tail.readUInt32LE(at + 12),
    tail.readUInt32LE(at + 16),
  ]
  const isOne = tail.readUInt32LE(at + 4) === 0 && tail.readUInt16LE(at + 8) === count
  if (!isOne || begin + bytes > size - (tail.length - at)) throw bad('its directory is broken')
  if (count > MOST_FILES) throw bad(`it holds more than ${MOST_FILES} files`)
  const directory = await readAt(file, begin, bytes)
  const entries: Listed[] = []
  let next = 0
  for (let i = 0; i < count; i++) {
    if (next + CENTRAL.bytes > bytes || directory.readUInt32LE(next) !== CENTRAL.magic)
      throw bad('its directory is broken')
    const name = directory.readUInt16LE(next + 28)
    const rest = directory.readUInt16LE(next + 30) + directory.readUInt16LE(next + 32)
    const entry = listed(directory.subarray(next, next + CENTRAL.bytes + name))
    // A folder has no content of its own.
    if (!(entry.path.endsWith('/') && entry.bytes === 0)) entries.push(checked(entry))
    next += CENTRAL.bytes + name + rest
  }
  return { at: begin, entries }
}

function listed(record: Buffer): Listed & { readonly flags: number } {
  return {
    flags: record.readUInt16LE(8),
    method: record.readUInt16LE(10),
    packed: record.readUInt32LE(20),
    bytes: record.readUInt32LE(24),
    header: record.readUInt32LE(42),
    path: record.toString('latin1', CENTRAL.bytes),
  }
}

function checked({ flags, ...entry }: Listed & { readonly flags: number }): Listed {
  if (!isSafePath(entry.path)) throw bad('a path in it leads out of its folder')
  const isPlain = (flags & ENCRYPTED) === 0 && (entry.method === STORED || entry.method === DEFLATED)
  if (!isPlain) throw bad(`${entry.path} is encrypted or packed in a way that is not known here`)
  if (entry.method === STORED && entry.packed !== entry.bytes) throw bad(`${entry.path} has two sizes`)
  return entry
}

/** Where the bytes of an entry begin, behind its local header. */
async function dataOf(file: FileHandle, header: number): Promise<number> {
  const record = await readAt(file, header, LOCAL.bytes)
  if (record.readUInt32LE(0) !== LOCAL.magic) throw bad('its directory leads nowhere')
  return header + LOCAL.bytes + record.readUInt16LE(26) + record.readUInt16LE(28)
}

/** The content of an entry, never more than it says; BU-file when it is damaged, longer or shorter. */
function contentOf(zip: string, { path, method, start, packed, bytes }: ZipEntry): Readable {
  const raw = packed === 0 ? Readable.from([]) : createReadStream(zip, { start, end: start + packed - 1 })
  let seen = 0
  const bounded = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length
      done(seen > bytes ? bad(`${path} is longer than it says`) : null, chunk)
    },
    flush(done) {
      done(seen < bytes ? bad(`${path} is shorter than it says`) : null)
    },
  })
  const steps = method === DEFLATED ? [raw, createInflateRaw(), bounded] : [raw, bounded]
  pipeline(steps).catch((fault: unknown) => {
    bounded.destroy(fault instanceof QingyuError ? fault : bad(`${path} is damaged (${sentenceOf(fault)})`))
  })
  return bounded
}

/** Reads a small entry whole; BU-size above `most` bytes. */
export async function readEntry(zip: string, entry: ZipEntry, most: number): Promise<Buffer> {
  if (entry.bytes > most) throw new QingyuError('BU-size', { value: entry.bytes, most })
  const chunks: Buffer[] = []
  for await (const chunk of contentOf(zip, entry)) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** Writes an entry to a new file, with its folders; answers the SHA-256 of what was written, 64 hex digits. */
export async function extractEntry(zip: string, entry: ZipEntry, to: string): Promise<string> {
  await mkdir(dirname(to), { recursive: true })
  const hash = createHash('sha256')
  const hashed = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      done(null, chunk)
    },
  })
  await pipeline(contentOf(zip, entry), hashed, createWriteStream(to, { flags: 'wx', flush: true }))
  return hash.digest('hex')
}
