import type { Commit, LevelHistory, Offset, ReadingHistory, Snapshot, TickBytes } from './core/commit.ts'
import type { Alert } from './core/alert.ts'
import type { Damage, Keyframe, Manifest, Span, TickSlice } from './core/archive.ts'
import type { Channel, Notice } from './core/notice.ts'
import type { Refusal, Sender } from './core/observation.ts'
import type { Person } from './core/person.ts'

export type {
  AlignedTick,
  Commit,
  LevelHistory,
  Offset,
  ReadingHistory,
  Snapshot,
  StateEntry,
  TickBytes,
} from './core/commit.ts'

/** The time of day as ingest sees it, and the only timers behind it. All times are ms since 1970. */
export interface Clock {
  now(): number
  /** Calls `run` once, not before `at`; the answer cancels it. */
  at(at: number, run: () => void): () => void
}

/** Where unpredictable numbers come from, so that a simulation can seed them. */
export interface Random {
  /** An integer in [0, 2^32). */
  uint32(): number
}

/** Consecutive records of one partition. */
export interface Batch {
  readonly partition: number
  /** Offset of `records[0]`. */
  readonly first: Offset
  readonly records: readonly Uint8Array[]
}

/**
 * The log: per partition an append-only sequence of records (core/record). Contract (log.contract.ts):
 * `append` resolves only when the records survive a power cut, with the offset of the first; appends of one caller keep their
 * order, those of several processes may interleave; a rejected append wrote nothing or leaves a state in which later appends
 * still give gapless offsets.
 * `read` yields from `from` on, in order, each record once, waits at the end for more, and ends when `signal` aborts; it
 * rejects with LG-gone when `from` is older than what is kept. What stands in the log and is not ours is yielded as an empty
 * record, so that offsets have no gaps; readers pass over it.
 */
export interface Log {
  readonly partitions: number
  /** Names this log for its life (16 hex digits): the epoch of frames. */
  readonly epoch: string
  append(partition: number, records: readonly Uint8Array[]): Promise<Offset>
  read(partition: number, from: Offset, signal: AbortSignal): AsyncIterable<Batch>
  /** Offset the next record will get. */
  end(partition: number): Promise<Offset>
  /** Oldest offset still held. */
  start(partition: number): Promise<Offset>
  /**
   * Drops records below `before`; never above what State has committed (the caller's duty). A log that a cluster shares ignores
   * it: there retention is the broker's, and no single reader may decide.
   */
  trim(partition: number, before: Offset): Promise<void>
  /** Bytes on disk of all partitions; an estimate where the store does not say. */
  size(): Promise<number>
  close(): Promise<void>
}

/**
 * The state. Contract (state.contract.ts): `load` takes the partition over: whoever loaded it before can no longer commit.
 * `commit` is atomic and durable when it resolves, also when it had to be sent again after a lost connection; it rejects and
 * writes nothing with ST-fenced when another process took the partition over or the stored offset is not `expected`, and with
 * ST-rewound when this process still owns it but the store has lost commits: then load again and go on from there.
 * `changes` yields one partition's tick records in order, each once, from tick `from` (inclusive) on, waits at the end, ends on
 * abort; ST-gone when `from` is older than what is kept.
 * Partition numbers run on behind the log's: `partitions` is the roll-up of areas above the partition level, `partitions` + 1
 * the score (core/score) by which gateways of a cluster tell ticks, `partitions` + 2 the alert stage (core/alert-record).
 */
