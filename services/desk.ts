import type { Deed } from './core/action.ts'
import type { Alert } from './core/alert.ts'
import type { AlertPolicy } from './core/alert-policy.ts'
import { alertPartition, decodeAlertRecord, type AlertRecord, type AuditLine } from './core/alert-record.ts'
import { oldestOf, QingyuError } from './core/errors.ts'
import type { Notice } from './core/notice.ts'
import type { Actor } from './core/person.ts'
import type { Plan } from './core/plan.ts'
import type { DutyBook } from './core/alert-office.ts'
import { Acts } from './desk-acts.ts'
import { Boards } from './desk-boards.ts'
import { closedAlert, DeskMemory, remember, stamped } from './desk-memory.ts'
import type { Acted, AuditQuery, Desk, News } from './desk-port.ts'
import { NewsBook, newsOf } from './desk-news.ts'
import { PastNotices } from './desk-past.ts'
import type { Message } from './gateway-port.ts'
import type { Clock, Log, Random, Standing, State } from './ports.ts'

/** Looks into the past at once: each reads much. */
const MOST_LOOKING = 4
/** Later than any tick. */
const LATEST = Number.MAX_SAFE_INTEGER

/** What the desk's server side is made of. */
export interface DeskParts {
  readonly state: Pick<State, 'changes' | 'entries' | 'offsetAt'>
  readonly log: Pick<Log, 'append'>
  readonly plan: Plan
  readonly policy: AlertPolicy
  readonly clock: Clock
  readonly random: Random
  /** Rosters and covers from entries `r/` and `c/` of the alert stage's state. */
  readonly duty: (entries: ReadonlyMap<string, Uint8Array>) => DutyBook
  /** Told once when the feed breaks; the desk is then no longer ready. */
  readonly report: (fault: unknown) => void
}

/** Starts to follow the alert stage. Returns at once; `caughtUp` tells when it knows all that was committed till then. */
export function startDesk(parts: DeskParts): Desk {
  return new Follower(parts)
}

class Follower implements Desk {
  revision = 0
  readonly #parts: DeskParts
  readonly #partition: number
  readonly #acts: Acts
  readonly #stopping = new AbortController()
  readonly #watchers = new Set<(news: News) => void>()
  readonly #boards = new Boards()
  readonly #past: PastNotices
  readonly #running: Promise<void>
  readonly #started: Promise<void>
  #memory = new DeskMemory()
  #duty: DutyBook
  #news = new NewsBook(0)
  #ready = false
  /** Tick from which on all records were read. */
  #since = 0
  #looking = 0

