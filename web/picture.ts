import { applyDelta } from '../services/core/frame.ts'
import type { Frame } from '../services/core/frame.ts'

/** What one frame did: which areas changed, and from which rank. */
export interface Stroke {
  readonly areas: Uint32Array
  readonly before: Uint8Array
  /** A snapshot was set in: what differs is not news of this tick. */
  readonly whole: boolean
}

/** The ranks of all areas as the wall last heard of them; index = area index of the grid. */
export class Picture {
  epoch = ''
  /** Tick of the last frame, ms; 0 before the first. */
  tick = 0
  ranks = new Uint8Array(0)

  /** Sets a frame in; null when a delta does not continue this picture, and a snapshot must be asked for. */
  apply(frame: Frame): Stroke | null {
    if (frame.kind === 'snapshot') return this.#snapshot(frame)
    if (frame.epoch !== this.epoch || frame.previous !== this.tick) return null
    const before = new Uint8Array(frame.areas.length)
    for (let i = 0; i < before.length; i++) before[i] = this.ranks[frame.areas[i] ?? 0] ?? 0
    applyDelta(this.ranks, frame)
    this.tick = frame.tick
    return { areas: frame.areas, before, whole: false }
  }

  #snapshot(frame: Frame & { kind: 'snapshot' }): Stroke {
    const old = this.ranks
    const areas: number[] = []
    for (let i = 0; i < frame.ranks.length; i++) if (old[i] !== frame.ranks[i]) areas.push(i)
    // Copied: the frame is a view on a message whose memory is not ours to write deltas into.
    this.ranks = frame.ranks.slice()
    this.epoch = frame.epoch
    this.tick = frame.tick
    const known = Uint32Array.from(areas)
    return { areas: known, before: Uint8Array.from(known, (i) => old[i] ?? frame.ranks[i] ?? 0), whole: true }
  }
}
