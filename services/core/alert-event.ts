import type { Alert } from './alert.ts'
import type { Occasion } from './notice.ts'

/** Something happened to an alert that people may have to be told of; beside those who subscribed, it names those it concerns by office. */
export interface AlertEvent {
  readonly occasion: Occasion
  /** As it is after the tick. */
  readonly alert: Alert
  /** By office: on duty, dispatched, called by whistle. `why` goes into the notice. */
  readonly to: readonly {
    readonly person: string
    readonly why: 'duty' | 'dispatched' | 'whistle' | 'raiser'
  }[]
  /** Whether those who subscribed hear of it too. */
  readonly subscribers: boolean
}
