import type { DeadLetter, DeadLetters } from '../ports.ts'

/** Dead letters for simulations and tests of stages: at most `most` of each vendor. */
export class MemoryLetters implements DeadLetters {
  readonly counts = { dropped: 0, displaced: 0 }
  readonly #most: number
  readonly #letters = new Map<string, DeadLetter[]>()

  constructor(most: number) {
    this.#most = most
  }

  add(letter: DeadLetter): void {
    const letters = this.#letters.get(letter.vendor) ?? []
    this.#letters.set(letter.vendor, letters)
    letters.push(letter)
    if (letters.length <= this.#most) return
    letters.shift()
    this.counts.displaced++
  }

  list(vendor: string, most: number): Promise<readonly DeadLetter[]> {
    return Promise.resolve((this.#letters.get(vendor) ?? []).slice(-most).toReversed())
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
