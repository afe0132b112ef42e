import { QingyuError } from '../core/errors.ts'
import { Guard } from './guard.ts'
import { keepRunning } from './keeper.ts'
import { NativeProcess, type ProcessSpec, type Say } from './process.ts'

/** A process has this long to end by itself, and all of them together, ms. */
const GRACE = 10_000
const MOST_END = 13_000

/** Processes that stand on each other, rank by rank: started in this order, started again when they end, ended in reverse. */
export class Company {
  readonly #guard: Guard
  readonly #say: Say
  readonly #ranks: NativeProcess[][] = []
  readonly #ending = new AbortController()
  #fail: (fault: unknown) => void = () => undefined
  /** Rejects when one ends that cannot be started again; never resolves. */
  readonly failed = new Promise<never>((_, reject) => (this.#fail = reject))

  constructor(say: Say, guard = new Guard()) {
    this.#guard = guard
    this.#say = say
    this.failed.catch(() => undefined)
  }

  /** All that were started, in their order. */
  get processes(): readonly NativeProcess[] {
    return this.#ranks.flat()
  }

  /** Starts these together, unless the end has begun; resolves when all of them serve, rejects with the first fault. */
  async start(specs: readonly ProcessSpec[]): Promise<void> {
    if (this.#ending.signal.aborted) return
    const rank = specs.map((spec) => new NativeProcess(spec, this.#guard, this.#say))
    this.#ranks.push(rank)
    await Promise.all(rank.map((process) => process.start()))
    for (const process of rank) this.#keep(process)
  }

  /** Ends all of them, those that were started last first, within 15 s. */
  async end(): Promise<void> {
    this.#ending.abort()
    const late = setTimeout(() => this.kill(), MOST_END)
    for (const rank of this.#ranks.toReversed()) {
      const endings = await Promise.all(rank.map((process) => process.stop(GRACE)))
      for (const [i, ending] of endings.entries()) this.#say(rank[i]?.spec.name ?? '', `ended with ${ending}`)
    }
    clearTimeout(late)
  }

  /** Ends all of them at once. */
  kill(): void {
    for (const process of this.processes) process.signal('SIGKILL')
  }

  #keep(process: NativeProcess): void {
    const { name, forgets } = process.spec
    if (forgets !== true) {
      void keepRunning(process, (sentence) => this.#say(name, sentence), this.#ending.signal)
      return
    }
    void process.ended.then((why) => {
      if (!this.#ending.signal.aborted) this.#fail(new QingyuError('CL-lost', { value: name, why }))
    })
  }
}
