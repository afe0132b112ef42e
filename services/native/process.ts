import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { QingyuError } from '../core/errors.ts'
import type { Guard } from './guard.ts'

/** Time between two looks at whether a process serves by now, ms. */
const LOOK_MS = 50
/** A process that does not serve after this long will not, ms. */
const MOST_START = 60_000
/** Lines kept of a process, for the sentence that tells why it did not start. */
const LAST_LINES = 20

/** One process of a cluster, as it is started and started again. */
export interface ProcessSpec {
  /** As it stands before its lines, e.g. `redis` or `ingest-1`. */
  readonly name: string
  readonly command: string
  /** Debian's package of the command. */
  readonly package: string
  readonly args: readonly string[]
  /** Laid over our own environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Where it answers, for people. */
  readonly address: string
  /** What it says on stderr is told only when it ends by a fault: while it starts by the error, later line by line. */
  readonly isQuiet?: boolean
  /** It keeps nothing: started again it would be another, and of no use to those that knew it. */
  readonly forgets?: boolean
  /** Whether it serves by now. */
  isReady(): Promise<boolean>
}

/** Hears each line that a process says. */
export type Say = (name: string, line: string) => void

function keep(lines: string[], line: string): void {
  if (lines.push(line) > LAST_LINES) lines.shift()
}

/** A process of ours or of others on this machine; {@link Guard} ends it when we do not. */
export class NativeProcess {
  readonly spec: ProcessSpec
  /** Resolves with the signal or exit code that ended the present run, e.g. `SIGKILL` or `exit 1`. */
  ended: Promise<string> = Promise.resolve('nothing')
  readonly #guard: Guard
  readonly #say: Say
  #child: ChildProcess | null = null
  /** The last lines, and those of them that were not told. */
  #lines: string[] = []
  #untold: string[] = []

  constructor(spec: ProcessSpec, guard: Guard, say: Say) {
    this.spec = spec
    this.#guard = guard
    this.#say = say
  }

  /** Number of the running process; undefined while there is none. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Starts it and resolves when it serves; rejects with CL-program or, when it ends or stays silent instead, CL-start. */
  async start(): Promise<void> {
    const { spec } = this
    // A group of its own: Ctrl-C is ours to hand on, in order.
    const options = { env: { ...process.env, ...spec.env }, detached: true } as const
    const child = spawn(spec.command, spec.args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    this.#lines = []
    this.#untold = []
    const { pid } = child
    let isServing = false
    if (pid !== undefined) this.#guard.watch(pid)
    const missing = new Promise<never>((_, reject) => child.once('error', reject))
    missing.catch(() => undefined)
    this.ended = new Promise((done) =>
      child.once('close', (code, signal) => {
        if (pid !== undefined) this.#guard.forget(pid)
        if (this.#child === child) this.#child = null
        if (isServing && (code ?? 0) > 0) for (const line of this.#untold) this.#say(spec.name, line)
        done(signal ?? `exit ${code ?? 'unknown'}`)
      }),
    )
    this.#hear(child.stdout, false)
    this.#hear(child.stderr, spec.isQuiet === true)
    const over = new AbortController()
    try {
      // Without a process of ours somebody else may answer on its port.
      if (pid === undefined) await missing
      await Promise.race([this.#ready(over.signal), this.#failed(over.signal)])
      isServing = true
    } catch (error) {
      throw error instanceof Error && 'code' in error && error.code === 'ENOENT'
        ? new QingyuError('CL-program', { value: spec.command, package: spec.package })
        : error
    } finally {
      over.abort()
    }
  }

  /** Sends a signal to the running process, if there is one. */
  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name)
  }

  /** Ends it by SIGTERM, after `grace` ms by SIGKILL; resolves with how it ended. */
  async stop(grace: number): Promise<string> {
    this.signal('SIGTERM')
    // One that was paused hears nothing before it goes on.
    this.signal('SIGCONT')
    const late = setTimeout(() => this.signal('SIGKILL'), grace)
    const ending = await this.ended
    clearTimeout(late)
    return ending
  }

  #hear(stream: Readable, isQuiet: boolean): void {
    createInterface({ input: stream }).on('line', (line) => {
      if (line.trim() === '') return
      keep(this.#lines, line)
      if (isQuiet) keep(this.#untold, line)
      else this.#say(this.spec.name, line)
    })
  }

  async #ready(over: AbortSignal): Promise<void> {
    while (!over.aborted && !(await this.spec.isReady())) await pause(LOOK_MS)
  }

  /** Rejects when it ends, or when it has had time enough. */
  async #failed(over: AbortSignal): Promise<never> {
    const tooLong = pause(MOST_START, `silent for ${MOST_START / 1000} s`, { signal: over }).catch(() => '')
    const why = await Promise.race([this.ended, tooLong])
    const said = this.#lines.length === 0 ? 'none' : this.#lines.join('\n    ')
    throw new QingyuError('CL-start', { value: this.spec.name, why, said })
  }
}
