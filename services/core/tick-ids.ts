/** Ids of what is made at ticks: a letter, the tick in base 36, `-`, and a number among those of the tick; unique for the life of a log. */
export class TickIds {
  readonly #letter: string
  #at = 0
  #count = 0

  constructor(letter: string) {
    this.#letter = letter
  }

  /** The next one of a tick, which is not older than any before. */
  next(at: number): string {
    this.#count = this.#at === at ? this.#count + 1 : 1
    this.#at = at
    return `${this.#letter}${at.toString(36)}-${this.#count}`
  }
}
