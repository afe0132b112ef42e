import { setTimeout as pause } from 'node:timers/promises'

/** A hotline that does not answer is given up, ms; then the call is made again, at the next door. */
const PATIENCE_MS = 5000
const AGAIN_MS = 200

/** One call to the hotline. */
export interface Call {
  readonly id: string
  readonly indicator: string
  readonly area: string
  /** ms since 1970 */
  readonly time: number
}

/** Reports calls over HTTP until each is answered with 201. */
export class HotlineCaller {
  /** Calls not answered yet. */
  waiting = 0
  again = 0
  readonly #doors: readonly string[]
  readonly #acknowledged: () => void
  #next = 0

  constructor(doors: readonly string[], acknowledged: () => void) {
    this.#doors = doors
    this.#acknowledged = acknowledged
  }

  async call(call: Call): Promise<void> {
    this.waiting++
    while (!(await this.#attempt(JSON.stringify(call)))) {
      this.again++
      await pause(AGAIN_MS)
    }
    this.waiting--
    this.#acknowledged()
  }

  async #attempt(body: string): Promise<boolean> {
    const door = this.#doors[this.#next++ % this.#doors.length] ?? ''
    try {
      const response = await fetch(`${door}/api/v1/reports`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        signal: AbortSignal.timeout(PATIENCE_MS),
      })
      await response.arrayBuffer()
      return response.status === 201
    } catch {
      return false
    }
  }
}
