import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Notifier } from '../ports.ts'
import { letterOf, noticeOf } from '../testdata/sample-alert.ts'
import { smallPlan } from '../testdata/small-city.ts'

/** A notifier under test, with the other side. */
export interface NotifierBench {
  readonly notifier: Notifier
  readonly to: string
  /** Addresses that it can never reach. */
  readonly wrong: readonly string[]
  /** By what the receiver tells the messages that came apart, in their order. */
  received(): readonly string[] | Promise<readonly string[]>
  /** The other side goes away. */
  vanish(): Promise<void>
  dispose(): Promise<void>
}

const repeats = (why: string, to: string) => to !== '' && why.includes(to)

/** What every Notifier does; run it over each twin. */
export function notifierContract(name: string, open: () => Promise<NotifierBench>): void {
  describe(`notifier ${name}`, () => {
    const plan = smallPlan()
    let bench: NotifierBench
    beforeEach(async () => {
      bench = await open()
    })
    afterEach(() => bench.dispose())

    it('[CH1] says of a letter that arrived that it was sent', async () => {
      expect(await bench.notifier.send(letterOf(plan, bench.to))).toEqual({ sent: true })
      expect(await bench.received()).toHaveLength(1)
    })

    it('[CH2] has a receiver know a repetition', async () => {
      for (let time = 0; time < 2; time++) await bench.notifier.send(letterOf(plan, bench.to))
      expect(new Set(await bench.received()).size).toBe(1)
    })

    it('[CH3] tells an address that it can never reach, without repeating it', async () => {
      expect(bench.notifier.address(bench.to)).toBeNull()
      for (const to of bench.wrong) {
        const why = bench.notifier.address(to) ?? ''
        expect(why).toMatch(/cannot be used|private/)
        expect(repeats(why, to)).toBe(false)
        expect(await bench.notifier.send(letterOf(plan, to))).toEqual({ sent: false, why, retry: false })
      }
      expect(await bench.received()).toEqual([])
    })

    it('[CH4] says why the other side was not reached, without its address, and that it may be', async () => {
      await bench.vanish()
      const delivery = await bench.notifier.send(letterOf(plan, bench.to, noticeOf({ id: 'n2-1' })))
      expect(delivery).toMatchObject({ sent: false, retry: true })
      const why = delivery.sent ? '' : delivery.why
      expect(why).toMatch(/reached|answer/)
      expect(repeats(why, bench.to)).toBe(false)
      expect(why).not.toMatch(/127\.0\.0\.1|localhost/)
    })
  })
}
