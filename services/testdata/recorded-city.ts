import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import type { LevelsAnswer, StatsAnswer } from '../api-schema.ts'
import { startApp } from '../app.ts'
import { readConfig } from '../config.ts'

const home = resolve(import.meta.dirname, '../..')

/** A file of the recorded data, or undefined, said aloud, where it is not at hand. */
export function recorded(name: string): string | undefined {
  const file = resolve(home, '../shared/data', name)
  if (existsSync(file)) return file
  process.stderr.write(`recorded data ${name} is not at ${file}: tests on it are skipped\n`)
  return undefined
}

/** The whole program with a city's own configuration and the data clock, in a folder that goes with the test. */
export interface RecordedCity {
  readonly http: string
  readonly mqtt: string
  get<Answer>(path: string): Promise<Answer>
  /** The state once everything received has gone into a tick and time has reached `at`. */
  settled(at: number): Promise<StatsAnswer>
  /** Level of an area at a time, ISO 8601. */
  levelAt(area: string, at: string): Promise<string>
}

/** Starts `config/NAME.yaml` on free ports; `sections` are laid over it. */
export async function recordedCity(
  name: string,
  sections: Readonly<Record<string, unknown>> = {},
): Promise<RecordedCity> {
  const dir = mkdtempSync(join(tmpdir(), `qingyu-${name}-`))
  const read = readConfig(
    join(home, 'config', `${name}.yaml`),
    {},
    { data: { dir }, http: { port: 0 }, mqtt: { port: 0 }, clock: { source: 'data' }, ...sections },
  )
  const app = await startApp(read, { log: pino({ level: 'error' }), home, program: 'test' })
  onTestFinished(async () => {
    await app.stop()
    rmSync(dir, { recursive: true, force: true })
  })
  async function get<Answer>(path: string): Promise<Answer> {
    const response = await fetch(new URL(path, app.http))
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as Answer
  }
  return {
    http: app.http,
    mqtt: app.mqtt,
    get,
    async settled(at) {
      for (;;) {
        const stats = await get<StatsAnswer>('/api/v1/stats')
        const { applied, duplicate, late, quarantined, refused } = stats
        const judged = applied + duplicate + late + quarantined + refused
        if (stats.tick >= at && judged === stats.ingest?.received) return stats
        await pause(50)
      }
    },
    async levelAt(area, at) {
      const query = new URLSearchParams({ area, at })
      const { areas } = await get<LevelsAnswer>(`/api/v1/levels?${query.toString()}`)
      return areas[0]?.level ?? ''
    },
  }
}
