import type { Alert } from './alert.ts'
import type { AlertEvent } from './alert-event.ts'
import { named, once } from './alert-people.ts'
import type { AlertPolicy } from './alert-policy.ts'
import type { StateEntry } from './commit.ts'
import { DeadlineQueue } from './deadline-queue.ts'
import { Inhibition } from './inhibition.ts'
import { jsonEntries, jsonEntry } from './json-entry.ts'
import { MaintenanceWindows } from './maintenance-windows.ts'
import type { Occasion } from './notice.ts'
import { isTelling } from './occasion.ts'
import type { Plan } from './plan.ts'
import type { SilenceBook } from './silence-book.ts'

const PREFIX = 'u/'

/** What is remembered of an open alert beside itself; `u/<alert>` in the state. */
interface Watched {
  /** What keeps notices about it back, as `Notice.by` says it; '' for nothing. */
  readonly by: string
  /** What would have been told meanwhile; '' for nothing. */
  readonly withheld: Occasion | ''
  /** When it is told again; null: not, for it is muted or acknowledged. */
  readonly repeatAt: number | null
}

const QUIET: Watched = { by: '', withheld: '', repeatAt: null }
type Open = ReadonlyMap<string, Alert>

/** What a tick changed: by what alerts are muted now, and what has to be told of them. */
export interface Watch {
  readonly muted: ReadonlyMap<string, string>
  readonly events: readonly AlertEvent[]
}

/**
 * Which open alerts are kept back and by what, and when one is told again: at its release, and while nobody acknowledges it. An
 * alert is looked at when it changed, when another that may cover it changed, and when a silence or window begins or ends.
 */
export class AlertWatch {
  readonly #repeatMs: number
  readonly #silences: SilenceBook
  readonly #maintenance: MaintenanceWindows
  readonly #inhibition: Inhibition
  readonly #watched = new Map<string, Watched>()
  readonly #repeats = new DeadlineQueue<string>()
  #changed = new Set<string>()
  /** Nothing was looked at since the start. */
  #begun = false

  constructor({ grid }: Plan, policy: AlertPolicy, silences: SilenceBook) {
    this.#repeatMs = policy.repeatMs
    this.#silences = silences
    this.#maintenance = new MaintenanceWindows(grid, policy)
    this.#inhibition = new Inhibition(grid)
  }

  /** Takes what was stored. Called once. */
  restore(entries: ReadonlyMap<string, Uint8Array>): void {
    for (const [alert, watched] of jsonEntries<Watched>(entries, PREFIX)) {
      this.#watched.set(alert, watched)
      if (watched.repeatAt !== null) this.#repeats.push(watched.repeatAt, alert)
    }
  }

  /** What keeps notices about an alert back; '' for nothing. */
  by(alert: string): string {
    return this.#of(alert).by
  }

