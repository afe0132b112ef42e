import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hintOf, messageOf } from '../core/errors.ts'
import type { DeadLetter } from '../ports.ts'
import type { CountedLetters } from './letters.lmdb.ts'

/** Fresh dead letters under test, at most 20 of a vendor. */
export interface LettersBench {
  letters: CountedLetters
  dispose(): Promise<void>
}

/** The `n`th refusal of a vendor. */
export function letterOf(vendor: string, n: number): DeadLetter {
  const refusal = {
    code: 'OB-json',
    pointer: '',
    message: messageOf('OB-json', { why: 'test' }),
    hint: hintOf('OB-json', {}),
  } as const
  return { vendor, source: 'gauge', received: n, refusal, bytes: new Uint8Array([1, 2, n % 256]) }
}

/** What every DeadLetters does; run it over each twin. */
export function lettersContract(name: string, open: () => Promise<LettersBench>): void {
  describe(`dead letters in ${name}`, () => {
    let bench: LettersBench
    beforeEach(async () => {
      bench = await open()
    })
    afterEach(() => bench.dispose())

    it('[ST11] lists the newest letters of a vendor first', async () => {
      for (let n = 1; n <= 5; n++) {
        bench.letters.add(letterOf('acme', n))
        bench.letters.add(letterOf('acme-2', n * 10))
      }
      const found = await bench.letters.list('acme', 3)
      expect(found.map((letter) => letter.received)).toEqual([5, 4, 3])
      expect(found[0]?.refusal).toEqual(letterOf('acme', 5).refusal)
      expect([...(found[0]?.bytes ?? [])]).toEqual([1, 2, 5])
      expect(await bench.letters.list('nobody', 3)).toEqual([])
    })

    it('[ST12] pushes out the oldest letters at the bound', async () => {
      for (let n = 1; n <= 50; n++) bench.letters.add(letterOf('acme', n))
      bench.letters.add(letterOf('other', 1))
      const found = await bench.letters.list('acme', 100)
      expect(found.map((letter) => letter.received)).toEqual(Array.from({ length: 20 }, (_, n) => 50 - n))
      expect(bench.letters.counts).toEqual({ dropped: 0, displaced: 30 })
      expect(await bench.letters.list('other', 100)).toHaveLength(1)
    })
  })
}
