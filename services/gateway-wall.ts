import type { View } from './core/layer.ts'
import { QingyuError, type ErrorCode } from './core/errors.ts'
import type { Subscribe } from './core/wire.ts'
import type { Message, WallLink, WallSession } from './gateway-port.ts'
import { readClientMessage } from './gateway-message.ts'

/** Bytes that a wall may leave undrawn before it is conflated. */
export const MOST_UNDRAWN = 131_072
/** A wall that draws nothing for so long while something waits is closed, ms. */
export const SLOW_MS = 60_000
/** Time between pings, and the longest silence, ms. */
export const PING_MS = 5_000
export const SILENT_MS = 15_000
/** A wall so little ahead of the gateway that it turned to waits for it there, ms of ticks; at the first sweep after so long, ms, no more. */
export const MOST_AHEAD = 10_000
const AHEAD_MS = 3_000
/** Messages a wall may send in a second, beside those that draw what it was sent: a busy one answers many frames at once, late. */
export const MOST_MESSAGES = 20

/** The answer to a subscription: its view, the tick that it goes on from (null: none), and what is said before the frame. */
export interface Admission {
  readonly view: View
  readonly resumed: number | null
  readonly first: readonly Message[]
}

/** At the subscription; with the tick; or later, once a conflated wall has drawn: its pulses are over then. */
export type When = 'first' | 'fresh' | 'late'

/** A board, and the revision since which it says this. */
export interface Told {
  readonly revision: number
  readonly message: Message
}

/** What a wall needs from the gateway; everything by view is made once a tick. */
export interface Feed {
  /** False while the picture catches up; `begin` is called on every wall when that is over. */
  readonly ready: boolean
  now(): number
  /** Newest tick of the picture. */
  tick(): number
  subscribe(subscribe: Subscribe): Admission
  /** True when the wall has seen ticks that this picture will reach in a moment. */
  ahead(subscribe: Subscribe): boolean
  release(view: View): void
  /** Frame (delta from `from`, or a snapshot when that is null or too long ago), then the summary and all else. */
  messages(view: View, from: number | null, missed: number, when: When): readonly Message[]
  /** Incidents and alerts of a view; null where the wall has seen that revision, or there is none. */
  board(view: View, seen: number): Told | null
  counted(frames: number, bytes: number, missed: number): void
  closed(wall: Wall, code: ErrorCode | null): void
}

/** One wall: what it sees, what it was sent, what it has drawn. */
export class Wall implements WallSession {
  private readonly link: WallLink
  private readonly feed: Feed
  private view: View | null = null
  private wanted: Subscribe | null = null
  private wantedAt = 0
  /** Tick of the last frame sent; null: it has none yet. */
  private sent: number | null = null
  /** Revision of the board sent last; 0: none yet. */
  private boardSeen = 0
  private readonly undrawn: { tick: number; bytes: number }[] = []
  private undrawnBytes = 0
  private missed = 0
  private progress: number
  private heard: number
  private pinged = 0
  private windowStart = 0
  private windowCount = 0
  private open = true

  constructor(link: WallLink, feed: Feed) {
    this.link = link
    this.feed = feed
    this.progress = feed.now()
    this.heard = this.progress
  }

  receive(text: string): void {
    if (!this.open) return
    const now = this.feed.now()
    this.heard = now
    this.attempt(() => {
      const message = readClientMessage(text)
      const drew = message.type === 'drawn' && this.drawn(message.tick, now)
      if (!drew) this.count(now)
      if (message.type === 'subscribe') this.subscribe(message)
      else if (this.sent !== null && this.sent < this.feed.tick()) this.tick('late')
    })
  }

  /** GW-flood for one message too many. */
  private count(now: number): void {
    if (now - this.windowStart >= 1_000) {
      this.windowStart = now
      this.windowCount = 0
    }
    if (++this.windowCount > MOST_MESSAGES)
      throw new QingyuError('GW-flood', { value: this.windowCount, most: MOST_MESSAGES })
  }

