import type { Action } from './action.ts'
import type { ArchiveNames } from './archive-names.ts'
import {
  noObservations,
  ObservationCodec,
  type Place,
  type PlacedRecord,
  type WritableColumns,
} from './archive-observations.ts'
import type { TickSlice } from './archive.ts'
import {
  decodeAction,
  decodeTick,
  encodeTick,
  KIND_ACTION,
  KIND_IN_FORCE,
  KIND_NOTHING,
  KIND_OBSERVATIONS,
  KIND_TICK,
  kindOf,
  readObservations,
  RECORD_VERSION,
  type Tick,
} from './record.ts'

/** A row of the table `ticks`: every record that is neither observations nor an action, and those that their columns do not rebuild. */
export interface TickRow extends Place {
  /** `tick`, `rules` (a version in force), `nothing` (not ours), or what stands in `record`: `observations`, `action`, `other`. */
  readonly kind: 'tick' | 'rules' | 'nothing' | 'observations' | 'action' | 'other'
  /** Counts of ingest since the tick before; null where the tick carries none. */
  readonly received: number | null
  readonly quarantined: number | null
  readonly refused: number | null
  /** JSON by error code. */
  readonly refused_by: string | null
  /** JSON of what came into force. */
  readonly rules: string | null
  /** The record itself where the columns do not rebuild it to the byte. */
  readonly record: Uint8Array | null
}

/** A row of the table `actions`. */
export interface ActionRow extends Place {
  /** When it was taken in, ms. */
  readonly time: number
  readonly id: string
  readonly person: string
  readonly role: string
  readonly verb: string
  /** Alert, silence, subscription, notice, roster or area; '' for none. */
  readonly subject: string
  /** JSON of the action, as it stands in the log. */
  readonly action: string
}

const encoder = new TextEncoder()
// A mark at the beginning of a text is part of the record.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/** Kind and version before the JSON of a record. */
const HEAD = 2

function isSame(a: Uint8Array | null, b: Uint8Array): boolean {
  if (a?.length !== b.length) return false
  for (let i = 0; i < b.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Text behind a record's head, if the same bytes can be made of it; null otherwise. */
function textIn(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes.subarray(HEAD))
  } catch {
    return null
  }
}

function recordOf(kind: number, text: string): Uint8Array {
  const body = encoder.encode(text)
  const bytes = new Uint8Array(HEAD + body.length)
  bytes[0] = kind
  bytes[1] = RECORD_VERSION
  bytes.set(body, HEAD)
  return bytes
}

/** What a deed is about. */
function subjectOf(deed: Readonly<Record<string, unknown>>): string {
  const named = [
    deed['alert'],
    deed['silence'],
    deed['subscription'],
    deed['notice'],
    deed['name'],
    deed['area'],
  ]
  return named.find((each): each is string => typeof each === 'string') ?? ''
}

function actionRow(place: Place, { id, time, by, deed }: Action, text: string): ActionRow {
  const { person, role } = by
  return { ...place, time, id, person, role, verb: deed.verb, subject: subjectOf({ ...deed }), action: text }
}

const NO_COUNTS = { received: null, quarantined: null, refused: null, refused_by: null, rules: null }

function verbatim({ at, partition, offset, bytes }: PlacedRecord, kind: TickRow['kind']): TickRow {
  return { at, partition, offset, kind, ...NO_COUNTS, record: bytes }
}

function tickRow(place: Place, { ingest }: Tick): TickRow {
  const counts = ingest && {
    received: ingest.received,
    quarantined: ingest.quarantined,
    refused: ingest.refused,
    refused_by: JSON.stringify(ingest.refusedBy),
  }
  return { ...place, kind: 'tick', ...NO_COUNTS, ...counts, record: null }
}

/** What a row says, as bytes; null where it holds none. */
function bytesOf({
  at,
  kind,
  received,
  quarantined,
  refused,
  refused_by,
  rules,
}: TickRow): Uint8Array | null {
  if (kind === 'nothing') return new Uint8Array(0)
  if (kind === 'rules') return rules === null ? null : recordOf(KIND_IN_FORCE, rules)
  if (kind !== 'tick') return null
  if (received === null || quarantined === null || refused === null) return encodeTick({ at })
  const refusedBy = JSON.parse(refused_by ?? '{}') as Readonly<Record<string, number>>
  return encodeTick({ at, ingest: { received, quarantined, refused, refusedBy } })
}

