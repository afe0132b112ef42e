import type { AlertRecord } from './core/alert-record.ts'
import type { News } from './desk-port.ts'

/** Ticks with news that a desk may have missed and still resume. */
const MOST_NEWS = 600

/** What happened lately, for desks that were away for a moment. */
export class NewsBook {
  #news: News[] = []
  /** News after this tick are complete. */
  #from: number

  constructor(from: number) {
    this.#from = from
  }

  add(news: News): void {
    this.#news.push(news)
    if (this.#news.length > MOST_NEWS) this.#from = this.#news.shift()?.tick ?? 0
  }

  /** What happened after a tick, oldest first; null where that is too long ago. */
  after(tick: number): readonly News[] | null {
    return tick < this.#from ? null : this.#news.filter((news) => news.tick > tick)
  }
}

/** Null where nothing in a record concerns a desk. */
export function newsOf(record: AlertRecord, roster: boolean): News | null {
  const { at, alerts, incidents, notices, silences, subscriptions, unsubscribed, handovers, audit } = record
  const subscribers = new Set(subscriptions.map(({ person }) => person))
  if (unsubscribed.length > 0)
    for (const { verb, person } of audit) if (verb === 'unsubscribe') subscribers.add(person)
  const news: News = {
    tick: at,
    alerts: alerts.map(({ id }) => id),
    incidents: incidents.map(({ id }) => id),
    notices,
    silences: silences.length > 0,
    handovers: handovers.length > 0,
    subscribers: [...subscribers],
    roster,
  }
  const isEmpty =
    alerts.length + incidents.length + notices.length + subscribers.size === 0 &&
    !news.silences &&
    !news.handovers &&
    !roster
  return isEmpty ? null : news
}
