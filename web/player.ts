import { computed, signal } from '@preact/signals'
import type { Rate, ReplayView } from '../services/core/replay-wire.ts'
import { command, fetchReplay, sessionId } from './player-api.ts'
import { foreseen, queued, rateBeside } from './player-time.ts'
import type { Wanted } from './player-time.ts'
import { refusalOf } from './refusal.ts'

/** A session of which nothing was heard for so long is asked how it stands, ms. */
const QUIET = 2000
/** Questions without an answer after which it counts as out of reach. */
const UNANSWERED = 2

/** One session as a page has it before its eyes, and the hands on it. One verb at a time is on its way. */
export class Player {
  readonly id: string
  readonly view = signal<ReplayView | null>(null)
  /** The tick shown, ms; 0 before any. */
  readonly at = signal(0)
  /** Where somebody wants to be while the session is on its way there; null: nowhere else. */
  readonly aim = signal<number | null>(null)
  /** `closed`: there is no such session any more; `unheard`: the installation does not answer. */
  readonly gone = signal<'' | 'closed' | 'unheard'>('')
  /** Why the last verb was refused, in the server's words; '' when it was not. */
  readonly fault = signal('')
  /** Where a loop begins whose end is not chosen yet. */
  readonly loopFrom = signal<number | null>(null)
  /** What the scrubber shows. */
  readonly shown = computed(() => this.aim.value ?? this.at.value)
  readonly isPlaying = computed(() => this.view.value?.state === 'playing')
  #waiting: readonly Wanted[] = []
  #busy = false
  #asking = false
  #unanswered = 0
  /** Monotonic time at which anything of it was heard last, ms. */
  #heard = 0
  #timer = 0

  constructor(id: string) {
    this.id = id
  }

  /** Begins to ask how the session stands whenever nothing else tells. */
  start(): void {
    this.#timer = window.setInterval(() => {
      if (performance.now() - this.#heard > QUIET) void this.ask()
    }, QUIET / 2)
    void this.ask()
  }

  /** Ends asking. */
  stop(): void {
    window.clearInterval(this.#timer)
  }

  /** Takes what the session said of itself, on its socket or in answer to a verb. */
  learn(view: ReplayView): void {
    this.#listen()
    this.view.value = view
    this.at.value = view.at
  }

  /** Takes a tick that was shown. */
  reach(tick: number): void {
    this.#listen()
    this.at.value = tick
  }

  #listen(): void {
    this.#heard = performance.now()
    this.#unanswered = 0
    this.gone.value = ''
  }

  /** Asks how the session stands. */
  async ask(): Promise<void> {
    if (this.#asking || this.gone.peek() === 'closed') return
    this.#asking = true
    try {
      const view = await fetchReplay(this.id)
      // A playing session is ahead of its answer by the time that this arrives.
      if (view.state === 'playing' && this.at.peek() > view.at) this.#listen()
      else this.at.value = view.at
      this.view.value = view
      this.#unanswered = 0
      this.gone.value = ''
    } catch (thrown) {
      if (refusalOf(thrown).status === 404) this.gone.value = 'closed'
      else if (++this.#unanswered >= UNANSWERED) this.gone.value = 'unheard'
    } finally {
      this.#asking = false
    }
  }

  #do(next: Wanted): void {
    const view = this.view.peek()
    // Shown as it will be, so that a key pressed twice goes two ways on.
    if (view !== null) this.view.value = foreseen(view, next)
    this.#waiting = queued(this.#waiting, next)
    if (!this.#busy) void this.#work()
  }

  async #work(): Promise<void> {
    this.#busy = true
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      this.#waiting = this.#waiting.slice(1)
      try {
        const view = await command(this.id, next.verb, next.body)
        this.learn(this.#waiting.reduce(foreseen, view))
        this.fault.value = ''
      } catch (thrown) {
        const refusal = refusalOf(thrown)
        this.fault.value = [refusal.message, refusal.hint].filter(Boolean).join('. ')
        if (refusal.status === 404) this.gone.value = 'closed'
        else void this.ask()
      }
    }
    this.#busy = false
    this.aim.value = null
  }

  /** Plays, from the beginning where the end is reached. */
  play(): void {
    if (this.view.peek()?.state === 'ended') this.seek(this.view.peek()?.from ?? 0)
    this.#do({ verb: 'play', body: {} })
  }

  pause(): void {
    this.#do({ verb: 'pause', body: {} })
  }

  toggle(): void {
    if (this.isPlaying.peek()) this.pause()
    else this.play()
  }

  /** To the newest tick at or before `at`, ms, held to what can be played. */
  seek(at: number): void {
    const { from = at, to = at } = this.view.peek() ?? {}
    const held = Math.round(Math.min(to, Math.max(from, at)))
    this.aim.value = held
    this.#do({ verb: 'seek', body: { at: held } })
  }

  /** By ticks, also backwards. */
  step(ticks: number): void {
    this.#do({ verb: 'step', body: { ticks } })
  }

  setRate(rate: Rate): void {
    this.#do({ verb: 'rate', body: { rate } })
  }

  /** To the next rate of {@link ALL_RATES}. */
  hasten(by: 1 | -1): void {
    const rate = this.view.peek()?.rate ?? 1
    const next = rateBeside(rate, by)
    if (next !== rate) this.setRate(next)
  }

  toBegin(): void {
    this.seek(this.view.peek()?.from ?? 0)
  }

  toEnd(): void {
    this.seek(this.view.peek()?.to ?? 0)
  }

  /** Plays from..to again and again, ms; null ends that. */
  loopOver(span: { readonly from: number; readonly to: number } | null): void {
    const [from, to] = [Math.round(span?.from ?? 0), Math.round(span?.to ?? 0)]
    this.#do({ verb: 'loop', body: span === null ? { from: null } : { from, to } })
  }

  /** First call marks where a loop begins, the second where it ends and begins it, the third ends it. */
  markLoop(): void {
    const at = this.shown.peek()
    const from = this.loopFrom.peek()
    this.loopFrom.value = null
    if (this.view.peek()?.loop) this.#do({ verb: 'loop', body: { from: null } })
    else if (from === null) this.loopFrom.value = at
    // The marks may be set in either order; two at one place are none.
    else if (from !== at)
      this.#do({ verb: 'loop', body: { from: Math.min(from, at), to: Math.max(from, at) } })
  }
}

/** The session that this page shows; null on live pages. */
export const player: Player | null = sessionId === '' ? null : new Player(sessionId)
