import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { LevelsAnswer, StatsAnswer } from './api-schema.ts'
import { systemClock } from './adapters/clock.system.ts'
import { startApp } from './app.ts'
import { readConfig } from './config.ts'
import type { Clock } from './ports.ts'

/** A clock that runs as fast as life until told to hurry, then eight times as fast: the demo's first minute passes in seconds. */
function hastyClock(): Clock & { hurry(): void } {
  let [start, began, pace] = [systemClock.now(), performance.now(), 1]
  const now = () => Math.floor(start + (performance.now() - began) * pace)
  return {
    now,
    at(at, run) {
      const timer = setTimeout(run, Math.max(1, (at - now()) / pace))
      return () => clearTimeout(timer)
    },
    hurry() {
      ;[start, began, pace] = [now(), performance.now(), 8]
    },
  }
}

const home = resolve(import.meta.dirname, '..')

describe('simulator', () => {
  it('[IM46] colours the demo city through both front doors', { timeout: 180_000 }, async () => {
    const dir = mkdtempSync(join(tmpdir(), 'qingyu-demo-'))
    const settings = { data: { dir }, http: { port: 0 }, mqtt: { port: 0 }, demo: { enabled: true, seed: 1 } }
    const read = readConfig(join(home, 'config/qingyu.yaml'), {}, settings)
    const clock = hastyClock()
    const app = await startApp(read, {
      log: pino({ level: 'error' }),
      home,
      program: 'test',
      clock,
    })
    onTestFinished(async () => {
      await app.stop()
      rmSync(dir, { recursive: true, force: true })
    })
    // Everybody has signed in by now: deadlines of the front door are for people, not for a hasty clock.
    clock.hurry()
    const get = async <Answer>(path: string) =>
      (await (await fetch(new URL(path, app.http))).json()) as Answer
    const coloured = async () => {
      const { areas } = await get<LevelsAnswer>('/api/v1/levels?depth=cell')
      return areas.some(({ level }) => level !== 'normal' && level !== 'unknown')
    }
    const called = async () => (await get<unknown[]>('/open311/v2/requests.json')).length > 0
    while (!(await coloured()) || !(await called())) await pause(200)
    const stats = await get<StatsAnswer>('/api/v1/stats')
    expect(app.demo).toBe(true)
    expect(stats.applied).toBeGreaterThan(100)
    // Only the clumsy vendor's payloads are refused: what the others send fits grid and indicators.
    expect(stats.refused + stats.quarantined).toBeLessThan(stats.applied * 0.02)
  })
})
