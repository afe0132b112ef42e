import { describe, expect, it, onTestFinished } from 'vitest'
import type { Ownership } from '../ports.ts'

/** Processes that share partitions. */
export interface OwnershipBench {
  /** One process more, not started. */
  join(): Promise<Ownership>
}

/** What a process was given, in the order in which it happened. */
export class Ledger {
  readonly held = new Set<number>()
  /** What was given to one while another had it. */
  readonly doubled: string[] = []
  readonly #owners: Map<number, string>
  readonly #name: string
  /** Answers wait for it. */
  #gate: Promise<void> = Promise.resolve()

  /** Ledgers of one group share `owners`. */
  constructor(name: string, owners: Map<number, string> = new Map()) {
    this.#name = name
    this.#owners = owners
  }

  own = async (partition: number, lost: AbortSignal): Promise<void> => {
    const other = this.#owners.get(partition)
    if (other !== undefined) this.doubled.push(`${partition} of ${other} to ${this.#name}`)
    this.#owners.set(partition, this.#name)
    this.held.add(partition)
    if (!lost.aborted) await new Promise((resolve) => lost.addEventListener('abort', resolve))
    await this.#gate
    this.held.delete(partition)
    if (this.#owners.get(partition) === this.#name) this.#owners.delete(partition)
  }

  /** Holds answers back until the one who calls the answer does so. */
  hold(): () => void {
    let open = (): void => {}
    this.#gate = new Promise((resolve) => {
      open = resolve
    })
    return open
  }
}

/** Waits longer than one rebalance; servers of tests are slow to start. */
export const SOON = { timeout: 20_000, interval: 20 }
export const ALL = [0, 1, 2, 3]

/** What every Ownership does that shares out the partitions `all`; run it over each twin. */
export function ownershipContract(
  name: string,
  open: () => OwnershipBench,
  all: readonly number[] = ALL,
): void {
  describe(`ownership in ${name}`, () => {
    it('[OW1] gives all partitions to the only member', async () => {
      const member = await open().join()
      onTestFinished(() => member.stop())
      const ledger = new Ledger('a')
      await member.start(ledger.own)
      await expect.poll(() => member.held, SOON).toEqual(all)
      expect(ledger.held).toEqual(new Set(all))
      member.reached(0, 5)
    })

    it('[OW2] awaits the answers before it leaves', async () => {
      const member = await open().join()
      const ledger = new Ledger('a')
      await member.start(ledger.own)
      await expect.poll(() => ledger.held.size, SOON).toBe(all.length)
      const go = ledger.hold()
      let hasLeft = false
      const leaving = member.stop().then(() => {
        hasLeft = true
      })
      await new Promise((resolve) => setImmediate(resolve))
      expect([hasLeft, ledger.held.size]).toEqual([false, all.length])
      go()
      await leaving
      expect(ledger.held.size).toBe(0)
      expect(member.held).toEqual([])
    })

    it('[OW2] may stop before it started', async () => {
      const member = await open().join()
      await member.stop()
    })
  })
}
