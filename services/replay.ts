import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Keyframe } from './core/archive.ts'
import { QingyuError, sentenceOf } from './core/errors.ts'
import { MOST_RATE, type Rate, type ReplayView } from './core/replay-wire.ts'
import { isoOf } from './core/time.ts'
import { Pace } from './replay-pace.ts'
import { MOST_PLAYED, Player, TURN_MS, type PlayerParts } from './replay-player.ts'

/** Time between two looks for what live has added to the archive, ms. */
const LOOK_MS = 5_000
/** Verbs that wait for their turn. */
const MOST_VERBS = 100

/** What a session is made of. */
export interface ReplayParts extends PlayerParts {
  /** What of the view never changes. */
  readonly named: Pick<ReplayView, 'id' | 'kind' | 'title' | 'path' | 'bundle' | 'by'>
  /** Where it ends by itself; null: at the end of what is held, and it goes on once more is. */
  readonly to: number | null
  readonly rate: Rate
  /** What it begins with in place of the city as it was; absent: that. */
  readonly begin?: (keyframe: Keyframe) => Keyframe
  /** Told whenever something else than the tick shown has changed. */
  changed(view: ReplayView): void
}

interface Verb {
  readonly run: () => Promise<void>
  /** A seek that a later one makes needless is broken off. */
  readonly isSeek: boolean
}

/** A past that is played: play, pause, seek, step, loop. Verbs are done one after another. */
export class Replay {
  readonly #parts: ReplayParts
  readonly #player: Player
  readonly #pace: Pace
  readonly #running: Promise<void>
  #verbs: readonly Verb[] = []
  #state: ReplayView['state'] = 'paused'
  #why = ''
  #loop: ReplayView['loop'] = null
  #isClosed = false
  #wake: () => void = () => undefined

  private constructor(parts: ReplayParts, player: Player) {
    this.#parts = parts
    this.#player = player
    this.#pace = new Pace(player.city.tickMs, parts.rate)
    this.#running = this.#run()
  }

  /** Opens, paused, at the newest tick at or before `at`. RY-future, RY-field, AV-gap, AV-plan, AV-file. */
  static async open(parts: ReplayParts, at: number): Promise<Replay> {
    const { reel, to } = parts
    assertRate(parts.rate)
    reel.check(at)
    if (to !== null && to <= at) throw wrong('to', isoOf(to), `a time after ${isoOf(at)}, where it opens`)
    const player = await Player.at(parts, at, () => false)
    if (parts.begin) await player.renew(parts.begin)
    return new Replay(parts, player)
  }

  get view(): ReplayView {
    const { named, reel, to } = this.#parts
    const { at, grid, rules } = this.#player.city
    return {
      ...named,
      state: this.#state,
      why: this.#why,
      at,
      from: reel.from,
      to: to ?? reel.to,
      rate: this.#pace.rate,
      loop: this.#loop,
      gaps: reel.gaps,
      grid,
      rules,
    }
  }

