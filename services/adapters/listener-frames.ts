import { REASON } from './listener-wire.ts'

/** Who takes the packets that a {@link Framer} cuts. All places are offsets into `bytes`, valid only during the call. */
export interface FrameSink {
  /** One whole packet, body in [start, end). False: not taken now; the framer stops and offers it again on `run`. */
  frame(bytes: Buffer, header: number, start: number, end: number): boolean
  /** A packet above the limit; the first bytes of its body lie in [start, end). True: skip the rest; false: stop for good. */
  oversize(bytes: Buffer, header: number, start: number, end: number, length: number): boolean
  /** The remaining length is no number (reason code): nothing after it can be read. */
  broken(reason: number): void
}

const NOTHING = Buffer.alloc(0)
/** Bytes of an oversized packet that are waited for, so that its topic can be told. */
const OVERSIZE_LOOK = 600
const FIRST_HOLD = 512

/**
 * Cuts a byte stream into packets. Works in the chunk as it came; only what is left of a chunk is copied, into a buffer that
 * never holds more than one packet of `limit` bytes and what was read while paused, and that is given back when empty.
 */
export class Framer {
  /** Largest packet, bytes with its header. */
  limit: number
  private readonly sink: FrameSink
  private hold: Buffer = NOTHING
  private held = 0
  private skipping = 0
  private stopped = false

  constructor(sink: FrameSink, limit: number) {
    this.sink = sink
    this.limit = limit
  }

  /** Bytes kept for later. */
  get waiting(): number {
    return this.held
  }

  /** Takes a chunk. Rate: per read of the socket. */
  push(chunk: Buffer): void {
    if (this.held === 0) return this.keep(chunk, this.cut(chunk, 0, chunk.length), chunk.length)
    this.keep(chunk, 0, chunk.length)
    this.run()
  }

  /** Keeps a chunk without cutting it: the sink is paused. */
  store(chunk: Buffer): void {
    this.keep(chunk, 0, chunk.length)
  }

  /** Offers again what was kept. */
  run(): void {
    const used = this.cut(this.hold, 0, this.held)
    if (used === 0 || this.stopped) return
    if (used === this.held) {
      this.hold = NOTHING
      this.held = 0
      return
    }
    this.hold.copyWithin(0, used, this.held)
    this.held -= used
  }

  /** Gives up: what is held or still comes is dropped. */
  stop(): void {
    this.stopped = true
    this.hold = NOTHING
    this.held = 0
  }

  private keep(chunk: Buffer, from: number, to: number): void {
    const more = to - from
    if (more === 0 || this.stopped) return
    if (this.held + more > this.hold.length) {
      const grown = Buffer.allocUnsafe(Math.max(FIRST_HOLD, this.held + more, this.held * 2))
      this.hold.copy(grown, 0, 0, this.held)
      this.hold = grown
    }
    chunk.copy(this.hold, this.held, from, to)
    this.held += more
  }

  /** Cuts packets from [at, end) until one is incomplete or not taken; where it stopped. */
  private cut(bytes: Buffer, at: number, end: number): number {
    for (;;) {
      if (this.stopped) return end
      if (this.skipping > 0) {
        const step = Math.min(this.skipping, end - at)
        this.skipping -= step
        at += step
      }
      if (end - at < 2) return at
      let start = at + 1
      let length = 0
      let shift = 0
      let byte = 0x80
      while (byte >= 0x80 && start < end && shift < 28) {
        byte = bytes[start++] ?? 0
        length |= (byte & 0x7f) << shift
        shift += 7
      }
      if (byte >= 0x80) {
        if (shift < 28) return at
        this.sink.broken(REASON.malformed)
        return end
      }
      const header = bytes[at] ?? 0
      if (start - at + length > this.limit) {
        if (end - start < Math.min(OVERSIZE_LOOK, length)) return at
        if (!this.sink.oversize(bytes, header, start, end, length)) return end
        this.skipping = length
        at = start
        continue
      }
      if (start + length > end) return at
      if (!this.sink.frame(bytes, header, start, start + length)) return at
      at = start + length
    }
  }
}
