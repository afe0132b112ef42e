import { QingyuError, sentenceOf } from './core/errors.ts'
import type { Plan } from './core/plan.ts'
import type { RehearsalsAnswer, RehearsalView } from './core/replay-wire.ts'
import { rulesText } from './core/rule-text.ts'
import type { RulesText } from './core/rules-wire.ts'
import type { Archive, Clock, Random } from './ports.ts'
import type { FromRehearsal, RehearsalSetting } from './rehearsal-message.ts'
import { checkSpan } from './rehearsal-run.ts'
import { readWish, type RehearsalWish } from './rehearsal-wanted.ts'
import type { Rehearsals, RehearsalStore } from './rehearsals-port.ts'
import { readRules, type RulesSource } from './rules-text.ts'
import { faultFrom, type Thread, type ThreadSetting } from './thread.ts'

/** Rehearsals that are kept, those that wait or run among them. */
const MOST_KEPT = 50
const NO_RULES: RulesText = { rules: [], parents: [] }

/** An archive that is rehearsed on. */
interface Rehearsed {
  readonly dir: string
  readonly archive: Pick<Archive, 'spans'>
}

/** What rehearsals are made of. */
export interface RehearsalsParts {
  /** This installation's archive; null where none is kept. */
  readonly own: Rehearsed | null
  readonly epoch: string
  /** That of an opened bundle. GW-not-found. */
  readonly bundle: (id: string) => Promise<Rehearsed>
  /** Up to when may be asked for, ms, where `newest` is what the archive holds: it follows live. */
  readonly latest: (newest: number) => number
  /** The plan under the rules in force. */
  readonly plan: () => Promise<Plan>
  /** A saved version of the rules; RS-unknown. */
  readonly version: (version: string) => Promise<RulesText>
  readonly settings: { readonly rehearsals: number; readonly memory: number }
  readonly store: RehearsalStore
  /** Folder of the store, for threads. */
  readonly folder: string
  readonly start: (setting: ThreadSetting<FromRehearsal>) => Thread<never>
  readonly clock: Clock
  readonly random: Random
  readonly report: (sentence: string) => void
}

/** One that waits or runs. */
interface Pending {
  readonly setting: RehearsalSetting
  thread: Thread<never> | null
}

/** Keeps rehearsals: some run, each in a thread of its own, others wait, and what came of them is kept on the disk. */
export class RehearsalKeeper implements Rehearsals {
  readonly #parts: RehearsalsParts
  /** Oldest first; without results. Bound: {@link MOST_KEPT}. */
  readonly #views = new Map<string, RehearsalView>()
  readonly #pending = new Map<string, Pending>()
  #isStopped = false

  private constructor(parts: RehearsalsParts, views: readonly RehearsalView[]) {
    this.#parts = parts
    for (const view of views.slice(-MOST_KEPT)) this.#views.set(view.id, view)
  }

  /** Takes up what the store holds. */
  static async open(parts: RehearsalsParts): Promise<RehearsalKeeper> {
    return new RehearsalKeeper(parts, await parts.store.views())
  }

