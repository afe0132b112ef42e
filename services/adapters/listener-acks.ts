/** First byte of the confirmations that a listener sends. */
export const ACK = { puback: 0x40, pubrec: 0x50, pubcomp: 0x70 } as const

const FIRST = 16
const PLAIN_BYTES = 4

/**
 * Confirmations in the order of their packets [MQTT-4.6.0-2], each held back until its group commit is durable.
 * Holds at most `bound`; grows by doubling, so an idle session costs little.
 */
export class AckRing {
  readonly bound: number
  private headers = new Uint8Array(FIRST)
  private ids = new Uint16Array(FIRST)
  private commits = new Float64Array(FIRST)
  /** Whole packets of confirmations that say more than "done", by slot. */
  private notes = new Map<number, Uint8Array>()
  private head = 0
  private count = 0
  private newest = 0

  constructor(bound: number) {
    this.bound = bound
  }

  /** Confirmations held. */
  get length(): number {
    return this.count
  }

  get full(): boolean {
    return this.count >= this.bound
  }

  /** The newest commit that any confirmation so far waited for. */
  get newestCommit(): number {
    return this.newest
  }

  /** Queues a confirmation; `note` replaces the plain four bytes. The caller looks at `full` first. */
  push(header: number, id: number, commit: number, note: Uint8Array | null = null): void {
    if (this.count === this.headers.length) this.grow()
    const slot = (this.head + this.count) & (this.headers.length - 1)
    this.headers[slot] = header
    this.ids[slot] = id
    this.commits[slot] = commit
    if (note !== null) this.notes.set(slot, note)
    if (commit > this.newest) this.newest = commit
    this.count++
  }

  /** Takes off the confirmations at the head whose commit is durable, as bytes to send; null when there are none. */
  take(durable: number): Buffer | null {
    const mask = this.headers.length - 1
    let ready = 0
    let size = 0
    while (ready < this.count) {
      const slot = (this.head + ready) & mask
      if ((this.commits[slot] ?? 0) > durable) break
      size += this.notes.size === 0 ? PLAIN_BYTES : (this.notes.get(slot)?.length ?? PLAIN_BYTES)
      ready++
    }
    if (ready === 0) return null
    const bytes = Buffer.allocUnsafe(size)
    let at = 0
    for (let i = 0; i < ready; i++) at = this.write(bytes, at, (this.head + i) & mask)
    this.head = (this.head + ready) & mask
    this.count -= ready
    return bytes
  }

  /** Forgets everything: the connection is gone. */
  clear(): void {
    this.count = 0
    this.notes.clear()
  }

  private write(bytes: Buffer, at: number, slot: number): number {
    const note = this.notes.size === 0 ? undefined : this.notes.get(slot)
    if (note !== undefined) {
      this.notes.delete(slot)
      bytes.set(note, at)
      return at + note.length
    }
    const id = this.ids[slot] ?? 0
    bytes[at] = this.headers[slot] ?? 0
    bytes[at + 1] = 2
    bytes[at + 2] = id >> 8
    bytes[at + 3] = id & 0xff
    return at + PLAIN_BYTES
  }

  /** Doubles, with the head at slot 0 again: the mask of the slots changes. */
  private grow(): void {
    const { headers, ids, commits, head, count } = this
    const size = headers.length
    const notes = new Map<number, Uint8Array>()
    this.headers = new Uint8Array(size * 2)
    this.ids = new Uint16Array(size * 2)
    this.commits = new Float64Array(size * 2)
    for (let i = 0; i < count; i++) {
      const slot = (head + i) & (size - 1)
      this.headers[i] = headers[slot] ?? 0
      this.ids[i] = ids[slot] ?? 0
      this.commits[i] = commits[slot] ?? 0
      const note = this.notes.get(slot)
      if (note !== undefined) notes.set(i, note)
    }
    this.notes = notes
    this.head = 0
  }
}
