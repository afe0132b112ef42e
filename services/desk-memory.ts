import type { Alert } from './core/alert.ts'
import type { AlertRecord, Handover } from './core/alert-record.ts'
import { decodeIncident } from './core/incident-entry.ts'
import type { Incident } from './core/incident.ts'
import { jsonEntries } from './core/json-entry.ts'
import type { Notice } from './core/notice.ts'
import type { Silence } from './core/silence.ts'
import type { Subscription } from './core/subscription.ts'
import type { State } from './ports.ts'

/** Bounds of what is remembered; the oldest go first, the state still has what it keeps. */
export const MOST_CLOSED = 5_000
const MOST_PAST = 1_000
const MOST_NOTICES = 100_000
const MOST_OF_ALERT = 200
const MOST_OF_PERSON = 100
const MOST_HANDOVERS = 1_000
const DAY = 86_400_000

/** What the alert stage says, as of its last tick: open alerts and those closed lately, incidents, notices, silences, subscriptions, handovers. */
export class DeskMemory {
  tick = 0
  readonly open = new Map<string, Alert>()
  /** Oldest closed first. */
  readonly closed = new Map<string, Alert>()
  readonly incidents = new Map<string, Incident>()
  /** Over or merged, oldest first. */
  readonly past = new Map<string, Incident>()
  readonly silences = new Map<string, Silence>()
  readonly subscriptions = new Map<string, Subscription>()
  /** Oldest first. */
  handovers: Handover[] = []
  readonly #notices = new Map<string, Notice>()
  readonly #byAlert = new Map<string, Set<string>>()
  readonly #byPerson = new Map<string, Set<string>>()

  /** Takes a record; one that is already in here does no harm. */
  apply(record: AlertRecord): void {
    for (const incident of record.incidents) this.#takeIncident(incident)
    for (const alert of record.alerts) this.#takeAlert(alert)
    for (const notice of record.notices) this.#takeNotice(notice)
    for (const silence of record.silences) this.silences.set(silence.id, silence)
    if (record.silences.length > 0) this.#forgetSilences(record.at)
    for (const subscription of record.subscriptions) this.subscriptions.set(subscription.id, subscription)
    for (const id of record.unsubscribed) this.subscriptions.delete(id)
    for (const note of record.handovers) this.#takeHandover(note)
    this.tick = Math.max(this.tick, record.at)
  }

  alert(id: string): Alert | undefined {
    return this.open.get(id) ?? this.closed.get(id)
  }

  incident(id: string): Incident | undefined {
    return this.incidents.get(id) ?? this.past.get(id)
  }

  /** Notices about an alert, newest first. */
  noticesOf(alert: string): readonly Notice[] {
    return this.#newest(this.#byAlert.get(alert))
  }

  /** Notices to a person, newest first. */
  noticesTo(person: string): readonly Notice[] {
    return this.#newest(this.#byPerson.get(person))
  }

  #newest(ids: ReadonlySet<string> | undefined): readonly Notice[] {
    return [...(ids ?? [])].reverse().flatMap((id) => this.#notices.get(id) ?? [])
  }

