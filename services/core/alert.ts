import type { Rank } from './level.ts'
import type { Verb } from './action.ts'
import type { Role } from './person.ts'

/** Where an alert stands. `closed` is final unless it is reopened. */
export type AlertState = 'raised' | 'acknowledged' | 'dispatched' | 'handled' | 'verified' | 'closed'

/** What must be done by when. */
export type Duty = 'acknowledge' | 'dispatch' | 'handle' | 'verify' | 'report-in'

/**
 * One line of an alert's record: who did what when, and why. `person` '' is the program, whose comments are not prose but what
 * pages say in words: `into:<alert>` and `from:<alert>` of a merger or split, `<code>:<person>,<person>` of who was told for which
 * area, `default:<person>` of the named default, `empty:<code>` of a roster with nobody on it, `nobody:<unit>` of a unit without
 * people who could be told, what mutes it as in `mutedBy`, `full` where it made room for another, a duty's or unit's name. At
 * most 500 an alert: the program's oldest go first, then the oldest notes.
 */
export interface Entry {
  readonly at: number
  readonly what:
    | Verb
    | 'severity'
    | 'moved'
    | 'condition-ended'
    | 'condition-back'
    | 'escalate'
    | 'warn'
    | 'overdue'
    | 'inhibited'
    | 'released'
    | 'merged'
    | 'shelve-ended'
    | 'missed'
  readonly person: string
  readonly role: Role | ''
  /** Unit of who did it; of `dispatch`, `whistle` and `report-in` the units sent, called or come, with commas between. */
  readonly unit: string
  /** What they said; of a `dispatch` to somebody behind their id and a colon. */
  readonly comment: string
  /** Rank after a change of severity; else the alert's. */
  readonly rank: Rank
  /**
   * How it looked, in the entries `raise`, `severity`, `moved` (core/scene `hasMoved`), `condition-back` and `reopen`: what was told
   * to other systems then must not change later (CAP 1.2, 3.2.1).
   */
  readonly scene?: Scene
}

/** Areas, ascending, and the gravest of them, as they stood at a tick; made by core/scene. */
export interface Scene {
  /** At most 500: where there were more, the areas above them. */
  readonly areas: readonly number[]
  readonly worst: Alert['worst']
}

/** The clock that runs on an alert. */
export interface Deadline {
  readonly duty: Duty
  readonly due: number
  /** Tick at which the warning goes out, before `due`. */
  readonly warnAt: number
  readonly warned: boolean
  readonly overdue: boolean
}

/** Departments called to an alert. */
export interface Whistle {
  /** The last whistle: when, by whom, until when. */
  readonly at: number
  readonly by: string
  readonly due: number
  /** At most 20; each has its own time, for a later whistle adds units. `came` after `due` is late; null after it, missed. */
  readonly called: readonly {
    readonly unit: string
    readonly due: number
    readonly came: number | null
    readonly person: string
  }[]
}

/** What a duty officer is told and works on: one for one incident, or raised by hand. */
export interface Alert {
  /** `a` + the incident's id without its `i`; or `m` + tick in base 36 + `-` + number, raised by hand. */
  readonly id: string
  /** Null when raised by hand. */
  readonly incident: string | null
  /** The incident's number, 0 when raised by hand. */
  readonly number: number
  readonly category: string
  /** Text given by who raised it by hand; '' else: pages say it from category, place and count. */
  readonly headline: string
  readonly exercise: boolean
  /** Smallest area that holds all of it: who answers for that answers for the alert. */
  readonly area: number
  /** Areas now, ascending; what they were last once the condition ended. */
  readonly areas: readonly number[]
  readonly rank: Rank
  readonly peak: Rank
  readonly worst: {
    readonly area: number
    readonly rule: string
    readonly value: number | null
    readonly limit: number | null
  }
  readonly state: AlertState
  readonly raised: number
  /** Tick at which it came into this state. */
  readonly since: number
  /** The condition ended by itself at this tick: shown as "ended, not yet closed". */
  readonly ended: number | null
  readonly closed: number | null
  /** Times by which duties were done: each the tick, null while not. */
  readonly done: Readonly<Record<'acknowledge' | 'dispatch' | 'handle' | 'verify', number | null>>
  /** Unit and person it was dispatched to; '' while not. */
  readonly unit: string
  readonly person: string
  /** Who acknowledged and who handled it ('' while nobody): nobody verifies their own work. */
  readonly acknowledgedBy: string
  readonly handledBy: string
  /** Clocks running now, earliest first. */
  readonly deadlines: readonly Deadline[]
  /** Duties missed so far, for reports. */
  readonly missed: readonly Duty[]
  /** Step on the ladder of escalation, from 0, and all on duty who were told so far; who goes off duty leaves the list. */
  readonly step: number
  readonly onDuty: readonly string[]
  /** When the next step is told; null: it climbs no further, for somebody has it or its condition is over. */
  readonly stepDue: number | null
  /** Nobody stood on the roster: the named default was told. */
  readonly byDefault: boolean
  readonly whistle: Whistle | null
  /** Put aside until then; its clocks rest meanwhile. */
  readonly shelved: {
    readonly at: number
    readonly until: number
    readonly by: string
    readonly reason: string
  } | null
  /** What keeps notices about it back, as `by` of a notice says it: `shelved`, `silence:<id>`, `maintenance:<name>`, `inhibited:<alert>`; '' for nothing. */
  readonly mutedBy: string
  readonly record: readonly Entry[]
}