  /** Goes on; from the beginning where it had come to its end. RY-field. */
  async play(rate = this.#pace.rate): Promise<ReplayView> {
    assertRate(rate)
    return this.#order(false, async () => {
      const { reel, to, clock } = this.#parts
      if (this.#state === 'ended' && to !== null) await this.#goTo(this.#loop?.from ?? reel.from)
      this.#pace.begin(this.#player.city.at, clock.now(), rate)
      this.#become('playing')
    })
  }

  async pause(): Promise<ReplayView> {
    return this.#order(false, () => Promise.resolve(this.#become('paused')))
  }

  /** Shows the newest tick at or before `at`. RY-future, RY-field, AV-gap. */
  async seek(at: number): Promise<ReplayView> {
    await this.#assertHeld('at', at)
    return this.#order(true, () => this.#goTo(at))
  }

  /** By so many ticks, also backwards; pauses. RY-field. */
  async step(ticks: number): Promise<ReplayView> {
    if (!Number.isSafeInteger(ticks) || ticks === 0 || Math.abs(ticks) > MOST_PLAYED)
      throw wrong('ticks', ticks, `a whole number from 1 to ${MOST_PLAYED}, or below 0 to go back`)
    return this.#order(false, async () => {
      const { city } = this.#player
      if (ticks > 0) await this.#player.playOn(ticks)
      else await this.#goTo(Math.max(this.#parts.reel.from, city.at + ticks * city.tickMs))
      this.#become('paused')
    })
  }

  /** RY-field. */
  async rate(rate: Rate): Promise<ReplayView> {
    assertRate(rate)
    return this.#order(false, () => {
      this.#pace.begin(this.#player.city.at, this.#parts.clock.now(), rate)
      return Promise.resolve(this.#become(this.#state))
    })
  }

  /** Plays from..to again and again; null ends that. RY-field, RY-future, AV-gap. */
  async loop(loop: ReplayView['loop']): Promise<ReplayView> {
    const { tickMs } = this.#player.city
    if (loop !== null) {
      await this.#assertHeld('from', loop.from)
      await this.#assertHeld('to', loop.to)
      if (loop.to - loop.from < tickMs) throw wrong('to', isoOf(loop.to), `at least ${tickMs} ms after from`)
    }
    return this.#order(true, async () => {
      this.#loop = loop
      const { at } = this.#player.city
      if (loop !== null && (at < loop.from || at >= loop.to)) await this.#goTo(loop.from)
      else this.#become(this.#state)
    })
  }

  /** Stops everything; verbs that wait are refused. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#wake()
    await this.#running
    await this.#player.stop()
  }

  async #assertHeld(field: string, at: number): Promise<void> {
    const { reel, to } = this.#parts
    if (!Number.isFinite(at)) throw wrong(field, at, 'a time in ms since 1970')
    if (to !== null && at > to) throw wrong(field, isoOf(at), `a time up to ${isoOf(to)}, where it ends`)
    if (at > reel.to) await reel.refresh()
    reel.check(at)
  }

  /** Does a verb when its turn comes; the answer is how the session stands then. */
  #order(isSeek: boolean, act: () => Promise<void>): Promise<ReplayView> {
    const unknown = () => new QingyuError('RY-unknown', { value: `Replay ${this.#parts.named.id}` })
    if (this.#isClosed) return Promise.reject(unknown())
    if (this.#verbs.length >= MOST_VERBS)
      return Promise.reject(new QingyuError('SE-busy', { value: 'This', why: `${MOST_VERBS} verbs wait` }))
    return new Promise((resolve, reject) => {
      const run = async (): Promise<void> => {
        try {
          if (this.#isClosed) throw unknown()
          await act()
          resolve(this.view)
        } catch (fault) {
          reject(fault instanceof Error ? fault : new Error(String(fault)))
        }
      }
      this.#verbs = [...this.#verbs, { isSeek, run }]
      this.#wake()
    })
  }

  async #run(): Promise<void> {
    for (;;) {
      const [verb, ...waiting] = this.#verbs
      this.#verbs = waiting
      if (verb !== undefined) await verb.run()
      else if (this.#isClosed) return
      else if (this.#state === 'playing') await this.#turn().catch((fault: unknown) => this.#break(fault))
      else if (this.#state === 'ended' && this.#parts.to === null) await this.#lookForMore()
      else await this.#sleep(Infinity)
    }
  }

  #break(fault: unknown): void {
    this.#why = sentenceOf(fault)
    this.#become('failed')
  }

  #become(state: ReplayView['state']): void {
    this.#state = state
    this.#parts.changed(this.view)
  }

  #goTo(at: number): Promise<void> {
    const isStale = () => this.#isClosed || this.#verbs.some(({ isSeek }) => isSeek)
    return this.#player.goTo(at, isStale).then(() => {
      this.#pace.begin(this.#player.city.at, this.#parts.clock.now())
      // What had ended, or broke off, can be played from here.
      this.#become(this.#state === 'playing' ? 'playing' : 'paused')
    })
  }

  /** Plays what is due, tells of it, and waits for what is due next. */
  async #turn(): Promise<void> {
    const { clock } = this.#parts
    const last = Math.min(this.#loop?.to ?? Infinity, this.#parts.to ?? Infinity)
    const end = clock.now() + TURN_MS
    let due = 0
    while (due <= clock.now() && clock.now() < end) {
      const slice = await this.#player.peek(last)
      if (slice === undefined || slice.at > last) {
        await this.#player.tell()
        return this.#endReached()
      }
      due = this.#pace.due(slice.at)
      if (due > clock.now()) break
      this.#player.play(slice)
      this.#pace.passed(slice.at, clock.now())
    }
    await this.#player.tell()
    if (due > clock.now()) await this.#sleep(due)
    else await nextTurn()
  }

  async #endReached(): Promise<void> {
    if (this.#loop !== null) return this.#goTo(this.#loop.from)
    if (this.#parts.to === null && (await this.#parts.reel.refresh())) return
    this.#become('ended')
  }

  /** Live goes on meanwhile, and its archive follows. */
  async #lookForMore(): Promise<void> {
    const { clock, reel } = this.#parts
    await this.#sleep(clock.now() + LOOK_MS)
    if (this.#verbs.length > 0 || this.#isClosed || !(await reel.refresh())) return
    this.#pace.begin(this.#player.city.at, clock.now())
    this.#become('playing')
  }

  /** Until that time, or until a verb comes. */
  #sleep(until: number): Promise<void> {
    if (this.#verbs.length > 0 || this.#isClosed) return Promise.resolve()
    return new Promise((resolve) => {
      const { clock } = this.#parts
      const cancel = until === Infinity ? () => undefined : clock.at(until, () => this.#wake())
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
  }
}

function wrong(field: string, value: string | number, expected: string): QingyuError {
  return new QingyuError('RY-field', { field, value, expected })
}

function assertRate(rate: Rate): void {
  if (rate !== 'max' && !(rate >= 1 && rate <= MOST_RATE))
    throw wrong('rate', rate, `a number from 1 to ${MOST_RATE}, or max`)
}
