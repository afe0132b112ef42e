import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { onTestFinished } from 'vitest'
import { askProgress, publishHttp } from '../adapters/publisher.http.ts'
import { publishMqtt } from '../adapters/publisher.mqtt.ts'
import type { ImportWorld } from '../import.ts'
import type { Doors } from '../publisher.ts'

/** The world of an import command in a test, and what it wrote on its screen. */
export interface TestWorld extends ImportWorld {
  readonly folder: string
  readonly shown: () => string
  readonly interrupt: () => void
  /** Writes a file into the test's folder and answers with its path. */
  file(name: string, content: string): string
}

/** The real doors. */
export const DOORS: Doors = { mqtt: publishMqtt, http: publishHttp, progress: askProgress }

/** A clock that runs: imports wait for sockets, which no hand moves. */
const runningClock = {
  now: () => performance.timeOrigin + performance.now(),
  at(at: number, run: () => void) {
    const timer = setTimeout(run, Math.max(0, at - this.now()))
    return () => clearTimeout(timer)
  },
}

/** A world with an empty folder that goes with the test, or when `atEnd` says. */
export function importWorld(
  doors: Doors = DOORS,
  atEnd: (run: () => void) => void = (run) => onTestFinished(run),
): TestWorld {
  const folder = mkdtempSync(join(tmpdir(), 'qingyu-import-'))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  let text = ''
  const abort = new AbortController()
  return {
    folder,
    doors,
    clock: runningClock,
    formats: resolve(import.meta.dirname, '../formats'),
    state: join(folder, 'state'),
    screen: { write: (piece: string) => (text += piece) },
    signal: abort.signal,
    shown: () => text,
    interrupt: () => abort.abort(),
    file(name, content) {
      const path = join(folder, name)
      writeFileSync(path, content)
      return path
    },
  }
}
