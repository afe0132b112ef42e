import { KIND_SNAPSHOT } from '../core/frame.ts'
import type { Board, History, Occurrences, Summary } from '../core/wire.ts'
import type { Gateway, Message, WallLink, WallSession } from '../gateway-port.ts'

/** What a wall was told: frames by the ticks that they lead from and to, texts by their kind. */
export class ToldWall implements WallLink {
  readonly pending = 0
  /** `from>to` (ms; from is empty for a snapshot) to bytes, in hexadecimal digits. */
  readonly frames = new Map<string, string>()
  readonly summaries = new Map<number, string>()
  readonly boards = new Map<number, string>()
  readonly pulses = new Map<number, string>()
  /** Areas by level at each time of the history. */
  readonly columns = new Map<number, string>()
  /** Ticks in the order that they were told. */
  readonly ticks: number[] = []
  #session: WallSession | null = null

  /** Connects and subscribes to the whole city; it draws everything at once. */
  join(gateway: Pick<Gateway, 'connect'>): void {
    this.#session = gateway.connect(this)
    if (this.#session === null) throw new Error('the gateway has no room')
    this.#session.receive(JSON.stringify({ type: 'subscribe', layer: 'levels' }))
  }

  send(messages: readonly Message[]): void {
    for (const { kind, bytes } of messages)
      if (kind === 'binary') this.#frame(Buffer.from(bytes))
      else this.hear(Buffer.from(bytes).toString())
  }

  #frame(bytes: Buffer): void {
    const { name, tick } = nameOf(bytes)
    this.frames.set(name, bytes.toString('hex'))
    this.ticks.push(tick)
    // Not within the call: a wall answers later, too.
    queueMicrotask(() => this.#session?.receive(JSON.stringify({ type: 'drawn', tick })))
  }

  /** Rate: per text. */
  hear(text: string): void {
    const message = JSON.parse(text) as { readonly type: string }
    if (message.type === 'summary') this.#summary(message as unknown as Summary)
    else if (message.type === 'board') this.#board(message as unknown as Board)
    else if (message.type === 'history') this.#history(message as unknown as History)
    else if (message.type === 'occurrences') this.pulses.set((message as unknown as Occurrences).tick, text)
  }

  #summary({ now: _now, latency: _latency, missed: _missed, ...rest }: Summary): void {
    this.summaries.set(rest.tick, JSON.stringify(rest))
  }

  #history({ times, levels }: History): void {
    for (const [i, time] of times.entries()) {
      const counts = Object.entries(levels).map(([level, areas]) => `${level} ${areas[i]}`)
      this.columns.set(time, counts.join(', '))
    }
  }

  #board(board: Board): void {
    this.boards.set(board.tick, JSON.stringify(board))
  }

  ping(): void {
    this.#session?.pong()
  }

  close(code: string): void {
    if (code !== 'GW-stopping') throw new Error(`the gateway closed the wall: ${code}`)
  }
}

/** The ticks that a frame leads from and to (core/frame). */
export function nameOf(bytes: Buffer): { readonly name: string; readonly tick: number } {
  const tick = bytes.readDoubleLE(8)
  const isSnapshot = bytes.readUInt8(3) === KIND_SNAPSHOT
  return { name: `${isSnapshot ? '' : bytes.readDoubleLE(24)}>${tick}`, tick }
}
