import type { StateEntry } from './commit.ts'
import { jsonEntries, jsonEntry } from './json-entry.ts'
import type { Notice } from './notice.ts'
import { TickIds } from './tick-ids.ts'

const PREFIX = 'n/'
/** Settled notices kept of one open alert; the oldest leave the state, the record has them. */
export const MOST_KEPT = 5_000
/** Notices that wait to be sent, of all; more are suppressed. */
export const MOST_QUEUED = 100_000

/** A notice without what its store gives it. */
export type Draft = Pick<Notice, 'person' | 'channel' | 'occasion' | 'alerts' | 'state' | 'by' | 'why'>

/** Notices that are queued or about an open alert, and what became of each. */
export class NoticeStore {
  readonly #notices = new Map<string, Notice>()
  /** Ids by alert, in the order they were made; digests stand under ''. */
  readonly #byAlert = new Map<string, Set<string>>()
  /** Since the last `take`: those that changed, whole, and those of them that left the state. */
  #changed = new Map<string, Notice>()
  #left = new Map<string, Notice>()
  /** Alerts with more settled notices than before. */
  #crowded = new Set<string>()
  #queued = 0
  readonly #ids = new TickIds('n')
  readonly #most: number

  /** `most` is a bound that tests set lower. */
  constructor(most = MOST_QUEUED) {
    this.#most = most
  }

  /** Takes what was stored. Called once. */
  restore(entries: ReadonlyMap<string, Uint8Array>): void {
    const stored = jsonEntries<Notice>(entries, PREFIX).map(([, notice]) => notice)
    stored.sort((a, b) => a.at - b.at || a.id.length - b.id.length || (a.id < b.id ? -1 : 1))
    for (const notice of stored) this.#hold(notice)
  }

  /** True when no more notices may wait. */
  get full(): boolean {
    return this.#queued >= this.#most
  }

  /** Makes a notice of a tick; what is not queued is settled with it. */
  add(at: number, { person, channel, occasion, alerts, state, by, why }: Draft): Notice {
    const id = this.#ids.next(at)
    const settled = state === 'queued' ? null : at
    const notice = { id, at, person, channel, occasion, alerts, state, by, why, settled, seen: null }
    this.#hold(notice)
    this.#changed.set(id, notice)
    if (state !== 'queued' && keyOf(notice) === '') this.#drop(notice)
    return notice
  }

  get(id: string): Notice | undefined {
    return this.#notices.get(id)
  }

  /** What became of a queued notice. One about no open alert then leaves the state. */
  settle(
    at: number,
    notice: Notice,
    state: 'sent' | 'failed',
    why: string,
    isOpen: (alert: string) => boolean,
  ): void {
    const settled = { ...notice, state, why, settled: at }
    this.#queued--
    this.#replace(settled)
    const about = keyOf(settled)
    if (about === '' || !isOpen(about)) this.#drop(settled)
    else this.#crowded.add(about)
  }

  /** Marks what reached somebody about an alert as seen; how many there were. */
  see(at: number, person: string, alert: string): number {
    let seen = 0
    for (const id of this.#byAlert.get(alert) ?? []) {
      const notice = this.#notices.get(id)
      if (notice?.person !== person || notice.state !== 'sent' || notice.seen !== null) continue
      this.#replace({ ...notice, seen: at })
      seen++
    }
    return seen
  }

  /** An alert is closed: only what still has to be sent about it stays. */
  close(alert: string): void {
    for (const id of this.#byAlert.get(alert) ?? []) {
      const notice = this.#notices.get(id)
      if (notice !== undefined && notice.state !== 'queued') this.#drop(notice)
    }
  }

  /** What changed in a tick; each changed notice whole, also when it left the state. */
  take(at: number): { notices: Notice[]; entries: StateEntry[] } {
    for (const alert of this.#crowded) this.#thin(alert)
    const notices = [...this.#changed.values()]
    const kept = notices.filter(({ id }) => !this.#left.has(id))
    // What was made and left in one tick was never stored.
    const gone = [...this.#left.values()].filter((notice) => notice.at < at)
    const entries = [
      ...kept.map((notice) => jsonEntry(PREFIX + notice.id, notice)),
      ...gone.map(({ id }) => jsonEntry(PREFIX + id, undefined)),
    ]
    this.#changed = new Map()
    this.#left = new Map()
    this.#crowded = new Set()
    return { notices, entries }
  }

  #hold(notice: Notice): void {
    this.#notices.set(notice.id, notice)
    if (notice.state === 'queued') this.#queued++
    const about = keyOf(notice)
    const ids = this.#byAlert.get(about)
    if (ids === undefined) this.#byAlert.set(about, new Set([notice.id]))
    else ids.add(notice.id)
    this.#crowded.add(about)
  }

  #replace(notice: Notice): void {
    this.#notices.set(notice.id, notice)
    this.#changed.set(notice.id, notice)
  }

  #drop(notice: Notice): void {
    const ids = this.#byAlert.get(keyOf(notice))
    ids?.delete(notice.id)
    if (ids?.size === 0) this.#byAlert.delete(keyOf(notice))
    this.#notices.delete(notice.id)
    this.#left.set(notice.id, notice)
  }

  /** Lets the oldest settled notices of an alert go until no more than the bound are settled. */
  #thin(alert: string): void {
    const ids = this.#byAlert.get(alert) ?? new Set()
    if (ids.size <= MOST_KEPT) return
    const settled = [...ids]
      .flatMap((id) => this.#notices.get(id) ?? [])
      .filter(({ state }) => state !== 'queued')
    for (const notice of settled.slice(0, Math.max(0, settled.length - MOST_KEPT))) this.#drop(notice)
  }
}

/** The alert a notice is about; '' for a digest of several. */
function keyOf({ occasion, alerts }: Notice): string {
  return occasion === 'digest' ? '' : (alerts[0] ?? '')
}