  // The state lets them go a day after they are over, and says nothing of it.
  #forgetSilences(at: number): void {
    for (const [id, { until }] of this.silences) if (until < at - DAY) this.silences.delete(id)
  }

  #takeIncident(incident: Incident): void {
    const { id } = incident
    if (incident.ended === null) {
      this.incidents.set(id, incident)
      return
    }
    this.incidents.delete(id)
    this.past.delete(id)
    this.past.set(id, incident)
    dropOldest(this.past, MOST_PAST)
  }

  #takeAlert(alert: Alert): void {
    const { id } = alert
    this.closed.delete(id)
    if (alert.state !== 'closed') {
      this.open.set(id, alert)
      return
    }
    this.open.delete(id)
    this.closed.set(id, alert)
    dropOldest(this.closed, MOST_CLOSED)
  }

  #takeNotice(notice: Notice): void {
    const isNew = !this.#notices.has(notice.id)
    this.#notices.set(notice.id, notice)
    if (!isNew) return
    for (const alert of notice.alerts) index(this.#byAlert, alert, notice.id, MOST_OF_ALERT)
    index(this.#byPerson, notice.person, notice.id, MOST_OF_PERSON)
    const oldest = dropOldest(this.#notices, MOST_NOTICES)
    if (oldest === undefined) return
    for (const alert of oldest.alerts) unindex(this.#byAlert, alert, oldest.id)
    unindex(this.#byPerson, oldest.person, oldest.id)
  }

  #takeHandover(note: Handover): void {
    const isKnown = this.handovers.some(
      ({ at, area, person, text }) =>
        at === note.at && area === note.area && person === note.person && text === note.text,
    )
    if (isKnown) return
    this.handovers.push(note)
    if (this.handovers.length > MOST_HANDOVERS) this.handovers.shift()
  }
}

function dropOldest<Value>(values: Map<string, Value>, most: number): Value | undefined {
  if (values.size <= most) return undefined
  const [key, value] = values.entries().next().value ?? []
  if (key !== undefined) values.delete(key)
  return value
}

function index(sets: Map<string, Set<string>>, key: string, id: string, most: number): void {
  const ids = sets.get(key) ?? new Set<string>()
  sets.set(key, ids.add(id))
  const oldest = ids.size > most ? ids.values().next().value : undefined
  if (oldest !== undefined) ids.delete(oldest)
}

function unindex(sets: Map<string, Set<string>>, key: string, id: string): void {
  const ids = sets.get(key)
  ids?.delete(id)
  if (ids?.size === 0) sets.delete(key)
}

/** Time that a prefix of so many of the 9 base-36 digits of a stamp covers: 25 days, or 16.8 h, ms. */
const BUCKETS = [
  { digits: 3, length: 36 ** 6 },
  { digits: 4, length: 36 ** 5 },
] as const
/** Longer spans are read in coarser steps: a store may have to look at all keys for each. */
const FINE_SPAN_MS = 8 * DAY

/** Values whose keys begin with `kind` and a stamp of about the time between `from` and `to`, a step at a time, the newest first. */
export async function* stamped<Value>(
  state: Pick<State, 'entries'>,
  partition: number,
  kind: 'h/' | 'e/' | 'o/',
  from: number,
  to: number,
): AsyncGenerator<readonly Value[]> {
  const { digits, length } = BUCKETS[to - from > FINE_SPAN_MS ? 0 : 1]
  const first = Math.max(0, Math.floor(from / length))
  for (let bucket = Math.floor(to / length); bucket >= first; bucket--) {
    const prefix = kind + bucket.toString(36).padStart(digits, '0')
    const entries = await state.entries(partition, prefix)
    yield jsonEntries<Value>(entries, prefix).map(([, value]) => value)
  }
}

/** An alert that is looked for by id was closed within so long of being raised, ms. */
const LONGEST_OPEN = 14 * DAY

/** The closed alert of an id that was raised at `raised`, looked for from then on; undefined where it is not found till `to`. */
export async function closedAlert(
  state: Pick<State, 'entries'>,
  partition: number,
  id: string,
  raised: number,
  to: number,
): Promise<Alert | undefined> {
  const { digits, length } = BUCKETS[1]
  const last = Math.floor(Math.min(to, raised + LONGEST_OPEN) / length)
  for (let bucket = Math.floor(raised / length); bucket <= last; bucket++) {
    const entries = await state.entries(partition, `h/${bucket.toString(36).padStart(digits, '0')}`)
    for (const [key, value] of entries)
      if (key.endsWith(`/${id}`)) return JSON.parse(new TextDecoder().decode(value)) as Alert
  }
  return undefined
}

/** Closed alerts are remembered so long, ms: as long as they may be reopened; handovers, too. */
const CLOSED_MS = 7 * DAY

/** What the state holds at or after the tick `at`; records from `at` on make it exact. */
export async function remember(
  state: Pick<State, 'entries'>,
  partition: number,
  at: number,
): Promise<DeskMemory> {
  const memory = new DeskMemory()
  const read = async <Value>(prefix: string): Promise<Value[]> =>
    jsonEntries<Value>(await state.entries(partition, prefix), prefix).map(([, value]) => value)
  const lately = async <Value>(kind: 'h/' | 'o/', most: number): Promise<Value[]> => {
    const found: Value[] = []
    for await (const values of stamped<Value>(state, partition, kind, at - CLOSED_MS, at)) {
      found.unshift(...values.slice(-most))
      if (found.length >= most) break
    }
    return found
  }
  const incidents = [...(await state.entries(partition, 'i/')).values()]
  const notices = await read<Notice>('n/')
  memory.apply({
    at,
    incidents: incidents.map((bytes) => decodeIncident(bytes).incident),
    alerts: [...(await lately<Alert>('h/', MOST_CLOSED)), ...(await read<Alert>('a/'))],
    notices: notices.sort((a, b) => a.at - b.at || a.id.length - b.id.length || (a.id < b.id ? -1 : 1)),
    silences: await read('q/'),
    subscriptions: await read('s/'),
    unsubscribed: [],
    handovers: await lately('o/', MOST_HANDOVERS),
    audit: [],
    outcomes: [],
  })
  return memory
}
