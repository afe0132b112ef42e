import { readFileSync } from 'node:fs'
import type { NativeProcess } from '../native/process.ts'

const MIB = 1024 * 1024
const PAGE = 4096
const EVERY_MS = 1000

/** Most that a process may hold, and may hold more than before the first fault, MiB. */
export const MOST_MEMORY = 500
export const MOST_GROWTH = 200

/** What one process held over the run, MiB. */
export interface MemoryRow {
  readonly name: string
  readonly before: number
  readonly most: number
}

function residentOf(pid: number): number {
  try {
    return (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE) / MIB
  } catch {
    // It has just ended.
    return 0
  }
}

/** Looks at the resident memory of processes once a second. */
export class Memory {
  readonly #processes: readonly NativeProcess[]
  readonly #most = new Map<string, number>()
  #before: ReadonlyMap<string, number> = new Map()
  readonly #timer: NodeJS.Timeout

  constructor(processes: readonly NativeProcess[]) {
    this.#processes = processes
    this.#timer = setInterval(() => this.#look(), EVERY_MS)
  }

  /** What is held now is what they need without faults. */
  mark(): void {
    this.#look()
    this.#before = new Map(this.#most)
  }

  stop(): readonly MemoryRow[] {
    clearInterval(this.#timer)
    return this.#processes.map(({ spec: { name } }) => ({
      name,
      before: Math.round(this.#before.get(name) ?? 0),
      most: Math.round(this.#most.get(name) ?? 0),
    }))
  }

  #look(): void {
    for (const { spec, pid } of this.#processes)
      if (pid !== undefined)
        this.#most.set(spec.name, Math.max(this.#most.get(spec.name) ?? 0, residentOf(pid)))
  }
}
