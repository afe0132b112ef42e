const FREE = 0
/** Numbers of one slot: source, idHigh, idLow, span of expiry plus one. */
const SLOT = 4
/** Parts that grow one by one, so that no single observation waits for millions of keys to move. */
const PARTS = 64
const SMALLEST = 64

/**
 * Keys of 16 bytes with the span in which they expire, by open addressing, no object per key. Keys up to the span `dead` are
 * as good as gone: their slots are taken again, and swept when a part grows.
 */
export class KeyTable {
  /** Keys that expire in this span or before are gone. */
  dead = -1
  readonly #parts: Uint32Array[] = Array.from({ length: PARTS }, () => new Uint32Array(SMALLEST * SLOT))
  readonly #used = new Uint32Array(PARTS)

  /** True when the key was not there; it is from now on. `span` is above `dead`. Rate: per observation. */
  add(source: number, idHigh: number, idLow: number, span: number): boolean {
    const hash = mix(source, idHigh, idLow)
    const part = hash >>> 26
    const slots = this.#parts[part] ?? new Uint32Array(0)
    const mask = slots.length / SLOT - 1
    const dead = this.dead
    let free = -1
    let slot = hash & mask
    for (;;) {
      const at = slot * SLOT
      const expiry = slots[at + 3] ?? FREE
      if (expiry === FREE) break
      // Spans are stored plus one, so that 0 stays free.
      if (expiry - 1 <= dead) {
        if (free < 0) free = at
      } else if (slots[at + 2] === idLow && slots[at + 1] === idHigh && slots[at] === source) return false
      slot = (slot + 1) & mask
    }
    const fresh = free < 0
    if (fresh) free = slot * SLOT
    slots[free] = source
    slots[free + 1] = idHigh
    slots[free + 2] = idLow
    slots[free + 3] = span + 1
    if (fresh) this.#grow(part)
    return true
  }

  /** A slot more of a part is in use: beyond two thirds it is swept, and doubled when the living alone fill a third. */
  #grow(part: number): void {
    const used = (this.#used[part] ?? 0) + 1
    this.#used[part] = used
    const old = this.#parts[part] ?? new Uint32Array(0)
    const capacity = old.length / SLOT
    if (used * 3 <= capacity * 2) return
    let living = 0
    for (let at = 3; at < old.length; at += SLOT) if ((old[at] ?? FREE) - 1 > this.dead) living++
    const grown = new Uint32Array(living * 3 > capacity ? old.length * 2 : old.length)
    const mask = grown.length / SLOT - 1
    for (let at = 0; at < old.length; at += SLOT) {
      if ((old[at + 3] ?? FREE) - 1 <= this.dead) continue
      let slot = mix(old[at] ?? 0, old[at + 1] ?? 0, old[at + 2] ?? 0) & mask
      while (grown[slot * SLOT + 3] !== FREE) slot = (slot + 1) & mask
      for (let i = 0; i < SLOT; i++) grown[slot * SLOT + i] = old[at + i] ?? 0
    }
    this.#parts[part] = grown
    this.#used[part] = living
  }
}

function mix(source: number, idHigh: number, idLow: number): number {
  let hash = Math.imul(idLow ^ Math.imul(source, 0x9e3779b1), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 15) ^ idHigh, 0xc2b2ae35)
  return (hash ^ (hash >>> 13)) >>> 0
}
