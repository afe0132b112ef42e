const A = 0x9e3779b1
const B = 0x5f356495
const encoder = new TextEncoder()

/**
 * 64-bit hash of an idempotency key (core/record): two 32-bit lanes with different odd multipliers, mixed at the end. It guards
 * against accidents, not against attacks: a source that makes two of its own keys collide loses one of its own observations.
 * Rate: per observation. The answer stands in `high` and `low` until the next call.
 */
export class Fingerprint {
  high = 0
  low = 0

  /** Hash of an id given in UTF-8 bytes [from, to). */
  ofId(bytes: Uint8Array, from: number, to: number): void {
    let a = 0x243f6a88
    let b = 0x85a308d3
    for (let at = from; at < to; at++) {
      const byte = bytes[at] ?? 0
      a = Math.imul(a ^ byte, A)
      b = Math.imul(b ^ byte, B) ^ (a >>> 17)
    }
    this.#finish(a, b)
  }

  /** Hash of (indicator, event time), for observations without an id; `seed` from {@link seedOf}. */
  ofTime(seed: readonly [number, number], time: number): void {
    const low = time >>> 0
    const high = Math.floor(time / 0x1_0000_0000) >>> 0
    let a = Math.imul(seed[0] ^ low, A)
    let b = Math.imul(seed[1] ^ low, B) ^ (a >>> 17)
    a = Math.imul(a ^ high, A) ^ (a >>> 15)
    b = Math.imul(b ^ high, B) ^ (a >>> 17)
    this.#finish(a, b)
  }

  #finish(a: number, b: number): void {
    const x = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35)
    const y = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
    this.high = (x ^ (x >>> 16)) >>> 0
    this.low = (y ^ (y >>> 16)) >>> 0
  }
}

/** What {@link Fingerprint.ofTime} needs of an indicator's code; the code, not its number, so that a new configuration keeps it. */
export function seedOf(code: string): readonly [number, number] {
  let a = 0x13198a2e
  let b = 0x03707344
  for (const byte of encoder.encode(code)) {
    a = Math.imul(a ^ byte, A)
    b = Math.imul(b ^ byte, B) ^ (a >>> 17)
  }
  return [a, b]
}
