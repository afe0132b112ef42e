import type { AlignedTick } from './core/commit.ts'
import type { Picture, View } from './core/layer.ts'
import { columnsBetween, type RankHistory } from './core/layer-history.ts'
import type { Plan } from './core/plan.ts'
import { occurrencesOf, summaryOf, type Totals } from './core/summary.ts'
import { textMessage } from './gateway-message.ts'
import type { Message } from './gateway-port.ts'
import type { When } from './gateway-wall.ts'

/** Frames and messages of one view at one tick, made when the first wall asks. */
interface Edition {
  /** JSON without its end: when it was sent and what the wall missed come last. */
  readonly summary: string
  /** The summary for all walls that missed nothing and get it with the tick. */
  readonly shared: Message
  readonly pulses: Message | null
  /** Newest columns of the history, by how many. */
  readonly columns: Map<number, Message>
}

/** What editions are made of, as it stands at the tick. */
export interface Issue {
  readonly picture: Picture
  readonly history: RankHistory
  readonly totals: Totals
  readonly records: AlignedTick['records']
  readonly latency: { readonly p50: number; readonly p99: number } | null
  now(): number
}

/** What goes to walls, made once a view and tick. */
export class Editions {
  readonly #plan: Plan
  readonly #issue: Issue
  readonly #editions = new Map<View, Edition>()

  constructor(plan: Plan, issue: Issue) {
    this.#plan = plan
    this.#issue = issue
  }

  /** There is a new tick. */
  clear(): void {
    this.#editions.clear()
  }

  /** Frame (delta from `from`, or a snapshot), then the summary and all else. Rate: per wall and tick. */
  messages(view: View, from: number | null, missed: number, when: When): Message[] {
    const { picture } = this.#issue
    const edition = this.#edition(view)
    const messages: Message[] = []
    if (from !== picture.tick) {
      const delta = from === null ? undefined : picture.deltaFrame(view, from)
      messages.push({ kind: 'binary', bytes: delta ?? picture.snapshotFrame(view) })
    }
    if (when === 'fresh' && missed === 0) messages.push(edition.shared)
    else messages.push(textMessage(this.#dated(edition.summary, missed)))
    if (when === 'fresh' && edition.pulses !== null) messages.push(edition.pulses)
    const columns = when === 'first' || from === null ? 0 : columnsBetween(from, picture.tick)
    if (columns > 0) messages.push(this.#columns(view, edition, columns))
    return messages
  }

  #edition(view: View): Edition {
    const known = this.#editions.get(view)
    if (known !== undefined) return known
    const { picture, totals, records } = this.#issue
    const summary = JSON.stringify(summaryOf(picture, view, this.#plan, totals)).slice(0, -1)
    const pulses = occurrencesOf(picture, view, records)
    const edition: Edition = {
      summary,
      shared: textMessage(this.#dated(summary, 0)),
      pulses: pulses === undefined ? null : textMessage(pulses),
      columns: new Map(),
    }
    this.#editions.set(view, edition)
    return edition
  }

  #dated(summary: string, missed: number): string {
    const { latency } = this.#issue
    return `${summary},"now":${this.#issue.now()},"latency":${JSON.stringify(latency)},"missed":${missed}}`
  }

  #columns(view: View, edition: Edition, most: number): Message {
    const known = edition.columns.get(most)
    if (known !== undefined) return known
    const { picture, history } = this.#issue
    const made = textMessage(history.message(picture, view, this.#plan.scheme, most))
    edition.columns.set(most, made)
    return made
  }
}
