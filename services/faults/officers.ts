import { setTimeout as pause } from 'node:timers/promises'
import type { AlertState } from '../core/alert.ts'
import type { Random } from '../ports.ts'

/** How often a deed begins, ms. */
export const DEED_MS = 1000
/** Deeds that may wait for their answer; beyond, nothing new begins. */
const MOST_WAITING = 20
/** A gateway that does not answer is given up, ms: it waits 5 s itself for what becomes of a deed. Then the next is asked. */
const PATIENCE_MS = 8000
const AGAIN_MS = 200
/** Answers that say nothing about the deed itself: no session any more, too slow, too many. */
const PASSING: ReadonlySet<number> = new Set([401, 408, 429])
/** One deed in so many is raised by hand, one written down for the next shift, one kept silent. */
const ROUND = 10

/** Where people work. */
interface Where {
  readonly gateways: readonly string[]
  /** Codes of where alerts are raised by hand and kept silent. */
  readonly areas: readonly string[]
}

/** A deed as somebody sends it. */
interface Deed {
  readonly person: string
  readonly path: string
  readonly body: object
}

/** Who does what next with an alert in a state: those of the demo city, whose remit is all of it. */
const NEXT: Partial<Record<AlertState, { person: string; verb: string; body: object }>> = {
  raised: { person: 'officer', verb: 'acknowledge', body: {} },
  acknowledged: { person: 'commander', verb: 'dispatch', body: { unit: 'water' } },
  dispatched: { person: 'commander', verb: 'handle', body: {} },
  handled: { person: 'supervisor', verb: 'verify', body: {} },
  verified: { person: 'supervisor', verb: 'close', body: {} },
}

/** What is sent along with a question. */
interface Request {
  readonly method?: 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** An alert as the list of a gateway names it. */
interface Row {
  readonly id: string
  readonly state: AlertState
}

/** People who work on alerts over HTTP, and do each deed again, at the next gateway, until it is answered. */
export class Officers {
  /** Deeds by their id in the log that a gateway accepted; true where it said that they are done. */
  readonly accepted = new Map<string, boolean>()
  /** Deeds refused by the rules of the duty, as where another was faster. */
  refused = 0
  again = 0
  /** Deeds not answered yet. */
  waiting = 0
  readonly #where: Where
  readonly #random: Random
  readonly #now: () => number
  readonly #timer: NodeJS.Timeout
  /** Cookies of open sessions by person. */
  readonly #cookies = new Map<string, string>()
  #number = 0
  #next = 0

  /** A deed begins every `everyMs`. */
  constructor(where: Where, everyMs: number, random: Random, now: () => number) {
    this.#where = where
    this.#random = random
    this.#now = now
    this.#timer = setInterval(() => void this.#begin(), everyMs)
  }

  /** Begins nothing new; true once everything begun is answered, false after `patience` ms. */
  async stop(patience: number): Promise<boolean> {
    clearInterval(this.#timer)
    const end = this.#now() + patience
    while (this.waiting > 0 && this.#now() < end) await pause(AGAIN_MS)
    return this.waiting === 0
  }

  async #begin(): Promise<void> {
    if (this.waiting >= MOST_WAITING) return
    this.waiting++
    const number = this.#number++
    const deed = this.#byHand(number) ?? (await this.#forAlert())
    if (deed !== null) await this.#insist(deed, `fault-test-${number}`)
    this.waiting--
  }

  #pick<Item>(items: readonly Item[]): Item | undefined {
    return items[this.#random.uint32() % items.length]
  }

  #byHand(number: number): Deed | null {
    const person = 'supervisor'
    const area = this.#pick(this.#where.areas) ?? ''
    const text = `Fault test ${number}`
    const turn = number % ROUND
    if (turn === 1) {
      const raised = { areas: [area], category: 'water', rank: 3, headline: text, exercise: true }
      return { person, path: 'alerts', body: raised }
    }
    if (turn === 4) return { person, path: 'handovers', body: { area, text } }
    if (turn !== 7) return null
    return { person, path: 'silences', body: { area, reason: text, until: this.#now() + 30_000 } }
  }

  /** What comes next for one of the open alerts; null where none is told of. */
  async #forAlert(): Promise<Deed | null> {
    const answer = await this.#ask('supervisor', 'alerts')
    const { alerts = [] } = (answer?.body ?? {}) as { readonly alerts?: readonly Row[] }
    const alert = this.#pick(alerts)
    const next = alert && NEXT[alert.state]
    if (next === undefined) return null
    const body = { ...next.body, comment: 'Fault test' }
    return { person: next.person, path: `alerts/${alert?.id ?? ''}/${next.verb}`, body }
  }

  async #insist(deed: Deed, key: string): Promise<void> {
    while (!(await this.#attempt(deed, key))) {
      this.again++
      await pause(AGAIN_MS)
    }
  }

  /** True once the answer is final. */
  async #attempt({ person, path, body }: Deed, key: string): Promise<boolean> {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key }
    const answer = await this.#ask(person, path, { method: 'POST', headers, body: JSON.stringify(body) })
    if (answer === null || answer.status >= 500 || PASSING.has(answer.status)) return false
    const { action, done } = answer.body as { readonly action?: string; readonly done?: boolean }
    if (action === undefined) this.refused++
    else this.accepted.set(action, done === true)
    return true
  }

  /** What the next gateway answers somebody; null where it does not, or does not let them in. */
  async #ask(person: string, path: string, request: Request = {}) {
    const { gateways } = this.#where
    const gateway = gateways[this.#next++ % gateways.length] ?? ''
    const signal = AbortSignal.timeout(PATIENCE_MS)
    try {
      const cookie = this.#cookies.get(person) ?? (await this.#signIn(gateway, person))
      const headers = { ...request.headers, cookie }
      const response = await fetch(`${gateway}/api/v1/${path}`, { ...request, headers, signal })
      if (response.status === 401) this.#cookies.delete(person)
      return { status: response.status, body: (await response.json()) as object }
    } catch {
      return null
    }
  }

  async #signIn(gateway: string, person: string): Promise<string> {
    const response = await fetch(`${gateway}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ person }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    await response.arrayBuffer()
    const cookie = response.headers.get('set-cookie')?.split(';', 1)[0]
    if (cookie === undefined) throw new RangeError(`${person} is not let in: ${response.status}`)
    this.#cookies.set(person, cookie)
    return cookie
  }
}
