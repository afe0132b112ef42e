import type { Action, Deed } from '../core/action.ts'
import type { AlertEvent } from '../core/alert-event.ts'
import type { Alert } from '../core/alert.ts'
import type { AlertPolicy } from '../core/alert-policy.ts'
import { NoticeBook, type NoticeTick } from '../core/notice-book.ts'
import type { Notice, Occasion } from '../core/notice.ts'
import { SYSTEM, type Actor, type Person } from '../core/person.ts'
import type { Plan } from '../core/plan.ts'
import { PEOPLE } from './people.ts'
import { alertOf, simplePolicy } from './sample-alert.ts'
import { smallGrid, smallPlan } from './small-city.ts'
import { clock } from './timeline.ts'

/** Three streets (areas 1, 2, 3) of four cells: 4–7, 8–11 and 12–15, from south to north, each row from west to east. */
export function toldPlan(): Plan {
  return smallPlan(smallGrid(3, 4))
}

/** Nobody is told by role, nothing is repeated or limited, unless a test says so. */
export function toldPolicy(part: Partial<AlertPolicy> = {}): AlertPolicy {
  return simplePolicy({ people: PEOPLE, repeatMs: 0, rate: { most: 20, perMs: 0 }, ...part })
}

/** One line a notice: `li push raised a1`, with `queued` left out and `(silence:q1)` behind what was suppressed or `(failed)`. */
export function lineOf({ person, channel, occasion, alerts, state, by }: Notice): string {
  const line = `${person} ${channel} ${occasion} ${alerts.join('+')}`
  return by !== '' ? `${line} (${by})` : state === 'failed' ? `${line} (failed)` : line
}

/** A day of telling people, in clock times (UTC, Sunday 22 November 2026); `restarts` loads the state anew before each tick. */
export class ToldCity {
  readonly plan = toldPlan()
  readonly policy: AlertPolicy
  readonly open = new Map<string, Alert>()
  readonly state = new Map<string, Uint8Array>()
  /** What the last tick said. */
  last: NoticeTick | null = null
  readonly #restarts: boolean
  #book: NoticeBook
  #alerts = new Map<string, Alert>()
  #events: AlertEvent[] = []
  #actions: Action[] = []
  #acts = 0

  constructor(part: Partial<AlertPolicy> = {}, restarts = false) {
    this.policy = toldPolicy(part)
    this.#restarts = restarts
    this.#book = this.#restored()
  }

  /** An alert that changes in the next tick, made where it is new; an occasion tells of it. */
  alert(id: string, part: Partial<Alert>, occasion?: Occasion, told: Partial<AlertEvent> = {}): this {
    const fresh = alertOf({ id, area: 4, areas: [4], category: 'noise', raised: 0, onDuty: [] })
    const alert = { ...(this.#alerts.get(id) ?? this.open.get(id) ?? fresh), ...part }
    this.#alerts.set(id, { ...alert, peak: Math.max(alert.peak, alert.rank) })
    if (occasion !== undefined) this.#events.push({ occasion, alert, to: [], subscribers: true, ...told })
    return this
  }

  /** What somebody does before the next tick. */
  act(person: string | Actor, deed: Deed): this {
    const by = typeof person === 'string' ? actorOf(this.policy.people.get(person)) : person
    this.#actions.push({ id: `act${++this.#acts}`, time: 0, by, deed })
    return this
  }

  /** Ticks, and answers what was said of people in it, a line a notice. */
  at(time: string | number): readonly string[] {
    if (this.#restarts) this.#book = this.#restored()
    const at = typeof time === 'number' ? time : clock(time)
    const alerts = [...this.#alerts.values()]
    const events = this.#events.map((event) => ({
      ...event,
      alert: this.#alerts.get(event.alert.id) ?? event.alert,
    }))
    for (const alert of alerts)
      if (alert.state === 'closed') this.open.delete(alert.id)
      else this.open.set(alert.id, alert)
    const tick = this.#book.tick(at, { alerts, events }, this.open, this.#actions)
    for (const { key, value } of tick.entries)
      if (value === null) this.state.delete(key)
      else this.state.set(key, value)
    this.#alerts = new Map()
    this.#events = []
    this.#actions = []
    this.last = tick
    return tick.notices.filter((notice) => notice.at === at).map(lineOf)
  }

  #restored(): NoticeBook {
    const book = new NoticeBook(this.plan, this.policy)
    book.restore(this.state)
    return book
  }
}

function actorOf(person: Person | undefined): Actor {
  if (person === undefined) return SYSTEM
  return { person: person.id, role: person.role, area: person.area, unit: person.unit }
}
