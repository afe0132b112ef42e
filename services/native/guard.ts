import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

// Reads "+ pid" and "- pid"; ends who is left when the pipe closes. A signal to the whole terminal must not end it first.
const SCRIPT = `
trap '' INT TERM HUP
left=' '
while read -r sign pid; do
  case $sign in
    +) left="$left$pid " ;;
    -) left="\${left%% $pid *} \${left#* $pid }" ;;
  esac
done
kill -TERM $left && sleep 3
kill -KILL $left
`

/**
 * Sees to it that no process we started outlives us, however we end: a shell beside us that is told of each of them and reads
 * from a pipe, which the system closes even when we are killed. They have three seconds then to end by themselves.
 */
export class Guard {
  readonly #pids = new Set<number>()
  readonly #file: string | undefined
  #shell: ChildProcess | null = null

  /** `file` is where it notes its process id, for {@link afterGuard}. */
  constructor(file?: string) {
    this.#file = file
  }

  /** The process ends with us from now on. */
  watch(pid: number): void {
    this.#pids.add(pid)
    if (this.#shell === null) this.#begin()
    else this.#tell('+', pid)
  }

  /** The process has ended; its number may come again for somebody else. */
  forget(pid: number): void {
    this.#pids.delete(pid)
    this.#tell('-', pid)
    if (this.#pids.size > 0) return
    this.#shell?.stdin?.end()
    this.#shell = null
  }

  #begin(): void {
    const shell = spawn('/bin/sh', ['-c', SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
    this.#shell = shell
    shell.stdin.on('error', () => {})
    // Without it a kill of ours would leave everything running: a new one takes its place.
    shell.once('exit', () => {
      if (this.#shell === shell) this.#begin()
    })
    for (const pid of this.#pids) this.#tell('+', pid)
    if (this.#file !== undefined) writeFileSync(this.#file, String(shell.pid))
  }

  #tell(sign: '+' | '-', pid: number): void {
    this.#shell?.stdin?.write(`${sign} ${pid}\n`)
  }
}

/** The longest that a guard needs to end what was left to it, ms. */
const MOST_GUARDED = 5000

/** Resolves once the guard that noted itself in `file` has ended all that it was told of; at once where there was none. */
export async function afterGuard(file: string): Promise<void> {
  for (let waited = 0; waited < MOST_GUARDED; waited += 100) {
    try {
      process.kill(Number(readFileSync(file, 'utf8')), 0)
    } catch {
      return
    }
    await pause(100)
  }
}
