import { isMap, isNode, isSeq, LineCounter, parseDocument, type Document } from 'yaml'
import { QingyuError } from './errors.ts'
import { nearest } from './nearest.ts'
import { rosterFault, type RosterWorld } from './roster-shift.ts'

type Path = readonly (string | number)[]

/** A YAML text walked by path, so that every fault names its line. */
export class RosterTree {
  readonly world: RosterWorld
  readonly #document: Document
  readonly #lines: LineCounter

  /** Throws RO-text where it is no YAML. */
  constructor(text: string, world: RosterWorld) {
    this.world = world
    this.#lines = new LineCounter()
    // All scalars are texts: codes of areas keep their noughts, and nobody called `no` is lost.
    this.#document = parseDocument(text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      uniqueKeys: true,
      schema: 'failsafe',
    })
    const first = this.#document.errors[0]
    if (first) {
      const { line } = this.#lines.linePos(first.pos[0])
      throw new QingyuError('RO-text', { roster: world.roster, line, why: first.message.slice(0, 160) })
    }
  }

  /** Line of the deepest part of a path that is there. */
  line(path: Path): number {
    for (let depth = path.length; depth >= 0; depth--) {
      const node = depth === 0 ? this.#document.contents : this.#document.getIn(path.slice(0, depth), true)
      if (isNode(node) && node.range) return this.#lines.linePos(node.range[0]).line
    }
    return 1
  }

  fault(path: Path, value: unknown, expected: string): QingyuError {
    return rosterFault(this.world, this.line(path), path.join('.') || 'the roster', value, expected)
  }

  /** Keys of a map; those of `known` only. Empty where it is missing. */
  keys(path: Path, known: readonly string[] | null): readonly string[] {
    const node: unknown = path.length === 0 ? this.#document.contents : this.#document.getIn(path, true)
    if (node === undefined || node === null) return []
    if (!isMap(node)) throw this.fault(path, 'something else', 'a map')
    const keys = node.items.map(({ key }) => String(key))
    const odd = known === null ? undefined : keys.find((key) => !known.includes(key))
    if (odd !== undefined && known !== null) {
      const best = nearest(odd, known)
      throw this.fault(
        [...path, odd],
        odd,
        best === undefined ? known.join(', ') : `a field, perhaps ${best}`,
      )
    }
    return keys
  }

  /** Paths of the items of a list; none where it is missing. */
  items(path: Path): readonly Path[] {
    const node = this.#document.getIn(path, true)
    if (node === undefined || node === null) return []
    if (!isSeq(node)) throw this.fault(path, 'something else', 'a list')
    return node.items.map((_, i) => [...path, i])
  }

  /** A text, `preset` where it is missing; it must fit `pattern`. */
  text(path: Path, pattern: RegExp, expected: string, preset?: string): string {
    const value: unknown = this.#document.getIn(path)
    if (value === undefined && preset !== undefined) return preset
    if (typeof value === 'string' && pattern.test(value)) return value
    throw this.fault(path, value, expected)
  }

  has(path: Path): boolean {
    return this.#document.hasIn(path)
  }
}
