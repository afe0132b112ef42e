import type { Database } from 'lmdb'
import type { DeadLetter, DeadLetters } from '../ports.ts'
import type { DataFolder } from './data-folder.lmdb.ts'

/** Letters that may wait for the disk; the oldest go first when more come. */
const QUEUE = 10_000
/** Letters in one transaction, so that a flood of refusals does not hold up the log. */
const BATCH = 500
/** Vendors whose letters are kept; a letter of one more is dropped. */
const VENDORS = 1000
const LETTER_BYTES = 1024

/** Letters that are not kept, since the start. */
export interface LetterCounts {
  /** Never written: too many at once, too many vendors, or the disk failed. */
  readonly dropped: number
  /** Pushed out by newer ones of the same vendor. */
  readonly displaced: number
}

/** Dead letters that count what they could not keep. */
export interface CountedLetters extends DeadLetters {
  readonly counts: LetterCounts
}

/** [vendor, number], counted up by vendor. */
type LetterKey = [string, number]
type Kept = Omit<DeadLetter, 'bytes'> & { readonly bytes: string }
/** Numbers of a vendor's oldest letter and of its next. */
interface Span {
  oldest: number
  next: number
}

class LmdbLetters implements CountedLetters {
  readonly counts = { dropped: 0, displaced: 0 }
  readonly #folder: DataFolder
  readonly #letters: Database<Kept, LetterKey>
  readonly #most: number
  readonly #spans = new Map<string, Span>()
  #queue: DeadLetter[] = []
  #writing: Promise<void> | undefined

  constructor(folder: DataFolder, most: number) {
    this.#folder = folder
    this.#letters = folder.values('letter')
    this.#most = most
    this.#recall()
    folder.commits.onFailure(() => this.#recall())
  }

  // Rate: per refusal. No promise is made for it: a flood of refusals costs a push each.
  add(letter: DeadLetter): void {
    this.#queue.push(letter)
    if (this.#queue.length > QUEUE) {
      this.#queue.shift()
      this.counts.dropped++
    }
    this.#writing ??= this.#write()
  }

  // What was added before the question is in the answer.
  async list(vendor: string, most: number): Promise<readonly DeadLetter[]> {
    await this.#writing
    const range = this.#letters.getRange({
      start: [vendor, Number.MAX_SAFE_INTEGER],
      end: [vendor, 0],
      reverse: true,
      limit: most,
    })
    return Array.from(range, ({ value }) => ({ ...value, bytes: Buffer.from(value.bytes, 'base64') }))
  }

  async close(): Promise<void> {
    await this.#writing
  }

  async #write(): Promise<void> {
    // Let the turn that refuses finish first: vendors are answered before their letters are filed.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#queue.length > 0) {
      const letters = this.#queue.slice(0, BATCH)
      this.#queue = this.#queue.slice(BATCH)
      try {
        await this.#folder.commits.submit({
          write: () => {
            for (const letter of letters) this.#put(letter)
            return undefined
          },
          done: () => {},
        })
      } catch {
        this.counts.dropped += letters.length
      }
    }
    this.#writing = undefined
  }

  #put(letter: DeadLetter): void {
    const { vendor } = letter
    const span = this.#spans.get(vendor) ?? { oldest: 1, next: 1 }
    if (!this.#spans.has(vendor)) {
      if (this.#spans.size >= VENDORS) {
        this.counts.dropped++
        return
      }
      this.#spans.set(vendor, span)
    }
    const bytes = Buffer.from(letter.bytes.subarray(0, LETTER_BYTES)).toString('base64')
    void this.#letters.put([vendor, span.next++], { ...letter, bytes })
    while (span.next - span.oldest > this.#most) {
      void this.#letters.remove([vendor, span.oldest++])
      this.counts.displaced++
    }
  }

  // One jump to each vendor's first and last letter; the letters themselves are not read.
  #recall(): void {
    this.#spans.clear()
    for (
      let key = this.#first(['', 0]);
      key !== undefined;
      key = this.#first([key[0], Number.MAX_SAFE_INTEGER])
    ) {
      const [vendor, oldest] = key
      const newest = Array.from(
        this.#letters.getKeys({ start: [vendor, Number.MAX_SAFE_INTEGER], reverse: true, limit: 1 }),
      )
      this.#spans.set(vendor, { oldest, next: (newest[0]?.[1] ?? oldest) + 1 })
    }
  }

  #first(start: LetterKey): LetterKey | undefined {
    return Array.from(this.#letters.getKeys({ start, limit: 1 }))[0]
  }
}

/** Dead letters in the data folder, at most `most` of each vendor. A letter may be lost in a crash; observations may not. */
export function lmdbLetters(folder: DataFolder, most: number): CountedLetters {
  return folder.checked(() => new LmdbLetters(folder, most))
}
