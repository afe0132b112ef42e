import { setPriority } from 'node:os'
import { Worker, type Transferable } from 'node:worker_threads'
import { ERRORS, QingyuError, sentenceOf, type ErrorCode } from './core/errors.ts'

/** A fault as it crosses between threads: a clone of an Error keeps neither class nor code. */
export interface TellableFault {
  readonly message: string
  readonly code: ErrorCode | null
  readonly parameters: Readonly<Record<string, string | number>>
}

/** A fault to be posted to another thread. */
export function toTell(fault: unknown): TellableFault {
  const message = sentenceOf(fault)
  return fault instanceof QingyuError
    ? { message, code: fault.code, parameters: fault.parameters }
    : { message, code: null, parameters: {} }
}

/** The fault that another thread posted; a QingyuError where it was one. */
export function faultFrom({ message, code, parameters }: TellableFault): Error {
  return code !== null && code in ERRORS ? new QingyuError(code, parameters) : new Error(message)
}

/** What a thread is started with. */
export interface ThreadSetting<Up> {
  /** A module of this folder without its ending, as `app-archive-thread`. */
  readonly module: string
  /** Its `workerData`: whatever the structured clone takes. */
  readonly data: unknown
  /** Most memory of its heap, bytes; beyond, it ends with a fault and the process goes on. */
  readonly memory?: number
  /** Hears each message of the thread. */
  readonly hear: (message: Up) => void
}

/** A worker thread of this process. */
export interface Thread<Down> {
  post(message: Down, transfer?: readonly Transferable[]): void
  /** Resolves once it is over: null when it came to its end or was ended, else why it broke off. Never rejects. */
  readonly ended: Promise<Error | null>
  /** Ends it at once, wherever it stands. */
  end(): Promise<void>
}

// The build runs JavaScript; tests run the sources, with services/testdata/typescript.mjs in vitest.config.ts.
const ENDING = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
const MIB = 1024 ** 2

/** How far a thread that stands back is behind others (nice value). */
const BEHIND = 10

/**
 * Has the calling thread wait for all others where the machine is busy. Only where a thread has a priority of its own (Linux,
 * setpriority(2)); elsewhere the whole process would stand back.
 */
export function standBack(): void {
  if (process.platform === 'linux') setPriority(BEHIND)
}

/** Starts a module as a thread: it reads `workerData` and `parentPort` of node:worker_threads. A crash of it ends nothing else. */
export function startThread<Down, Up>({ module, data, memory, hear }: ThreadSetting<Up>): Thread<Down> {
  const worker = new Worker(new URL(`./${module}${ENDING}`, import.meta.url), {
    workerData: data,
    name: module,
    // What this process was started with may not suit a file, as --input-type.
    ...(ENDING === '.js' && { execArgv: [] }),
    ...(memory !== undefined && { resourceLimits: { maxOldGenerationSizeMb: Math.ceil(memory / MIB) } }),
  })
  let fault: Error | null = null
  let isEnded = false
  worker.on('message', hear)
  worker.on('messageerror', (error) => (fault ??= error))
  worker.on('error', (error) => (fault ??= error instanceof Error ? error : new Error(String(error))))
  const ended = new Promise<Error | null>((resolve) =>
    worker.once('exit', (code) => {
      if (isEnded) resolve(null)
      else resolve(fault ?? (code === 0 ? null : new Error(`the thread ${module} ended with ${code}`)))
    }),
  )
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    ended,
    async end() {
      isEnded = true
      await worker.terminate()
    },
  }
}