  constructor(parts: DeskParts) {
    this.#parts = parts
    this.#partition = alertPartition(parts.plan)
    this.#past = new PastNotices(parts.state, this.#partition)
    this.#acts = new Acts(parts.log, parts.clock, parts.random)
    this.#duty = parts.duty(new Map())
    let began: () => void = () => undefined
    let failed: (fault: unknown) => void = () => undefined
    this.#started = new Promise((resolve, reject) => {
      began = resolve
      failed = reject
    })
    // Nobody need ask: readiness and `report` tell of the fault too.
    this.#started.catch(() => undefined)
    this.#running = this.#follow(began).catch((fault: unknown) => {
      this.#ready = false
      failed(fault)
      if (!this.#stopping.signal.aborted) parts.report(fault)
    })
  }

  async #follow(began: () => void): Promise<void> {
    const { signal } = this.#stopping
    let floor = 0
    while (!signal.aborted) {
      try {
        await this.#followFrom(floor, began)
      } catch (fault) {
        const oldest = oldestOf(fault)
        // The state has let go of records that were not read yet: then from what it holds, and the oldest record that is left.
        if (oldest === undefined || oldest <= floor) throw fault
        floor = oldest
      }
    }
  }

  async #followFrom(floor: number, began: () => void): Promise<void> {
    const { state } = this.#parts
    // A commit's offset is its tick here; read before the entries, so that nothing falls between.
    const from = Math.max(floor, await this.#committed())
    const memory = await remember(state, this.#partition, from)
    await this.#readDuty()
    const goal = await this.#committed()
    this.#memory = memory
    this.#since = from
    this.#news = new NewsBook(goal)
    if (goal <= from) this.#open(began)
    for await (const ticks of state.changes(this.#partition, from, this.#stopping.signal))
      for (const { at, bytes } of ticks) {
        await this.#take(decodeAlertRecord(bytes))
        if (!this.#ready && at >= goal) this.#open(began)
      }
  }

  /** Newest tick that the alert stage has committed; 0 before the first. */
  async #committed(): Promise<number> {
    return (await this.#parts.state.offsetAt(this.#partition, LATEST)) ?? 0
  }

  #open(began: () => void): void {
    this.revision++
    this.#ready = true
    began()
  }

  async #readDuty(): Promise<void> {
    const { state, duty } = this.#parts
    const rosters = await state.entries(this.#partition, 'r/')
    const covers = await state.entries(this.#partition, 'c/')
    this.#duty = duty(new Map([...rosters, ...covers]))
  }

  async #take(record: AlertRecord): Promise<void> {
    const roster = record.audit.some(
      ({ verb, code }) => code === null && (verb === 'roster' || verb === 'cover'),
    )
    if (roster) await this.#readDuty()
    this.#memory.apply(record)
    if (record.alerts.length > 0 || record.incidents.length > 0) this.revision++
    for (const outcome of record.outcomes) this.#acts.decide(outcome)
    const news = newsOf(record, roster)
    if (news === null) return
    this.#news.add(news)
    if (this.#ready) for (const watcher of this.#watchers) watcher(news)
  }

  get tick(): number {
    return this.#memory.tick
  }

  get standing(): Standing {
    return { ready: this.#ready, state: this.#ready ? 'follows' : 'is catching up' }
  }

  *alerts(): Iterable<Alert> {
    yield* this.#memory.closed.values()
    yield* this.#memory.open.values()
  }

  open() {
    return this.#memory.open
  }

  incidents() {
    return this.#memory.incidents
  }

  silences() {
    return this.#memory.silences
  }

  subscriptions() {
    return this.#memory.subscriptions
  }

  handovers() {
    return this.#memory.handovers
  }

  incident(id: string) {
    return this.#memory.incident(id)
  }

  async noticesOf(alert: Alert): Promise<readonly Notice[]> {
    const held = this.#memory.noticesOf(alert.id)
    if (alert.state !== 'closed' || alert.raised > this.#since) return held
    const past = this.#past.known(alert) ?? (await this.#look(() => this.#past.find(alert, this.tick)))
    const all = new Map([...past, ...held.toReversed()].map((notice) => [notice.id, notice]))
    return [...all.values()].reverse()
  }

  noticesTo(person: string) {
    return this.#memory.noticesTo(person)
  }

  onDuty(area: number, at: number) {
    return this.#duty.onDuty(area, at)
  }

  hasRoster(area: number) {
    return this.#duty.hasRoster(area)
  }

  held(id: string) {
    return this.#memory.alert(id)
  }

  async alert(id: string): Promise<Alert | undefined> {
    const held = this.#memory.alert(id)
    if (held !== undefined) return held
    const raised = Number.parseInt(/^[am]([0-9a-z]{1,9})-\d{1,9}$/.exec(id)?.[1] ?? '', 36)
    const { policy, state } = this.#parts
    if (Number.isNaN(raised) || raised > this.tick || raised < this.tick - policy.historyMs) return undefined
    return this.#look(() => closedAlert(state, this.#partition, id, raised, this.tick))
  }

  /** SE-busy. */
  async #look<Found>(search: () => Promise<Found>): Promise<Found> {
    if (this.#looking >= MOST_LOOKING)
      throw new QingyuError('SE-busy', { value: 'A look into the past', why: `${MOST_LOOKING} others look` })
    this.#looking++
    try {
      return await search()
    } finally {
      this.#looking--
    }
  }

  async audit({ from, to, most, by, verb, subject }: AuditQuery) {
    const lines: AuditLine[] = []
    const wanted = (line: AuditLine) =>
      line.at >= from &&
      line.at <= to &&
      by(line.person) &&
      (verb === undefined || line.verb === verb) &&
      (subject === undefined || line.subject === subject)
    const { state } = this.#parts
    for await (const found of stamped<AuditLine>(
      state,
      this.#partition,
      'e/',
      from,
      Math.min(to, this.tick),
    )) {
      lines.push(...found.filter(wanted).reverse())
      if (lines.length > most) return { lines: lines.slice(0, most), more: true }
    }
    return { lines, more: false }
  }

  async act(by: Actor, deed: Deed, key?: string): Promise<Acted> {
    if (!this.#ready || this.#stopping.signal.aborted)
      throw new QingyuError('SE-busy', { value: 'This', why: `the desk ${this.standing.state}` })
    return this.#acts.act(by, deed, key)
  }

  record(by: Actor, deed: Deed): Promise<void> {
    return this.#acts.record(by, deed)
  }

  board(top: number): { revision: number; message: Message } {
    const { plan, policy } = this.#parts
    return this.#boards.get(top, this.revision, () => {
      const { tick, open, incidents } = this.#memory
      return { tick, incidents: incidents.values(), alerts: open.values(), grid: plan.grid, policy }
    })
  }

  newsAfter(tick: number): readonly News[] | null {
    return tick > this.tick ? null : this.#news.after(tick)
  }

  watch(listener: (news: News) => void): () => void {
    this.#watchers.add(listener)
    return () => this.#watchers.delete(listener)
  }

  caughtUp(): Promise<void> {
    return this.#started
  }

  async stop(): Promise<void> {
    this.#ready = false
    this.#stopping.abort()
    this.#acts.stop()
    await this.#running
  }
}
