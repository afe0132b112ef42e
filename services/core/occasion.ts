import type { Alert } from './alert.ts'
import type { AlertEvent } from './alert-event.ts'
import { gravityOf } from './inhibition.ts'
import type { Rank } from './level.ts'
import type { Occasion } from './notice.ts'

/** Which of several occasions of one tick is told: the one that asks most of its reader, by their place in this list. */
export const OCCASIONS: readonly Occasion[] = [
  'whistle',
  'dispatched',
  'escalated',
  'overdue',
  'raised',
  'reopened',
  'graver',
  'warning',
  'repeat',
  'closed',
  'handled',
  'ended',
  'eased',
  'digest',
]

/** Orders of one person to others: nothing mutes them. */
const ORDERS: ReadonlySet<Occasion> = new Set(['whistle', 'dispatched'])
/** Told whatever the limit of their reader. */
const PRESSING: ReadonlySet<Occasion> = new Set(['whistle', 'dispatched', 'escalated', 'overdue'])
/** Ask their reader to look at an alert now. */
const CALLS: ReadonlySet<Occasion> = new Set(['raised', 'reopened', 'graver', 'warning', 'repeat'])
/** Close what was told before: they go to all who heard of it at its gravest. */
const RELIEFS: ReadonlySet<Occasion> = new Set(['eased', 'ended', 'handled', 'closed'])
/** Tell again of the alert itself: its repetition waits from then on. */
const TELLINGS: ReadonlySet<Occasion> = new Set(['raised', 'reopened', 'graver', 'repeat'])

export const isOrder = (occasion: Occasion): boolean => ORDERS.has(occasion)
export const isTelling = (occasion: Occasion): boolean => TELLINGS.has(occasion)

/** Whether it goes out whatever the limit of its reader: orders, escalations, what is overdue, and calls about the gravest rank. */
export function isPressing(occasion: Occasion, alert: Alert, gravest: Rank): boolean {
  return PRESSING.has(occasion) || (CALLS.has(occasion) && gravityOf(alert) >= gravest)
}

/** The rank by which subscriptions are asked. */
export function rankToldBy(occasion: Occasion, alert: Alert): Rank {
  return RELIEFS.has(occasion) ? alert.peak : gravityOf(alert)
}

/** Events of one tick by alert, gravest alert first, then oldest; of each alert one event an occasion, in the order of OCCASIONS. */
export function gathered(events: readonly AlertEvent[]): readonly (readonly AlertEvent[])[] {
  const byAlert = new Map<string, Map<Occasion, AlertEvent>>()
  for (const event of events) {
    let told = byAlert.get(event.alert.id)
    if (told === undefined) byAlert.set(event.alert.id, (told = new Map<Occasion, AlertEvent>()))
    const same = told.get(event.occasion)
    told.set(event.occasion, same === undefined ? event : united(same, event))
  }
  return [...byAlert.values()]
    .map((told) => OCCASIONS.flatMap((occasion) => told.get(occasion) ?? []))
    .sort(([a], [b]) => (a === undefined || b === undefined ? 0 : inOrder(a.alert, b.alert)))
}

function united(one: AlertEvent, other: AlertEvent): AlertEvent {
  return {
    ...other,
    to: [...one.to, ...other.to],
    subscribers: one.subscribers || other.subscribers,
  }
}

function inOrder(a: Alert, b: Alert): number {
  return gravityOf(b) - gravityOf(a) || a.raised - b.raised || (a.id < b.id ? -1 : 1)
}
