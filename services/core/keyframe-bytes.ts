import type { Keyframe } from './archive.ts'
import type { Snapshot } from './commit.ts'
import { QingyuError } from './errors.ts'
import { jsonBytes, jsonOf } from './json-entry.ts'

/** First bytes of a keyframe: `QYK1`. */
const MAGIC = 0x314b_5951
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/** What is said of a part before its entries. */
interface PartHead {
  readonly offset: number
  readonly at: number
  readonly entries: number
}

interface Head extends Pick<Keyframe, 'at' | 'levels' | 'calls'> {
  readonly parts: readonly PartHead[]
}

/** Length of a piece, u32 little-endian, then the piece. */
function pieceLength(piece: Uint8Array): number {
  return 4 + piece.length
}

/** By key, as stores give them: the order in which entries came is no matter of the state. */
function piecesOf({ entries }: Snapshot): Uint8Array[] {
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1))
  return sorted.flatMap(([key, value]) => [encoder.encode(key), value])
}

/**
 * Bytes of a keyframe: magic u32, then pieces, each a length u32 and its bytes: JSON of what is known of the whole and of each part,
 * then key and value of every entry, part by part. Little-endian. The same keyframe gives the same bytes.
 */
export function encodeKeyframe({ at, parts, levels, calls }: Keyframe): Uint8Array {
  const heads = parts.map(({ offset, at: tick, entries }) => ({ offset, at: tick, entries: entries.size }))
  const head: Head = { at, levels, calls, parts: heads }
  const pieces = [jsonBytes(head), ...parts.flatMap(piecesOf)]
  const bytes = new Uint8Array(4 + pieces.reduce((sum, piece) => sum + pieceLength(piece), 0))
  const view = new DataView(bytes.buffer)
  view.setUint32(0, MAGIC, true)
  let to = 4
  for (const piece of pieces) {
    view.setUint32(to, piece.length, true)
    bytes.set(piece, to + 4)
    to += pieceLength(piece)
  }
  return bytes
}

/** Hands out the pieces of a keyframe one after another. */
class Pieces {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 4

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (bytes.length < 4 || this.#view.getUint32(0, true) !== MAGIC) throw new RangeError('it is no keyframe')
  }

  next(): Uint8Array {
    const from = this.#at + 4
    const to = from + this.#view.getUint32(this.#at, true)
    if (to > this.#bytes.length) throw new RangeError('a piece runs beyond its end')
    this.#at = to
    return this.#bytes.slice(from, to)
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }
}

/** Reads back {@link encodeKeyframe}; AV-file for anything else, named by `path`. */
export function decodeKeyframe(bytes: Uint8Array, path: string): Keyframe {
  try {
    const pieces = new Pieces(bytes)
    const { at, levels, calls, parts } = jsonOf<Head>(pieces.next())
    const snapshots = parts.map((part): Snapshot => {
      const entries = new Map<string, Uint8Array>()
      for (let i = 0; i < part.entries; i++) entries.set(decoder.decode(pieces.next()), pieces.next())
      return { offset: part.offset, at: part.at, entries }
    })
    if (pieces.left !== 0) throw new RangeError(`${pieces.left} bytes are left over`)
    return { at, parts: snapshots, levels, calls }
  } catch (cause) {
    throw new QingyuError('AV-file', { value: path, why: String(cause) }, cause)
  }
}
