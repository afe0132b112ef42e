import { boardOf, type BoardSource } from './core/board.ts'
import { textMessage } from './gateway-message.ts'
import type { Message } from './gateway-port.ts'

/** Boards kept, one a top that walls ask for. */
const MOST_BOARDS = 1_000

interface KeptBoard {
  /** Revision of the desk at which it was looked at last. */
  readonly checked: number
  /** Revision since which it says this. */
  readonly revision: number
  readonly text: string
  readonly message: Message
}

/** Boards by top of the view, each made once a revision, and anew only where it says something else. */
export class Boards {
  readonly #kept = new Map<number, KeptBoard>()

  get(top: number, revision: number, source: () => BoardSource): { revision: number; message: Message } {
    const known = this.#kept.get(top)
    if (known?.checked === revision) return known
    const board = boardOf(source(), top)
    const text = JSON.stringify({ ...board, tick: 0 })
    const made: KeptBoard =
      known?.text === text
        ? { ...known, checked: revision }
        : { checked: revision, revision, text, message: textMessage(board) }
    if (this.#kept.size >= MOST_BOARDS) this.#kept.clear()
    this.#kept.set(top, made)
    return made
  }
}