/** Takes slices of the log apart into the rows of the archive's tables; every record can be rebuilt from them to the byte. */
export class LogRows {
  observations: WritableColumns = noObservations()
  ticks: TickRow[] = []
  actions: ActionRow[] = []
  readonly #codec: ObservationCodec

  constructor(names: ArchiveNames) {
    this.#codec = new ObservationCodec(names)
  }

  add({ at, parts }: TickSlice): void {
    for (const { partition, first, records } of parts)
      for (const [i, bytes] of records.entries()) this.#record({ at, partition, offset: first + i, bytes })
  }

  #record(record: PlacedRecord): void {
    let kind: number
    try {
      kind = kindOf(record.bytes)
    } catch {
      // Of a later program, or damaged: kept as it is.
      this.ticks.push(verbatim(record, 'other'))
      return
    }
    if (kind === KIND_OBSERVATIONS) this.#observations(record)
    else if (kind === KIND_ACTION) this.#action(record)
    else this.#tick(record, kind)
  }

  #observations(record: PlacedRecord): void {
    const { observations } = this
    const from = observations.at.length
    try {
      this.#codec.put(readObservations(record.bytes), record, observations)
    } catch {
      this.ticks.push(verbatim(record, 'other'))
      return
    }
    const to = observations.at.length
    const isRebuilt = to > from && isSame(this.#codec.take(observations, from, to), record.bytes)
    if (!isRebuilt) this.ticks.push(verbatim(record, 'observations'))
  }

  #action(record: PlacedRecord): void {
    const text = textIn(record.bytes)
    try {
      const action = decodeAction(record.bytes)
      if (text === null || !Number.isSafeInteger(action.time)) throw new TypeError('no row of the table')
      const { at, partition, offset } = record
      this.actions.push(actionRow({ at, partition, offset }, action, text))
    } catch {
      this.ticks.push(verbatim(record, 'action'))
    }
  }

  #tick(record: PlacedRecord, kind: number): void {
    const { at, partition, offset, bytes } = record
    const place = { at, partition, offset }
    const text = textIn(bytes)
    let row = verbatim(record, kind === KIND_TICK ? 'tick' : 'rules')
    if (kind === KIND_NOTHING) row = { ...place, kind: 'nothing', ...NO_COUNTS, record: null }
    else if (kind === KIND_IN_FORCE && text !== null)
      row = { ...place, kind: 'rules', ...NO_COUNTS, rules: text, record: null }
    else if (kind === KIND_TICK) row = this.#tickRow(place, bytes) ?? row
    this.ticks.push(row)
  }

  /** The row of a tick that its columns rebuild. */
  #tickRow(place: Place, bytes: Uint8Array): TickRow | null {
    try {
      const row = tickRow(place, decodeTick(bytes))
      return isSame(bytesOf(row), bytes) ? row : null
    } catch {
      return null
    }
  }
}

/** The record that a row of `ticks` stands for; null when the row is none that this program wrote. */
export function tickRecord(row: TickRow): PlacedRecord | null {
  const bytes = row.record ?? bytesOf(row)
  return bytes && { at: row.at, partition: row.partition, offset: row.offset, bytes }
}

/** The record that a row of `actions` stands for. */
export function actionRecord({ at, partition, offset, action }: ActionRow): PlacedRecord {
  return { at, partition, offset, bytes: recordOf(KIND_ACTION, action) }
}

/** The order of the log within an archive. */
export function byPlace(a: Place, b: Place): number {
  return a.at - b.at || a.partition - b.partition || a.offset - b.offset
}

/** Puts records, in the order of {@link byPlace}, together to slices. Null where records of a partition do not follow each other. */
export function slicesOf(records: readonly PlacedRecord[]): readonly TickSlice[] | null {
  const slices: { at: number; parts: { partition: number; first: number; records: Uint8Array[] }[] }[] = []
  for (const { at, partition, offset, bytes } of records) {
    let slice = slices.at(-1)
    if (slice?.at !== at) slices.push((slice = { at, parts: [] }))
    let part = slice.parts.at(-1)
    if (part?.partition !== partition) slice.parts.push((part = { partition, first: offset, records: [] }))
    if (part.first + part.records.length !== offset) return null
    part.records.push(bytes)
  }
  return slices
}
