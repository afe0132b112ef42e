import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs'
import { join } from 'node:path'

/** Lines of one process that can be searched; all of them stand in its file. */
const MOST_LINES = 2000

/** Everything that processes say: a file each, and the newest lines at hand. */
export class Journal {
  readonly dir: string
  readonly #files = new Map<string, WriteStream>()
  readonly #lines = new Map<string, string[]>()
  /** Lines of a process that are no longer at hand. */
  readonly #gone = new Map<string, number>()

  /** Makes the folder. */
  constructor(dir: string) {
    this.dir = dir
    mkdirSync(dir, { recursive: true })
  }

  readonly say = (name: string, line: string): void => {
    let file = this.#files.get(name)
    if (file === undefined) this.#files.set(name, (file = createWriteStream(join(this.dir, `${name}.log`))))
    file.write(`${line}\n`)
    const lines = this.#lines.get(name) ?? []
    this.#lines.set(name, lines)
    if (lines.push(line) > MOST_LINES) {
      lines.shift()
      this.#gone.set(name, (this.#gone.get(name) ?? 0) + 1)
    }
  }

  /** How many lines a process has said so far: a place to search from. */
  place(name: string): number {
    return (this.#gone.get(name) ?? 0) + (this.#lines.get(name)?.length ?? 0)
  }

  /** Lines said since `place` that match. */
  since(name: string, place: number, pattern: RegExp): readonly string[] {
    const gone = this.#gone.get(name) ?? 0
    return (this.#lines.get(name) ?? []).slice(Math.max(0, place - gone)).filter((line) => pattern.test(line))
  }

  async close(): Promise<void> {
    await Promise.all([...this.#files.values()].map((file) => new Promise((done) => file.end(done))))
  }
}