export interface State {
  load(partition: number): Promise<Snapshot>
  commit(partition: number, expected: Offset, next: Commit): Promise<void>
  changes(partition: number, from: number, signal: AbortSignal): AsyncIterable<readonly TickBytes[]>
  /** One entry of a partition's state, for questions about one area. */
  entry(partition: number, key: string): Promise<Uint8Array | undefined>
  /**
   * Entries of a partition's state whose keys begin with `prefix`, by key, without taking the partition over. What is committed
   * meanwhile may or may not be in it: who needs more follows `changes` from a tick read before.
   */
  entries(partition: number, prefix: string): Promise<ReadonlyMap<string, Uint8Array>>
  /** The decision in force at `at` (last with `LevelHistory.at` <= at). */
  levelAt(area: number, at: number): Promise<LevelHistory | undefined>
  levels(area: number, from: number, to: number, most: number): Promise<readonly LevelHistory[]>
  readings(
    area: number,
    indicator: string,
    from: number,
    to: number,
    most: number,
  ): Promise<readonly ReadingHistory[]>
  /** Offset that the partition's log had reached at the last commit with tick <= at; undefined when not kept. */
  offsetAt(partition: number, at: number): Promise<Offset | undefined>
  /** Newest tick that every partition and the roll-up have committed; 0 before. */
  tick(): Promise<number>
  /** Drops change records and histories older than `before` (ms). */
  trim(before: number): Promise<void>
  close(): Promise<void>
}

/**
 * Which partitions of the log this process aggregates. Contract: no partition is given to two processes that are alive and
 * connected; one that is paused beyond its session loses all, and the state's fence keeps what it still writes out.
 */
export interface Ownership {
  /**
   * Joins. `own` is called for each partition gained; when `lost` aborts, what it still has to commit is committed, and the
   * partition goes to another only once its answer settled (or the session is over). An answer that settles while the partition
   * is still ours, as when a process that had not noticed its loss took the state, is asked for again after a moment. Resolves
   * when joined, before any is gained.
   */
  start(own: (partition: number, lost: AbortSignal) => Promise<void>): Promise<void>
  /** Partitions held now, ascending. */
  readonly held: readonly number[]
  /** For monitoring only: the state has committed the partition up to `offset`. */
  reached(partition: number, offset: Offset): void
  /** Lets go of everything as if lost, then leaves. */
  stop(): Promise<void>
}

/** What was refused, kept for its vendor: 10,000 each, oldest out. `bytes` is at most 1 KiB and cut of personal fields. */
export interface DeadLetter {
  readonly vendor: string
  readonly source: string
  readonly received: number
  readonly refusal: Refusal
  readonly bytes: Uint8Array
}

/** Dead letters by vendor. `add` never throws into ingest: a failure is counted. */
export interface DeadLetters {
  add(letter: DeadLetter): void
  list(vendor: string, most: number): Promise<readonly DeadLetter[]>
  close(): Promise<void>
}

/**
 * What ingest says of one payload. The object is reused by the next call: read it before calling again.
 * `commit` is the number of the group commit that will make the accepted part durable; 0 when nothing was accepted.
 */
export interface Receipt {
  accepted: number
  refusals: readonly Refusal[] | null
  commit: number
}

/** The front door that every source uses; implemented by services/ingest.ts. */
export interface Intake {
  /** The sender of a vendor and source, made once and remembered (bound: sources, oldest out). */
  sender(vendor: string, source: string): Sender
  /** Rate: per payload. Decodes, checks, locates and queues; never throws on bad input. */
  accept(sender: Sender, payload: Uint8Array): Receipt
  /** A refusal made before `accept` (wrong topic, too large, not permitted): counted and kept like the others. */
  refuse(sender: Sender, refusal: Refusal, payload: Uint8Array): void
  /** Highest group commit that is durable; everything up to it may be acknowledged. */
  readonly durable: number
  /** Called after each group commit became durable. */
  onDurable(listener: () => void): void
  /**
   * Resolves when `commit` is durable; rejects with LG-failed when the log could not take it. What was accepted stays queued, in
   * order, and is written once the log recovers, so `durable` never passes a commit that failed.
   */
  settled(commit: number): Promise<void>
  /** True while more than the bound waits for the log: sources must stop reading, not drop. */
  readonly congested: boolean
  /** Called once congestion is over. */
  onRelief(listener: () => void): void
  /** Counts at ingest, live (not yet in a tick). */
  readonly received: number
}

/** How a dependency stands, in a word or two; shown by `/readyz`. */
export interface Standing {
  readonly ready: boolean
  readonly state: string
}

