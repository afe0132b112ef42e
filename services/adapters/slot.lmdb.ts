/** Places in one partition: an offset or a tick in ms, below 2^44 (the year 2527); leaves 9 bits for the partition. */
const SPAN = 2 ** 44
const HIGH = 2 ** 32

/** Highest offset or tick that a key can hold. */
export const LAST_PLACE = SPAN - 1

/**
 * One number for (partition, place) that sorts by partition, then place; exact up to partition 511. A place outside the span
 * (a time before 1970, "all there is") becomes its nearest end, so that it never runs into another partition.
 */
export function slotOf(partition: number, place: number): number {
  return partition * SPAN + Math.min(Math.max(place, 0), LAST_PLACE)
}

/** Back from {@link slotOf}. */
export function placeOf(slot: number): number {
  return slot % SPAN
}

/** The partition of a slot. */
export function partitionOf(slot: number): number {
  return Math.floor(slot / SPAN)
}

/** Writes a slot as 8 big-endian bytes: no Buffer is made per key, and LMDB's byte order is the order of places. */
export const SLOT_KEYS = {
  writeKey(slot: number, target: Uint8Array, start: number): number {
    const high = Math.floor(slot / HIGH)
    const low = slot >>> 0
    target[start] = high >>> 24
    target[start + 1] = high >>> 16
    target[start + 2] = high >>> 8
    target[start + 3] = high
    target[start + 4] = low >>> 24
    target[start + 5] = low >>> 16
    target[start + 6] = low >>> 8
    target[start + 7] = low
    return start + 8
  },
  readKey(source: Uint8Array, start: number): number {
    const view = new DataView(source.buffer, source.byteOffset + start, 8)
    return view.getUint32(0) * HIGH + view.getUint32(4)
  },
}
