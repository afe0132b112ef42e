import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { built } from './app-process.ts'

const home = resolve(import.meta.dirname, '../..')
const RUN =
  'const { cluster } = await import(process.argv[1]); await cluster(process.argv.slice(3), process.argv[2])'

/** `npm run cluster` in a process of its own, with data of its own. */
export class ClusterRun {
  /** All that it has said. */
  said = ''
  readonly data = mkdtempSync(join(tmpdir(), 'qingyu-run-'))
  /** Resolves with its exit code or signal. */
  readonly ended: Promise<string>
  readonly #child: ChildProcess

  /** Starts it; `env` is laid over our own environment. */
  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    built()
    const main = pathToFileURL(join(home, 'dist/services/cluster.js')).href
    const all = ['--input-type=module', '-e', RUN, main, home, '--data', this.data, ...args]
    this.#child = spawn(process.execPath, all, { env: { ...process.env, ...env } })
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (bytes: Buffer) => (this.said += bytes.toString()))
    this.ended = once(this.#child, 'close').then(([code, signal]) => String(signal ?? code))
  }

  /** Resolves once everything serves; rejects when it ends instead. */
  async started(): Promise<void> {
    const over = this.ended.then((code) => Promise.reject(new Error(`ended with ${code}: ${this.said}`)))
    while (!this.said.includes('Ctrl-C ends all of it'))
      await Promise.race([once(this.#child.stdout ?? this.#child, 'data'), over])
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** What stands behind a word at the beginning of a line of its table. */
  rows(word: string): readonly string[] {
    return [...this.said.matchAll(new RegExp(`^ +${word} +(\\S+)`, 'gm'))].map((match) => match[1] ?? '')
  }

  /** Ids of all processes of its table. */
  pids(): readonly number[] {
    return [...this.said.matchAll(/^ {2}[a-z0-9-]+ +(\d+) +\S/gm)].map((match) => Number(match[1]))
  }

  /** Ends it, however it stands, and removes its data. */
  async close(): Promise<void> {
    this.signal('SIGKILL')
    await this.ended
    rmSync(this.data, { recursive: true, force: true })
  }
}
