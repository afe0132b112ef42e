import { decodeAlertRecord } from './core/alert-record.ts'
import type { Alert } from './core/alert.ts'
import { oldestOf } from './core/errors.ts'
import type { Notice } from './core/notice.ts'
import type { State } from './ports.ts'

const HOUR = 3_600_000
/** Records are read back so long before an alert was closed, and so long behind it: what was sent late is settled by then. */
const BEFORE_MS = 24 * HOUR
const BEHIND_MS = HOUR
/** Alerts of which the answer is kept; those asked for longest ago go first. */
const MOST_ALERTS = 64

/**
 * Who was told of alerts that are closed. The state lets go of notices with their alert, and a gateway that started since has only
 * the records to ask: those of the last 24 h before it was closed, as far as they are kept.
 */
export class PastNotices {
  readonly #state: Pick<State, 'changes'>
  readonly #partition: number
  readonly #found = new Map<string, readonly Notice[]>()

  constructor(state: Pick<State, 'changes'>, partition: number) {
    this.#state = state
    this.#partition = partition
  }

  /** What was found before; undefined where nobody has looked. */
  known(alert: Alert): readonly Notice[] | undefined {
    return this.#found.get(keyOf(alert))
  }

  /** Looks through the records up to the tick `last`; oldest first. */
  async find(alert: Alert, last: number): Promise<readonly Notice[]> {
    const closed = alert.closed ?? last
    const from = Math.max(alert.raised, closed - BEFORE_MS)
    const to = Math.min(last, closed + BEHIND_MS)
    const found = await this.#read(alert.id, from, to)
    // Till then more may become of them.
    if (last >= closed + BEHIND_MS) this.#keep(keyOf(alert), found)
    return found
  }

  async #read(id: string, from: number, to: number): Promise<readonly Notice[]> {
    const found = new Map<string, Notice>()
    const stop = new AbortController()
    try {
      for await (const ticks of this.#state.changes(this.#partition, from, stop.signal)) {
        for (const { at, bytes } of ticks)
          if (at <= to)
            for (const notice of decodeAlertRecord(bytes).notices)
              if (notice.alerts.includes(id)) found.set(notice.id, notice)
        if ((ticks.at(-1)?.at ?? 0) >= to) break
      }
    } catch (fault) {
      const oldest = oldestOf(fault)
      if (oldest === undefined) throw fault
      return oldest > from && oldest <= to ? this.#read(id, oldest, to) : []
    } finally {
      stop.abort()
    }
    return [...found.values()]
  }

  #keep(key: string, found: readonly Notice[]): void {
    this.#found.delete(key)
    this.#found.set(key, found)
    const [oldest] = this.#found.keys()
    if (this.#found.size > MOST_ALERTS && oldest !== undefined) this.#found.delete(oldest)
  }
}

/** An alert that was reopened and closed again is another question. */
function keyOf({ id, closed }: Alert): string {
  return `${id}/${closed ?? ''}`
}
