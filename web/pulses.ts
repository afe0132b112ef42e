import { ScatterplotLayer } from '@deck.gl/layers'

/** Life of a pulse, ms. */
export const PULSE = 600
/** Ticks whose pulses run at once; the oldest goes first. At most 200 pulses a tick reach the wall. */
const BATCHES = 4

interface Batch {
  readonly id: number
  readonly start: number
  readonly places: readonly (readonly [number, number])[]
}

/** Occurrences as rings that open once and are gone. */
export class Pulses {
  #batches: Batch[] = []
  #next = 0

  /** Starts the rings of one tick at `time` (ms of any clock that {@link Pulses.layers} is asked with). */
  add(places: readonly (readonly [number, number])[], time: number): void {
    if (places.length === 0) return
    this.#batches.push({ id: this.#next++, start: time, places })
    this.#batches = this.#batches.slice(-BATCHES)
  }

  /** Whether any ring is still open at `time`. */
  busy(time: number): boolean {
    this.#batches = this.#batches.filter((batch) => time - batch.start < PULSE)
    return this.#batches.length > 0
  }

  /** Rings and their centres as they are at `time`; `still`: without growth, for those who want no motion. */
  layers(
    time: number,
    unitPx: number,
    colour: readonly [number, number, number],
    still: boolean,
  ): ScatterplotLayer[] {
    const [r, g, b] = colour
    return this.#batches.flatMap((batch) => {
      const part = Math.min(1, Math.max(0, (time - batch.start) / PULSE))
      const eased = still ? 0.5 : 1 - (1 - part) ** 3
      const shared = {
        data: batch.places,
        getPosition: (p: readonly [number, number]) => [p[0], p[1]] as [number, number],
        radiusUnits: 'pixels',
        getRadius: 1,
      } as const
      return [
        new ScatterplotLayer({
          ...shared,
          id: `ring-${batch.id}`,
          stroked: true,
          filled: false,
          radiusScale: (5 + 25 * eased) * unitPx,
          lineWidthUnits: 'pixels',
          getLineWidth: 2.2 * unitPx,
          getLineColor: [r, g, b, 255],
          opacity: still ? 0.8 : 1 - part ** 2,
        }),
        new ScatterplotLayer({
          ...shared,
          id: `dot-${batch.id}`,
          radiusScale: 3.6 * unitPx,
          getFillColor: [r, g, b, 255],
          opacity: still ? 1 : 1 - part ** 4,
        }),
      ]
    })
  }
}
