import { Fingerprint } from '../core/idempotency.ts'

const encoder = new TextEncoder()
const print = new Fingerprint()

/** A number for an id as the log keeps it: 53 of its 64 bits, enough to tell the ids of one source apart. */
export const keyOf = (high: number, low: number) => (high & 0x1f_ffff) * 2 ** 32 + (low >>> 0)

/** {@link keyOf} of an id as a vendor writes it. */
export function keyOfId(id: string): number {
  const bytes = encoder.encode(id)
  print.ofId(bytes, 0, bytes.length)
  return keyOf(print.high, print.low)
}

/** An area's observations of one indicator in one pane. */
export interface PaneCount {
  readonly area: string
  readonly indicator: string
  /** Start, ms. */
  readonly pane: number
  readonly count: number
}

/**
 * What was sent, kept apart from everything that is tested: how many by source, whose ids are numbered from 0, and how many by
 * area, indicator and pane. Bound: sources, and panes of the run.
 */
export class Book {
  readonly #bySource = new Map<string, number>()
  readonly #byPane = new Map<string, number>()
  sent = 0

  /** Takes down one observation; its id. */
  enter(source: string, area: string, indicator: string, time: number, paneMs: number): string {
    const number = this.#bySource.get(source) ?? 0
    this.#bySource.set(source, number + 1)
    const pane = `${area} ${indicator} ${Math.floor(time / paneMs) * paneMs}`
    this.#byPane.set(pane, (this.#byPane.get(pane) ?? 0) + 1)
    this.sent++
    return String(number)
  }

  /** Number `number` of a source as the log names it: the hotline puts the service before a caller's own. */
  idOf(source: string, number: number): string {
    return source.startsWith('hotline/') ? `${source.slice(8)}:${number}` : String(number)
  }

  /** Sources with the number of their observations. */
  sources(): ReadonlyMap<string, number> {
    return this.#bySource
  }

  panes(): readonly PaneCount[] {
    return [...this.#byPane].map(([key, count]) => {
      const [area = '', indicator = '', pane = ''] = key.split(' ')
      return { area, indicator, pane: Number(pane), count }
    })
  }
}
