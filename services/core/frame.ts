import { QingyuError } from './errors.ts'

/**
 * Frames on the wall's WebSocket, binary, little-endian. Header 32 bytes:
 *   0 magic "QY" (0x51 0x59) · 2 version u8 = 1 · 3 kind u8 (1 snapshot, 2 delta) · 4 count u32 · 8 tick f64 ms ·
 *   16 epoch 8 bytes · 24 previous tick f64 ms (0 in a snapshot; a delta applies only to a picture of that tick)
 * Snapshot: `count` = areas of the grid, then count × rank u8, index = area index; ranks outside the subscribed subtree or
 *   depth are 14. A view on the buffer at 32.
 * Delta: `count` changes, then ceil(count / 2) bytes of ranks, two a byte, low nibble first, then count varint (LEB128) gaps
 *   between ascending area indexes (first gap from -1, minus one), so a change costs 1.5 bytes where neighbours change.
 */
export const MAGIC = 0x5951
export const FRAME_VERSION = 1
export const KIND_SNAPSHOT = 1
export const KIND_DELTA = 2
export const HEADER_BYTES = 32
/** Rank of an area that is outside the subscription. */
export const HIDDEN = 14

/** One decoded frame. `ranks` of a snapshot is a view on the message's own bytes. */
export type Frame =
  | { readonly kind: 'snapshot'; readonly epoch: string; readonly tick: number; readonly ranks: Uint8Array }
  | {
      readonly kind: 'delta'
      readonly epoch: string
      readonly tick: number
      readonly previous: number
      readonly areas: Uint32Array
      readonly ranks: Uint8Array
    }

/** A decoded delta. */
export type DeltaFrame = Extract<Frame, { kind: 'delta' }>

function header(
  kind: number,
  count: number,
  epoch: string,
  tick: number,
  previous: number,
  body: number,
): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + body)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, MAGIC, true)
  view.setUint8(2, FRAME_VERSION)
  view.setUint8(3, kind)
  view.setUint32(4, count, true)
  view.setFloat64(8, tick, true)
  for (let i = 0; i < 8; i++) bytes[16 + i] = Number.parseInt(epoch.slice(2 * i, 2 * i + 2), 16)
  view.setFloat64(24, previous, true)
  return bytes
}

/** Bytes of a snapshot; `epoch` is 16 hex digits, `ranks` holds one byte an area of the grid. */
export function encodeSnapshot(epoch: string, tick: number, ranks: Uint8Array): Uint8Array {
  const bytes = header(KIND_SNAPSHOT, ranks.length, epoch, tick, 0, ranks.length)
  bytes.set(ranks, HEADER_BYTES)
  return bytes
}

function varintBytes(value: number): number {
  let size = 1
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++
  return size
}

/**
 * Bytes of a delta from tick `previous` to `tick`; `areas` must ascend, `ranks[i]` (0–15) is the new rank of `areas[i]`.
 * Rate: over 80 million changes a second.
 */
export function encodeDelta(
  epoch: string,
  tick: number,
  previous: number,
  areas: Uint32Array,
  ranks: Uint8Array,
): Uint8Array {
  const count = areas.length
  let gaps = 0
  for (let i = 0, last = -1; i < count; i++) {
    const area = areas[i] ?? 0
    gaps += varintBytes(area - last - 1)
    last = area
  }
  const half = (count + 1) >> 1
  const bytes = header(KIND_DELTA, count, epoch, tick, previous, half + gaps)
  let at = HEADER_BYTES + half
  for (let i = 0, last = -1; i < count; i++) {
    const nibble = HEADER_BYTES + (i >> 1)
    bytes[nibble] = (bytes[nibble] ?? 0) | (((ranks[i] ?? 0) & 15) << ((i & 1) * 4))
    const area = areas[i] ?? 0
    let rest = area - last - 1
    last = area
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes[at++] = (rest % 0x80) | 0x80
    bytes[at++] = rest
  }
  return bytes
}

function broken(why: string): QingyuError {
  return new QingyuError('GW-protocol', { why: `frame ${why}` })
}

function decodeGaps(bytes: Uint8Array, from: number, count: number): Uint32Array {
  const areas = new Uint32Array(count)
  let at = from
  let last = -1
  for (let i = 0; i < count; i++) {
    let gap = 0
    let scale = 1
    for (;;) {
      const byte = bytes[at++]
      if (byte === undefined || scale > 0x10000000) throw broken('has a gap without an end')
      gap += (byte & 0x7f) * scale
      if (byte < 0x80) break
      scale *= 0x80
    }
    last += gap + 1
    if (last > 0xffffffff) throw broken(`names area ${last}`)
    areas[i] = last
  }
  if (at !== bytes.length) throw broken(`has ${bytes.length - at} bytes too many`)
  return areas
}

/** Reads a frame; GW-protocol when it is not one. `ranks` of a snapshot shares the message's memory. */
export function decodeFrame(message: Uint8Array | ArrayBuffer): Frame {
  const bytes = message instanceof Uint8Array ? message : new Uint8Array(message)
  if (bytes.length < HEADER_BYTES) throw broken(`has ${bytes.length} bytes, at least ${HEADER_BYTES}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint16(0, true) !== MAGIC) throw broken('does not begin with QY')
  if (view.getUint8(2) !== FRAME_VERSION) throw broken(`is of version ${view.getUint8(2)}`)
  const count = view.getUint32(4, true)
  const tick = view.getFloat64(8, true)
  let epoch = ''
  for (let i = 16; i < 24; i++) epoch += view.getUint8(i).toString(16).padStart(2, '0')
  if (view.getUint8(3) === KIND_SNAPSHOT) {
    if (bytes.length !== HEADER_BYTES + count) throw broken(`has ${bytes.length} bytes for ${count} areas`)
    return { kind: 'snapshot', epoch, tick, ranks: bytes.subarray(HEADER_BYTES) }
  }
  if (view.getUint8(3) !== KIND_DELTA) throw broken(`is of kind ${view.getUint8(3)}`)
  // Checked before anything is allocated: a change takes one byte at least beside its half byte of rank.
  const half = Math.ceil(count / 2)
  if (bytes.length < HEADER_BYTES + half + count)
    throw broken(`has ${bytes.length} bytes for ${count} changes`)
  const areas = decodeGaps(bytes, HEADER_BYTES + half, count)
  const ranks = new Uint8Array(count)
  for (let i = 0; i < count; i++) ranks[i] = ((bytes[HEADER_BYTES + (i >> 1)] ?? 0) >> ((i & 1) * 4)) & 15
  return { kind: 'delta', epoch, tick, previous: view.getFloat64(24, true), areas, ranks }
}

/** Sets the changes of a delta into the ranks of tick `delta.previous`; GW-protocol, and nothing set, when an area is not there. */
export function applyDelta(ranks: Uint8Array, delta: DeltaFrame): void {
  const last = delta.areas.at(-1)
  if (last !== undefined && last >= ranks.length) throw broken(`names area ${last} of ${ranks.length}`)
  for (let i = 0; i < delta.areas.length; i++) ranks[delta.areas[i] ?? 0] = delta.ranks[i] ?? 0
}
