import { waitBefore } from './backoff.ts'

/** An address with its path closed, so that `ws` and `api/v1` lie below it; '' for what is none. */
function baseOf(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : null
  return url === null ? '' : `${url.origin}${url.pathname.replace(/\/*$/, '/')}`
}

/** The gateways that a wall may turn to, the page's own first, and which of them it is with. */
export class Rota {
  #all: readonly string[]
  #at = 0
  #tries = 0
  /** Until when a gateway asked to be left alone, ms of the caller's clock. */
  readonly #away = new Map<string, number>()

  /** `own`: address of the gateway that served the page. */
  constructor(own: string) {
    this.#all = [baseOf(own)]
  }

  /** Address of the gateway in turn, with a slash at its end. */
  get current(): string {
    return this.#all[this.#at] ?? ''
  }

  /** True where there is another to turn to. */
  get choice(): boolean {
    return this.#all.length > 1
  }

  /** Tries since the last picture. */
  get tries(): number {
    return this.#tries
  }

  /**
   * Takes the list that a gateway named. Others come in its order from the own one on, so that the walls of one that died
   * spread by their lists; what a page loaded over TLS may not open is left out.
   */
  learn(named: readonly string[]): void {
    const own = this.#all[0] ?? ''
    const bases = named.map(baseOf).filter((base) => base !== '')
    const at = bases.indexOf(own)
    const others = [...bases.slice(at + 1), ...bases.slice(0, Math.max(0, at))]
    const secure = own.startsWith('https:')
    const current = this.current
    this.#all = [...new Set([own, ...others.filter((base) => !secure || base.startsWith('https:'))])]
    this.#at = Math.max(0, this.#all.indexOf(current))
  }

  /** A picture came from the gateway in turn. */
  joined(): void {
    this.#tries = 0
  }

  /**
   * The connection to the gateway in turn was lost at `now`; it asked for `away` ms of rest (0: it did not). After a first
   * loss it keeps its turn, unless it was `bad`; else the next one has it. Answers the ms to wait: a round of all takes as long
   * as one try of a single gateway would, and rounds grow.
   */
  lost(now: number, away: number, bad: boolean, random: number): number {
    const { length } = this.#all
    if (away > 0) this.#away.set(this.current, now + away)
    if (this.#tries > 0 || away > 0 || bad) this.#at = (this.#at + 1) % length
    const wait = Math.round(waitBefore(Math.floor(this.#tries / length), random) / length)
    this.#tries++
    return wait + Math.max(0, (this.#away.get(this.current) ?? 0) - now)
  }
}
