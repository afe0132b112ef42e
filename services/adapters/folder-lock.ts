import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Who holds a folder: the process, and when it began, since process ids come round again. */
interface Holder {
  readonly pid: number
  /** Boot of the machine and start of the process in its clock ticks; empty where the system does not tell (no /proc). */
  readonly born: string
}

/** Held while a process uses a folder; `holder` is the process in the way. */
export type Lock =
  { readonly taken: true; release(): void } | { readonly taken: false; readonly holder: number }

function bornOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may hold anything, also spaces; the start time is the 20th field after it.
    const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${start}`
  } catch {
    return ''
  }
}

// A process of the same number that began at another time, or before a reboot, is not the holder.
function lives(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    // EPERM: it lives, under another user.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false
  }
  return holder.born === '' || holder.born === bornOf(holder.pid)
}

// A lock that cannot be read was left by a machine that went down in the middle of it: nobody holds it.
function holderOf(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return undefined
    if (!('pid' in value) || typeof value.pid !== 'number') return undefined
    return { pid: value.pid, born: 'born' in value && typeof value.born === 'string' ? value.born : '' }
  } catch {
    return undefined
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST'
}

// Two processes may find the same dead holder: each moves the file aside under a name of its own and looks at what it got,
// so the later one sees that it took a living lock, and gives it back.
function clear(path: string, mine: string, stale: string): void {
  const aside = `${mine}.stale`
  try {
    renameSync(path, aside)
  } catch {
    return
  }
  try {
    if (read(aside) !== stale) linkSync(aside, path)
  } catch (error) {
    if (!isTaken(error)) throw error
  } finally {
    unlinkSync(aside)
  }
}

/**
 * Takes the folder for this process, also from one that was killed. A second opening in the same process is refused too.
 * Sees processes of this machine and pid namespace only. Throws what the file system says when the folder cannot be written.
 */
export function takeLock(dir: string): Lock {
  const path = join(dir, 'owner.lock')
  const mine = `${path}.${process.pid}`
  const text = JSON.stringify({ pid: process.pid, born: bornOf(process.pid) })
  // A link appears whole or not at all; a file created exclusively could be read before it is filled.
  writeFileSync(mine, text)
  try {
    for (;;) {
      try {
        linkSync(mine, path)
        return { taken: true, release: () => unlinkSync(path) }
      } catch (error) {
        if (!isTaken(error)) throw error
      }
      const found = read(path)
      if (found === undefined) continue
      const holder = holderOf(found)
      if (holder !== undefined && lives(holder)) return { taken: false, holder: holder.pid }
      clear(path, mine, found)
    }
  } finally {
    unlinkSync(mine)
  }
}
