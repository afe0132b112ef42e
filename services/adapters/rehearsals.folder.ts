import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { RehearsalView } from '../core/replay-wire.ts'
import type { RehearsalStore } from '../rehearsals-port.ts'
import { Placing } from './archive-files.ts'

/** Files that are looked at; whoever keeps more has put them there. */
const MOST_FILES = 1_000
const VIEW = /^([0-9a-f]{16})\.view\.json$/

const encoder = new TextEncoder()

/** Rehearsals as files of a folder, by id: `.view.json` without the result, `.json` with it, `.csv`. */
export class RehearsalFolder implements RehearsalStore {
  readonly #dir: string

  constructor(dir: string) {
    this.#dir = dir
  }

  async views(): Promise<readonly RehearsalView[]> {
    const names = await readdir(this.#dir).catch(() => [])
    const views: RehearsalView[] = []
    for (const name of names.slice(0, MOST_FILES)) {
      const [, id] = VIEW.exec(name) ?? []
      const view = id === undefined ? undefined : viewOf(await this.#text(name), id)
      if (view !== undefined) views.push(view)
    }
    return views.sort((a, b) => a.asked - b.asked || (a.id < b.id ? -1 : 1))
  }

  save(view: RehearsalView): Promise<void> {
    this.#write([[`${view.id}.view.json`, JSON.stringify({ ...view, result: null })]])
    return Promise.resolve()
  }

  /** Keeps one that is done, all of it or nothing. */
  finish(view: RehearsalView, csv: string): Promise<void> {
    this.#write([
      [`${view.id}.json`, JSON.stringify(view)],
      [`${view.id}.csv`, csv],
      [`${view.id}.view.json`, JSON.stringify({ ...view, result: null })],
    ])
    return Promise.resolve()
  }

  whole(id: string): Promise<string | undefined> {
    return this.#text(`${id}.json`)
  }

  csv(id: string): Promise<string | undefined> {
    return this.#text(`${id}.csv`)
  }

  async remove(id: string): Promise<void> {
    // The view first: without it the others are not looked for.
    for (const ending of ['view.json', 'json', 'csv'])
      await rm(join(this.#dir, `${id}.${ending}`), { force: true })
  }

  #write(files: readonly (readonly [name: string, text: string])[]): void {
    const placing = new Placing(this.#dir)
    for (const [name, text] of files) placing.write(name, encoder.encode(text))
    placing.place()
  }

  #text(name: string): Promise<string | undefined> {
    return readFile(join(this.#dir, name), 'utf8').catch(() => undefined)
  }
}

/** What somebody else has put there, or a disk has spoilt, is passed over. */
function viewOf(text: string | undefined, id: string): RehearsalView | undefined {
  try {
    const view = JSON.parse(text ?? '') as RehearsalView
    return view.id === id && Number.isFinite(view.asked) && typeof view.state === 'string' ? view : undefined
  } catch {
    return undefined
  }
}
