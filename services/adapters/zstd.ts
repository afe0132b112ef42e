import { compress, decompress, init } from '@bokuweb/zstd-wasm'
import { QingyuError } from '../core/errors.ts'

// The same code on every version of Node, so that the same input gives the same bytes.
await init()

/** Speed against size: beyond, files of the archive hardly get smaller and take several times as long. */
const LEVEL = 9
/** Zstandard, RFC 8878, 3.1.1: magic number of a frame, little-endian. */
const MAGIC = 0xfd2fb528

/** A Zstandard frame of `bytes` that tells its size; the same bytes give the same frame. */
export function zstd(bytes: Uint8Array): Uint8Array {
  return compress(bytes, LEVEL)
}

/** Size that a frame says its content has (RFC 8878, 3.1.1.1); undefined when it is no frame or does not say. */
function contentSize(frame: Uint8Array): number | undefined {
  if (frame.length < 6) return undefined
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  if (view.getUint32(0, true) !== MAGIC) return undefined
  const descriptor = view.getUint8(4)
  const flag = descriptor >> 6
  const isSingle = (descriptor & 0x20) !== 0
  const at = 5 + (isSingle ? 0 : 1) + ([0, 1, 2, 4][descriptor & 3] ?? 0)
  const width = flag === 0 ? (isSingle ? 1 : 0) : 1 << flag
  if (width === 0 || at + width > frame.length) return undefined
  if (width === 1) return view.getUint8(at)
  if (width === 2) return view.getUint16(at, true) + 256
  return width === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true))
}

/** Content of a frame, at most `most` bytes. Throws AV-file for anything else. */
export function unzstd(frame: Uint8Array, most: number): Uint8Array {
  const size = contentSize(frame)
  if (size === undefined || size > most)
    throw new QingyuError('AV-file', { value: 'compressed', why: `its content has ${size ?? 'no'} bytes` })
  if (size === 0) return new Uint8Array(0)
  const bytes = decompress(frame)
  if (bytes.length !== size)
    throw new QingyuError('AV-file', {
      value: 'compressed',
      why: `${bytes.length} of ${size} bytes are in it`,
    })
  return bytes
}