  /** Goes on to a tick with the alerts that changed in it (closed ones with them) and what is told of them. */
  advance(at: number, changed: readonly Alert[], told: readonly AlertEvent[], open: Open): Watch {
    const muted = new Map<string, string>()
    const events: AlertEvent[] = []
    for (const id of this.#stirred(at, changed, open)) {
      const alert = open.get(id)
      if (alert === undefined) continue
      const { by } = this.#of(id)
      const now = this.#keptBackBy(alert)
      if (now !== by) muted.set(id, now)
      if (now === '') events.push(...this.#letGo(alert))
      else if (now !== by) this.#put(id, { ...this.#of(id), by: now, repeatAt: null })
    }
    for (const { alert, occasion } of told) if (isTelling(occasion)) this.#told(at, alert, occasion)
    for (const { alert } of events) this.#rearm(at, alert)
    return { muted, events: [...events, ...this.#repeated(at, changed, open)] }
  }

  /** An alert is closed: nothing more will be told of it. */
  close(alert: string): void {
    this.#put(alert, QUIET)
  }

  /** What changed since the last call. */
  take(): StateEntry[] {
    const entries = [...this.#changed].map((id) => jsonEntry(PREFIX + id, this.#watched.get(id)))
    this.#changed = new Set()
    return entries
  }

  /** Ids of alerts that have to be looked at, in order. */
  #stirred(at: number, changed: readonly Alert[], open: Open): readonly string[] {
    const silenced = this.#silences.advance(at)
    const planned = this.#maintenance.advance(at)
    const stirred = new Set(changed.map(({ id }) => id))
    if (!this.#begun) for (const alert of open.values()) this.#inhibition.update(alert)
    for (const alert of changed) for (const id of this.#inhibition.update(alert)) stirred.add(id)
    if (silenced || planned || !this.#begun) for (const id of open.keys()) stirred.add(id)
    this.#begun = true
    return [...stirred].sort()
  }

  /** What people decided comes before what follows from other alerts. */
  #keptBackBy(alert: Alert): string {
    if (alert.shelved !== null) return 'shelved'
    const silence = this.#silences.over(alert)
    if (silence !== '') return `silence:${silence}`
    const window = this.#maintenance.over(alert)
    if (window !== '') return `maintenance:${window}`
    const other = this.#inhibition.over(alert)
    return other === '' ? '' : `inhibited:${other}`
  }

  /** What has to be told of an alert that nothing keeps back, or not any more. */
  #letGo(alert: Alert): readonly AlertEvent[] {
    const { by, withheld } = this.#of(alert.id)
    if (alert.ended !== null) {
      // Nobody is woken for what is over; should it come back within the off-delay, it is told then.
      this.#put(alert.id, { by: '', withheld, repeatAt: null })
      return []
    }
    if (by === '' && withheld === '') return []
    this.#put(alert.id, QUIET)
    // Whoever has it in hand knows what it was when they took it, but not that it grew graver since.
    const isTold = alert.state === 'raised' || withheld === 'graver'
    return isTold ? [again(alert, withheld === '' ? 'repeat' : withheld)] : []
  }

  /** Keeps in mind what a muted alert would have said; the repetition of another waits anew. */
  #told(at: number, alert: Alert, occasion: Occasion): void {
    const watched = this.#of(alert.id)
    if (watched.by === '') this.#rearm(at, alert)
    else {
      const unheard = occasion === 'graver' && alert.state === 'raised' ? watched.withheld : ''
      this.#put(alert.id, { ...watched, withheld: unheard === '' ? occasion : unheard })
    }
  }

  #rearm(at: number, alert: Alert): void {
    if (this.#repeatMs === 0 || alert.state !== 'raised' || alert.ended !== null) return
    const repeatAt = at + this.#repeatMs
    this.#put(alert.id, { ...this.#of(alert.id), repeatAt })
    this.#repeats.push(repeatAt, alert.id)
  }

  /** What nobody acknowledged for so long; what was acknowledged meanwhile is let go, what came back waits again. */
  #repeated(at: number, changed: readonly Alert[], open: Open): readonly AlertEvent[] {
    for (const alert of changed) {
      const watched = this.#of(alert.id)
      if (alert.state !== 'raised') this.#put(alert.id, { ...watched, repeatAt: null })
      else if (watched.by === '' && watched.repeatAt === null) this.#rearm(at, alert)
    }
    const due = new Set<string>()
    this.#repeats.due(at + 1, (id, time) => {
      if (this.#of(id).repeatAt === time) due.add(id)
    })
    return [...due].sort().flatMap((id) => {
      const alert = open.get(id)
      if (alert === undefined) return []
      this.#rearm(at, alert)
      return [again(alert, 'repeat')]
    })
  }

  #of(alert: string): Watched {
    return this.#watched.get(alert) ?? QUIET
  }

  #put(alert: string, watched: Watched): void {
    if (isSame(this.#of(alert), watched)) return
    if (isSame(watched, QUIET)) this.#watched.delete(alert)
    else this.#watched.set(alert, watched)
    this.#changed.add(alert)
  }
}

function isSame(a: Watched, b: Watched): boolean {
  return a.by === b.by && a.withheld === b.withheld && a.repeatAt === b.repeatAt
}

/** Told once more to all who were and are to be told, who has it in hand first. */
function again(alert: Alert, occasion: Occasion): AlertEvent {
  const inHand = [...named([alert.acknowledgedBy], 'duty'), ...named([alert.person], 'dispatched')]
  return { occasion, alert, to: once([...inHand, ...named(alert.onDuty, 'duty')]), subscribers: true }
}
