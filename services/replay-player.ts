import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Keyframe, TickSlice } from './core/archive.ts'
import type { Clock } from './ports.ts'
import type { Beginning, Reel, Take } from './replay-reel.ts'

/** Longest that ticks are played without letting a verb or a wall have its turn, ms. */
export const TURN_MS = 20
/** So many ticks ahead are played; further ones begin at a keyframe. */
export const MOST_PLAYED = 600

/** A city between two beginnings, with walls and a desk that follow it. */
export interface ReplayCity {
  readonly tickMs: number
  readonly grid: string
  /** Newest tick that was played, ms. */
  readonly at: number
  /** Version of the rules in force at it. */
  readonly rules: string
  /** Plays a slice; nobody is told yet. LG-record. */
  play(slice: TickSlice): void
  /** Tells walls and desk; resolves when they have heard. */
  tell(): Promise<void>
  /** As it stands, to go on by another plan. */
  keyframe(): Keyframe | undefined
  stop(): Promise<void>
}

/** What a {@link Player} is made of. */
export interface PlayerParts {
  readonly reel: Reel
  readonly clock: Clock
  /** Before a moment is shown at least so much is played, ms: the longest window of that plan. AV-plan, AV-file. */
  warmth(plan: string): Promise<number>
  /** Makes a city anew; nobody sees it before `show`. AV-plan, AV-file. */
  raise(begin: Beginning): Promise<ReplayCity>
  /** Has walls and desk see this city instead of the one before. */
  show(city: ReplayCity): Promise<void>
}

/** Plays a reel to a city, tick by tick or silently to a moment; over gaps and changes of the plan with a new one. */
export class Player {
  readonly #parts: PlayerParts
  #city: ReplayCity
  #plan: string
  /** The city that walls and desk see; another than {@link city} while one is warmed up. */
  #seen: ReplayCity | null = null
  /** Read and not yet played from `#next` on. */
  #slices: readonly TickSlice[] = []
  #next = 0
  /** Read, and not begun. */
  #ahead: Take | null = null

  private constructor(parts: PlayerParts, city: ReplayCity, plan: string) {
    this.#parts = parts
    this.#city = city
    this.#plan = plan
  }

  /** Stands at the newest tick at or before `at`. AV-gap, AV-plan, AV-file. */
  static async at(parts: PlayerParts, at: number, isStale: () => boolean): Promise<Player> {
    const begin = await cued(parts, at)
    const player = new Player(parts, await parts.raise(begin), begin.plan)
    await player.#playTo(at, isStale)
    return player
  }

  get city(): ReplayCity {
    return this.#city
  }

  /** The next slice; undefined at the end of what is held, and where the next city begins behind tick `last`. */
  async peek(last = Infinity): Promise<TickSlice | undefined> {
    while (this.#next >= this.#slices.length) {
      const take = this.#ahead ?? (await this.#parts.reel.next())
      if (take === null) return undefined
      this.#ahead = (take.begin?.keyframe?.at ?? 0) > last ? take : null
      if (this.#ahead !== null) return undefined
      const own = take.plan === this.#plan ? undefined : this.#city.keyframe()
      const begin = take.begin ?? (own && { keyframe: own, plan: take.plan })
      if (begin !== undefined) await this.#raise(begin)
      this.#slices = take.slices
      this.#next = 0
    }
    return this.#slices[this.#next]
  }

  /** Plays what {@link peek} told. Rate: per tick. */
  play(slice: TickSlice): void {
    this.#city.play(slice)
    this.#next++
  }

  /** Has walls and desk see what was played. */
  async tell(): Promise<void> {
    await this.#city.tell()
    const before = this.#seen
    if (before === this.#city) return
    await this.#parts.show(this.#city)
    this.#seen = this.#city
    await before?.stop()
  }

  /** Goes on from another city than the one that was warmed up, made of it as it stands. */
  async renew(change: (keyframe: Keyframe) => Keyframe): Promise<void> {
    let keyframe = this.#city.keyframe()
    for (
      let slice = await this.peek();
      keyframe === undefined && slice !== undefined;
      slice = await this.peek()
    ) {
      this.play(slice)
      keyframe = this.#city.keyframe()
    }
    if (keyframe === undefined) return
    await this.#raise({ keyframe: change(keyframe), plan: this.#plan })
    await this.tell()
  }

  /** Plays on by ticks; fewer at the end of what is held. */
  async playOn(ticks: number): Promise<void> {
    for (let i = 0; i < ticks; i++) {
      const slice = await this.peek()
      if (slice === undefined) break
      this.play(slice)
    }
    await this.tell()
  }

  /** Shows the newest tick at or before `at`; left undone once `isStale`. */
  async goTo(at: number, isStale: () => boolean): Promise<void> {
    const ahead = at - this.#city.at
    if (ahead < 0 || ahead > MOST_PLAYED * this.#city.tickMs) {
      await this.#raise(await cued(this.#parts, at))
      this.#slices = []
      this.#next = 0
      this.#ahead = null
    }
    await this.#playTo(at, isStale)
  }

  async #raise(begin: Beginning): Promise<void> {
    const before = this.#city
    this.#city = await this.#parts.raise(begin)
    this.#plan = begin.plan
    if (before !== this.#seen) await before.stop()
  }

  async #playTo(at: number, isStale: () => boolean): Promise<void> {
    const { clock } = this.#parts
    let turn = clock.now() + TURN_MS
    while (!isStale()) {
      const slice = await this.peek(at)
      if (slice === undefined || slice.at > at) return this.tell()
      this.play(slice)
      if (clock.now() < turn) continue
      await this.#city.tell()
      await nextTurn()
      turn = clock.now() + TURN_MS
    }
  }

  async stop(): Promise<void> {
    await this.#parts.reel.close()
    await this.#city.stop()
    if (this.#seen !== this.#city) await this.#seen?.stop()
  }
}

async function cued(parts: PlayerParts, at: number): Promise<Beginning> {
  const { reel } = parts
  return reel.cue({ at, warmMs: await parts.warmth(await reel.planAt(at)) })
}