/**
 * A way in for observations. `start` resolves when it listens; `address` then says where. Without an intake it only tells
 * vendors what was wrong.
 */
export interface Source {
  readonly address: string
  readonly standing: Standing
  start(intake: Intake | null): Promise<void>
  /** Tells a vendor's source what was wrong, on its feedback channel, at once. */
  feedback(
    vendor: string,
    source: string,
    refusals: readonly (Refusal & { readonly received: number })[],
  ): void
  /** Stops taking in, lets what is accepted settle, then closes. */
  stop(): Promise<void>
}

/** A message to one person on one channel, ready to go. Nothing in it comes from a caller or camera. */
export interface Letter {
  readonly notice: Notice
  readonly alerts: readonly Alert[]
  readonly person: Person
  /** Where it goes: address, URL, topic or push subscription (JSON). */
  readonly to: string
  /** One line, and at most 2,000 characters, in the person's language. */
  readonly subject: string
  readonly body: string
  /** The alert on the desk; '' where the operator gave no public address. */
  readonly link: string
}

/** What became of a letter: `retry` says that it may help to try again, `after` in how many ms at the earliest; `why` names no address. */
export type Delivery =
  | { readonly sent: true }
  | { readonly sent: false; readonly why: string; readonly retry: boolean; readonly after?: number }

/**
 * One way to people. Contract (notifier.contract.ts): `send` settles within its own time limit and never rejects; the same notice
 * sent twice bears the same id, by which its receiver can tell. `address` says whether it could ever go there.
 */
export interface Notifier {
  readonly channel: Channel
  send(letter: Letter): Promise<Delivery>
  /** Null when letters can go to `to`; else what is wrong with it. */
  address(to: string): string | null
  close(): Promise<void>
}

/** What is kept of a person beside the log: a session or API token by the hash of its secret, a browser's push subscription, or a secret of the program ('' : nobody's). */
export interface RegistryEntry {
  readonly kind: 'session' | 'token' | 'push' | 'secret'
  readonly key: string
  readonly person: string
  /** JSON. */
  readonly value: string
  /** When it is gone, ms. */
  readonly expires: number
}

/** What is kept of people and must not enter the log. Contract (registry.contract.ts): `put` replaces and is durable when it resolves; at most 32 of a kind and person, oldest out; what has expired is never answered. */
export interface Registry {
  put(entry: RegistryEntry): Promise<void>
  /** Puts it only where none is; answers what stands there now. */
  found(entry: RegistryEntry): Promise<RegistryEntry>
  /** Puts it only where one stands; false where none does: what was revoked meanwhile does not come back. */
  renew(entry: RegistryEntry): Promise<boolean>
  get(kind: RegistryEntry['kind'], key: string): Promise<RegistryEntry | undefined>
  list(kind: RegistryEntry['kind'], person: string): Promise<readonly RegistryEntry[]>
  drop(kind: RegistryEntry['kind'], key: string): Promise<void>
  close(): Promise<void>
}

/**
 * What is kept for good of a log. Contract (archive.contract.ts): what `spans` tells can be read; segments do not overlap; a file
 * that is missing, cut short or altered is never read as if it were whole: what it held is a gap, and `damages` names it.
 */
export interface Archive {
  /** Oldest first; more than one where segments are missing or the log began anew. */
  spans(): Promise<readonly Span[]>
  /** Segments with a tick in (after, to], oldest first, without opening their tables. */
  manifests(after: number, to: number): Promise<readonly Manifest[]>
  /**
   * Slices with ticks in (after, to], in order, a batch at a time; ends at the end of the span that `after` stands in. AV-gap when
   * `after` stands in none.
   */
  read(after: number, to: number): AsyncIterable<readonly TickSlice[]>
  /** The newest keyframe at or before `at` in its span; null: the span must be played from its beginning, where its log began. AV-gap. */
  keyframe(at: number): Promise<Keyframe | null>
  /** The plan document of that hash; AV-plan when it is not there. */
  plan(hash: string): Promise<unknown>
  /** Found since it was opened; at most 1,000. */
  damages(): readonly Damage[]
  close(): Promise<void>
}