  /** Serves the subscription that came before the picture had caught up, with the log or with this wall. */
  begin(): void {
    const { wanted } = this
    this.wanted = null
    if (wanted !== null && this.open) this.attempt(() => this.subscribe(wanted, this.wantedAt))
  }

  private attempt(act: () => void): void {
    try {
      act()
    } catch (thrown) {
      if (!(thrown instanceof QingyuError)) throw thrown
      this.end(thrown.code, thrown.parameters)
    }
  }

  private subscribe(message: Subscribe, since = this.feed.now()): void {
    const patient = this.feed.now() - since < AHEAD_MS
    if (!this.feed.ready || (patient && this.feed.ahead(message))) {
      this.wanted = message
      this.wantedAt = since
      return
    }
    const before = this.view
    if (before !== null && this.congested)
      throw new QingyuError('GW-protocol', { why: 'subscribed again before it drew what it had' })
    const { view, resumed, first } = this.feed.subscribe(message)
    if (before !== null) this.feed.release(before)
    this.view = view
    this.sent = resumed
    this.boardSeen = 0
    this.deliver(first, 'first')
  }

  /** Whether that draws anything that waited. */
  private drawn(tick: number, now: number): boolean {
    let gained = false
    while (this.undrawn.length > 0 && (this.undrawn[0]?.tick ?? 0) <= tick) {
      this.undrawnBytes -= this.undrawn.shift()?.bytes ?? 0
      gained = true
    }
    if (gained) this.progress = now
    return gained
  }

  /** A wall that says it has drawn what it never read must not fill our memory either, hence `pending`. */
  private get congested(): boolean {
    return this.undrawnBytes > MOST_UNDRAWN || this.link.pending > MOST_UNDRAWN
  }

  /** The picture has a new tick, or the wall has room again for one that it missed. */
  tick(when: 'fresh' | 'late'): void {
    if (this.wanted !== null) return this.begin()
    if (this.view === null || !this.open) return
    if (this.congested) {
      if (when === 'late') return
      this.missed++
      this.feed.counted(0, 0, 1)
      return
    }
    this.deliver([], when)
  }

  private deliver(first: readonly Message[], when: When): void {
    if (this.view === null) return
    const messages = [...first, ...this.feed.messages(this.view, this.sent, this.missed, when)]
    const board = this.feed.board(this.view, this.boardSeen)
    if (board !== null) {
      messages.push(board.message)
      this.boardSeen = board.revision
    }
    const bytes = messages.reduce((sum, message) => sum + message.bytes.length, 0)
    if (this.undrawn.length === 0) this.progress = this.feed.now()
    this.sent = this.feed.tick()
    this.undrawn.push({ tick: this.sent, bytes })
    this.undrawnBytes += bytes
    this.feed.counted(messages.filter((message) => message.kind === 'binary').length, bytes, 0)
    this.link.send(messages)
  }

  pong(): void {
    this.heard = this.feed.now()
  }

  /** Called every few seconds: pings, and closes what is silent or slow. */
  sweep(): void {
    const now = this.feed.now()
    if (this.wanted !== null && this.feed.ready) this.begin()
    if (now - this.heard > SILENT_MS) this.end('GW-silent', { value: `${SILENT_MS / 1_000} s` })
    else if (this.undrawn.length > 0 && now - this.progress > SLOW_MS)
      this.end('GW-slow', { value: `${SLOW_MS / 1_000} s` })
    else if (this.view === null && this.wanted === null && now - this.progress > SILENT_MS)
      this.end('GW-protocol', { why: `no subscribe within ${SILENT_MS / 1_000} s` })
    else if (now - this.pinged >= PING_MS) {
      this.pinged = now
      this.link.ping()
    }
  }

  /** Closes the wall and tells it why. */
  end(code: ErrorCode, parameters: Readonly<Record<string, string | number>>): void {
    if (!this.open) return
    this.leave(code)
    this.link.close(code, parameters)
  }

  gone(): void {
    if (this.open) this.leave(null)
  }

  private leave(code: ErrorCode | null): void {
    this.open = false
    if (this.view !== null) this.feed.release(this.view)
    this.view = null
    this.feed.closed(this, code)
  }
}
