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
