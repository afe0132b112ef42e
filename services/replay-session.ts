import { QingyuError, sentenceOf } from './core/errors.ts'
import type { DrillScore, ReplayView } from './core/replay-wire.ts'
import type { Clock } from './ports.ts'
import type { FromReplay, ReplaySetting, ToReplay, VerbCall } from './replay-message.ts'
import { faultFrom, type Thread, type ThreadSetting } from './thread.ts'

/** How long a thread may take to end by itself, ms; then it is ended. */
const ENDING_MS = 2_000
/** Verbs that wait for their answer. */
const MOST_CALLS = 100

/** What a {@link ReplaySession} is made of. */
export interface SessionParts {
  readonly setting: ReplaySetting
  /** Bytes that its thread may take. */
  readonly memory: number
  readonly start: (setting: ThreadSetting<FromReplay>) => Thread<ToReplay>
  readonly clock: Clock
  /** Told in a sentence when it breaks off, or something in it goes wrong. */
  readonly report: (sentence: string) => void
}

interface Call {
  resolve(answer: ReplayView | DrillScore): void
  reject(fault: Error): void
}

/** A session as the process sees it that started it: its thread, how it stands, and who uses it. */
export class ReplaySession {
  readonly #parts: SessionParts
  readonly #thread: Thread<ToReplay>
  readonly #calls = new Map<number, Call>()
  readonly #opened: Promise<void>
  #settle: { readonly resolve: () => void; readonly reject: (fault: Error) => void } = {
    resolve: () => undefined,
    reject: () => undefined,
  }
  #view: ReplayView
  #next = 0
  #users = 0
  #used: number
  #isClosed = false

  constructor(parts: SessionParts) {
    this.#parts = parts
    const { named, at, to, rate } = parts.setting
    const unknown = { loop: null, gaps: [], grid: '', rules: '' }
    this.#view = { ...named, ...unknown, state: 'opening', why: '', at, from: at, to: to ?? at, rate }
    this.#used = parts.clock.now()
    this.#opened = new Promise((resolve, reject) => (this.#settle = { resolve, reject }))
    // Nobody need wait for it: the view tells, too.
    this.#opened.catch(() => undefined)
    this.#thread = parts.start({
      module: 'app-replay-thread',
      data: parts.setting,
      memory: parts.memory,
      hear: (message) => this.#hear(message),
    })
    void this.#thread.ended.then((fault) => {
      if (!this.#isClosed) this.#break(fault ?? new Error('its thread ended'))
    })
  }

  get view(): ReplayView {
    return this.#view
  }

  #hear(message: FromReplay): void {
    switch (message.what) {
      case 'open':
        this.#view = message.view
        return this.#settle.resolve()
      case 'view':
        return this.#see(message.view)
      case 'fault':
        return this.#parts.report(`Replay ${this.#view.id}: ${message.fault.message}`)
      case 'done':
        this.#view = message.view
        return this.#answer(message.call)?.resolve(message.view)
      case 'scored':
        return this.#answer(message.call)?.resolve(message.score)
      case 'refused':
        return this.#answer(message.call)?.reject(faultFrom(message.fault))
      case 'failed':
        return this.#break(faultFrom(message.fault))
    }
  }

  #see(view: ReplayView): void {
    if (view.state === 'failed') return this.#break(new Error(view.why))
    this.#view = view
  }

  #answer(call: number): Call | undefined {
    const found = this.#calls.get(call)
    this.#calls.delete(call)
    return found
  }

  #break(fault: Error): void {
    if (this.#view.state === 'failed') return
    const why = sentenceOf(fault)
    this.#view = { ...this.#view, state: 'failed', why }
    this.#parts.report(`Replay ${this.#view.id} broke off: ${why}`)
    this.#settleAll(this.#failure())
    void this.#thread.end()
  }

  #failure(): QingyuError {
    return new QingyuError('RY-failed', { value: this.#view.id, why: this.#view.why })
  }

  #settleAll(fault: Error): void {
    this.#settle.reject(fault)
    for (const call of this.#calls.values()) call.reject(fault)
    this.#calls.clear()
  }

  /** Does a verb once it is open. RY-failed, and what the verb is refused with. */
  do(verb: VerbCall): Promise<ReplayView> {
    return this.#ask<ReplayView>((call) => ({ what: 'verb', call, verb }))
  }

  /** How people did in a drill. RY-failed, AV-gap. */
  score(): Promise<DrillScore> {
    return this.#ask<DrillScore>((call) => ({ what: 'score', call }))
  }

  async #ask<Answer extends ReplayView | DrillScore>(question: (call: number) => ToReplay): Promise<Answer> {
    this.#used = this.#parts.clock.now()
    await this.#opened
    if (this.#view.state === 'failed') throw this.#failure()
    if (this.#calls.size >= MOST_CALLS)
      throw new QingyuError('SE-busy', { value: 'This', why: `${MOST_CALLS} verbs wait` })
    const call = this.#next++
    return new Promise((resolve, reject) => {
      // Each question has one kind of answer.
      this.#calls.set(call, { resolve: (answer) => resolve(answer as Answer), reject })
      this.#thread.post(question(call))
    })
  }

  /** A use of its server, once it is open. RY-failed. */
  async enter(): Promise<{ readonly socket: string; readonly leave: () => void }> {
    this.#users++
    let hasLeft = false
    const leave = (): void => {
      if (hasLeft) return
      hasLeft = true
      this.#users--
      this.#used = this.#parts.clock.now()
    }
    try {
      await this.#opened
      if (this.#view.state === 'failed') throw this.#failure()
    } catch (fault) {
      leave()
      throw fault
    }
    return { socket: this.#parts.setting.socket, leave }
  }

  /** For how long nobody has used it, ms. */
  unusedSince(now: number): number {
    return this.#users > 0 ? 0 : now - this.#used
  }

  /** Ends its thread, wherever that stands. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#settleAll(new QingyuError('RY-unknown', { value: `Replay ${this.#view.id}` }))
    const { clock } = this.#parts
    const isOpen = this.#view.state !== 'opening' && this.#view.state !== 'failed'
    if (isOpen) {
      this.#thread.post({ what: 'close' })
      let cancel = (): void => undefined
      const late = new Promise<void>((resolve) => (cancel = clock.at(clock.now() + ENDING_MS, resolve)))
      await Promise.race([this.#thread.ended, late])
      cancel()
    }
    await this.#thread.end()
  }
}
