/** Ways to a person. `desk` is the officer's page; the rest leave through a notifier. `cap` is for systems, not people. */
export type Channel = 'desk' | 'webhook' | 'mail' | 'push' | 'mqtt' | 'cap'

export const CHANNELS: readonly Channel[] = ['desk', 'webhook', 'mail', 'push', 'mqtt', 'cap']

/** Why somebody is told. */
export type Occasion =
  | 'raised'
  | 'graver'
  | 'eased'
  | 'ended'
  | 'escalated'
  | 'warning'
  | 'overdue'
  | 'dispatched'
  | 'whistle'
  | 'repeat'
  | 'reopened'
  | 'handled'
  | 'closed'
  | 'digest'

/**
 * One message to one person on one channel about one alert. Every notice ends as sent, failed or suppressed; `by` says by what a
 * suppressed one was: `silence:<id>`, `inhibited:<alert>`, `shelved`, `maintenance:<name>`, `rate` (it comes with the next digest),
 * `grouped:<notice>`, `schedule`, `bound` (100,000 wait already), `over` (a digest of
 * alerts that are all closed).
 */
export interface Notice {
  /** `n` + tick in base 36 + `-` + number: unique for the life of a log; what receivers recognise repetitions by. */
  readonly id: string
  readonly at: number
  readonly person: string
  readonly channel: Channel
  readonly occasion: Occasion
  /** Alerts that it tells of: one, or those gathered in a digest (at most 100). */
  readonly alerts: readonly string[]
  readonly state: 'queued' | 'sent' | 'failed' | 'suppressed'
  readonly by: string
  /** Why it failed, or which rule chose this person: `subscription:<id>`, `duty`, `dispatched`, `whistle`, `raiser`, `role`; of a digest `rate`. */
  readonly why: string
  /** Tick at which it was sent or failed, and at which the person saw it. */
  readonly settled: number | null
  readonly seen: number | null
}