  list(): RehearsalsAnswer {
    const rehearsals = [...this.#views.values()].reverse()
    return { rehearsals, most: this.#parts.settings.rehearsals, kept: MOST_KEPT }
  }

  async open(wanted: Readonly<Record<string, unknown>>, by: string): Promise<RehearsalView> {
    const { settings, own, bundle, epoch, folder, clock } = this.#parts
    const wish = readWish(wanted)
    if (settings.rehearsals === 0 || this.#isStopped) throw full(0, settings.rehearsals)
    const of = wish.bundle === '' ? own : await bundle(wish.bundle)
    if (of === null)
      throw new QingyuError('AV-gap', { value: 'the past', held: 'nothing: archive.enabled is off' })
    const to = await this.#endOf(of.archive, wish)
    const { rules, would, text } = await this.#rulesOf(wish)
    await this.#makeRoom()
    const { from, name, bundle: id } = wish
    const view: RehearsalView = {
      id: this.#draw(),
      name,
      by,
      state: 'queued',
      why: '',
      progress: 0,
      from,
      to,
      asked: clock.now(),
      bundle: id,
      was: '',
      would,
      text,
      result: null,
    }
    const setting = { archive: of.dir, epoch: id === '' ? epoch : '', folder, view, rules }
    this.#views.set(view.id, view)
    this.#pending.set(view.id, { setting, thread: null })
    this.#run()
    return this.#views.get(view.id) ?? view
  }

  /** What lies between the archive and live is left out. RY-field, RY-future, AV-gap. */
  async #endOf(archive: Rehearsed['archive'], { from, to, bundle }: RehearsalWish): Promise<number> {
    const newest = (await archive.spans()).at(-1)?.to ?? 0
    const isBehind = bundle === '' && to > newest && from < newest && to <= this.#parts.latest(newest)
    const end = isBehind ? newest : to
    await checkSpan(archive, from, end)
    return end
  }

  /** Those for this installation are read at once; what a bundle was judged by, its thread finds out. RS-*. */
  async #rulesOf({ rules, bundle }: RehearsalWish) {
    const source: RulesSource =
      'version' in rules ? { text: await this.#parts.version(rules.version) } : rules
    if (bundle !== '') return { rules: source, would: '', text: NO_RULES }
    const plan = await this.#parts.plan()
    const read = readRules(source, plan)
    const text = rulesText(read, plan.scheme)
    return { rules: { text }, would: read.version, text }
  }

  /** RY-full. What is over and oldest goes. */
  async #makeRoom(): Promise<void> {
    while (this.#views.size >= MOST_KEPT) {
      const oldest = [...this.#views.keys()].find((id) => !this.#pending.has(id))
      if (oldest === undefined) throw full(this.#views.size, MOST_KEPT)
      await this.remove(oldest)
    }
  }

  #run(): void {
    const running = [...this.#pending.values()].filter(({ thread }) => thread !== null).length
    const waiting = [...this.#pending].filter(([, { thread }]) => thread === null)
    for (const [id, pending] of waiting.slice(0, Math.max(0, this.#parts.settings.rehearsals - running)))
      this.#begin(id, pending)
  }

  #begin(id: string, pending: Pending): void {
    const { start, settings } = this.#parts
    this.#tell(id, { state: 'running' })
    const thread = start({
      module: 'app-rehearsal-thread',
      data: pending.setting,
      memory: settings.memory,
      hear: (message) => this.#hear(id, message),
    })
    pending.thread = thread
    void thread.ended.then((fault) => {
      if (this.#pending.get(id)?.thread !== thread) return
      this.#fail(id, sentenceOf(fault ?? 'its thread ended before it was done'))
    })
  }

  #hear(id: string, message: FromRehearsal): void {
    if (!this.#pending.has(id)) return
    if (message.what === 'progress') this.#tell(id, { progress: message.share })
    if (message.what === 'failed') this.#fail(id, faultFrom(message.fault).message)
    if (message.what === 'done') this.#over(id, message.view)
  }

  #fail(id: string, why: string): void {
    const view = this.#views.get(id)
    if (view === undefined) return
    const failed: RehearsalView = { ...view, state: 'failed', why }
    this.#over(id, failed)
    this.#parts.store.save(failed).catch((fault: unknown) => this.#parts.report(sentenceOf(fault)))
  }

  #over(id: string, view: RehearsalView): void {
    this.#pending.delete(id)
    if (this.#views.has(id)) this.#views.set(id, view)
    this.#run()
  }

  #tell(id: string, part: Partial<RehearsalView>): void {
    const view = this.#views.get(id)
    if (view !== undefined) this.#views.set(id, { ...view, ...part })
  }

  async whole(id: string): Promise<string> {
    const view = this.#view(id)
    const kept = view.state === 'done' ? await this.#parts.store.whole(id) : undefined
    return kept ?? JSON.stringify(view)
  }

  async csv(id: string): Promise<string> {
    const { state } = this.#view(id)
    const kept = state === 'done' ? await this.#parts.store.csv(id) : undefined
    if (kept === undefined)
      throw new QingyuError('RY-unknown', { value: `Result of a rehearsal that is ${state}` })
    return kept
  }

  async remove(id: string): Promise<void> {
    this.#view(id)
    const thread = this.#pending.get(id)?.thread
    this.#views.delete(id)
    this.#pending.delete(id)
    await thread?.end()
    await this.#parts.store.remove(id)
    this.#run()
  }

  #view(id: string): RehearsalView {
    const view = this.#views.get(id)
    if (view === undefined) throw new QingyuError('RY-unknown', { value: `Rehearsal ${id.slice(0, 40)}` })
    return view
  }

  #draw(): string {
    const word = () => this.#parts.random.uint32().toString(16).padStart(8, '0')
    return word() + word()
  }

  /** Ends all that run; what waits is forgotten. */
  async stop(): Promise<void> {
    this.#isStopped = true
    const threads = [...this.#pending.values()].flatMap(({ thread }) => thread ?? [])
    this.#pending.clear()
    await Promise.all(threads.map((thread) => thread.end()))
  }
}

function full(value: number, most: number): QingyuError {
  return new QingyuError('RY-full', { value, what: 'rehearsals', most, field: 'replay.rehearsals' })
}
