import { alertIdOf } from './alert-birth.ts'
import {
  callsBack,
  closedAt,
  followed,
  isMerged,
  mergedInto,
  raisedAgain,
  raisedFor,
} from './alert-condition.ts'
import { noted } from './alert-entry.ts'
import type { Office } from './alert-office.ts'
import { concernedOf, type Act } from './alert-people.ts'
import type { AuditLine } from './alert-record.ts'
import type { AlertShelf } from './alert-shelf.ts'
import type { Denial } from './alert-transitions.ts'
import type { Alert } from './alert.ts'
import type { Incident } from './incident.ts'
import { SYSTEM } from './person.ts'

/** Open alerts; beyond, the oldest that ended and nobody has sent anybody to is closed; where there is none, none is raised. */
const MOST_OPEN = 10_000

/** What incidents make of alerts. */
export class AlertIncidents {
  readonly #office: Office
  readonly #shelf: AlertShelf
  readonly #living: ReadonlyMap<string, Incident>
  readonly #keep: (act: Act) => void
  readonly #most: number
  /** In this tick no alert was found that could make room. */
  #isFull = false

  /** `living`: incidents as they are now; `keep` takes what happened to an alert; `most` is a bound that tests set lower. */
  constructor(
    office: Office,
    shelf: AlertShelf,
    living: ReadonlyMap<string, Incident>,
    keep: (act: Act) => void,
    most = MOST_OPEN,
  ) {
    this.#office = office
    this.#shelf = shelf
    this.#living = living
    this.#keep = keep
    this.#most = most
  }

  /** Applies the incidents that changed; the answer says for which no alert could be raised. */
  apply(at: number, incidents: readonly Incident[]): AuditLine[] {
    this.#isFull = false
    const refused: AuditLine[] = []
    for (const incident of incidents) {
      if (incident.state === 'merged' || this.#follow(at, incident)) continue
      if (incident.born === at) refused.push(lineOf(at, incident))
    }
    const merged = new Map(
      incidents.filter(({ state }) => state === 'merged').map((incident) => [incident.id, incident]),
    )
    for (const incident of merged.values()) this.#merge(at, incident, merged)
    return refused
  }

  /** AL-full while nothing more can be raised. */
  fullDenial(): Denial | null {
    const { size } = this.#shelf.open
    return size < this.#most ? null : { code: 'AL-full', parameters: { value: size, most: this.#most } }
  }

  /** False when an alert should have been raised but there is no room. */
  #follow(at: number, incident: Incident): boolean {
    const alert = this.#shelf.find(alertIdOf(incident.id), at)
    if (alert !== undefined && alert.state !== 'closed') {
      this.#keep(followed(alert, incident, at, this.#office))
      return true
    }
    if (incident.state !== 'active' || (alert !== undefined && !callsBack(incident, alert))) return true
    if (!this.#makeRoom(at)) return false
    if (alert === undefined) this.#keep(raisedFor(incident, at, this.#office))
    else this.#keep(this.caughtUp(raisedAgain(alert, at, this.#office), at))
    return true
  }

  /** An alert that was raised again: it did not follow its incident while it was closed. */
  caughtUp({ alert, news }: Act, at: number): Act {
    const incident = this.#living.get(alert.incident ?? '')
    if (incident === undefined) return { alert, news }
    const now = followed(alert, incident, at, this.#office)
    return { alert: now.alert, news: [...news, ...now.news] }
  }

  /** An incident became part of another: which, is followed to the one that is left. */
  #merge(at: number, incident: Incident, merged: ReadonlyMap<string, Incident>): void {
    const alert = this.#shelf.open.get(alertIdOf(incident.id))
    if (alert === undefined || isMerged(alert)) return
    let into = incident.into
    for (let next = into; next !== null; next = merged.get(next)?.into ?? null) into = next
    const older = into === null ? undefined : this.#shelf.find(alertIdOf(into), at)
    if (older === undefined) return
    const comment = `from:${alert.id}`
    // What was closed too soon is taken up again, for its condition lives on.
    if (older.state === 'closed')
      this.#keep(this.caughtUp(raisedAgain(older, at, this.#office, { comment }), at))
    else this.#keep({ alert: noted(older, at, 'merged', { comment }), news: [] })
    this.#keep(mergedInto(alert, older.id, at, this.#office))
  }

  /** Whether one more alert can be open. The oldest that is over and in nobody's hands is closed for it. */
  #makeRoom(at: number): boolean {
    if (this.#shelf.open.size < this.#most) return true
    if (this.#isFull) return false
    let oldest: Alert | undefined
    for (const alert of this.#shelf.open.values())
      if (isLeftOver(alert) && (oldest === undefined || isOlder(alert, oldest))) oldest = alert
    this.#isFull = oldest === undefined
    if (oldest === undefined) return false
    const to = concernedOf(oldest, at, this.#office)
    const closed = closedAt(noted(oldest, at, 'close', { comment: 'full' }), at)
    this.#keep({ alert: closed, news: [{ occasion: 'closed', to, subscribers: false }] })
    return true
  }
}

function isLeftOver({ ended, state }: Alert): boolean {
  return ended !== null && (state === 'raised' || state === 'acknowledged')
}

function isOlder(a: Alert, b: Alert): boolean {
  return a.raised < b.raised || (a.raised === b.raised && a.id < b.id)
}

/** The line that tells of an incident without an alert. */
function lineOf(at: number, { id }: Incident): AuditLine {
  const { person, role } = SYSTEM
  return { at, id, person, role, verb: 'raise', subject: id, comment: '', code: 'AL-full' }
}
