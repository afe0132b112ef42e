import { readFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Logger } from 'pino'
import { stagesOf } from './config-cluster.ts'
import { planFrom } from './config-plan.ts'
import { policyFrom } from './config-policy.ts'
import type { Config } from './config-schema.ts'
import type { ReadConfig } from './config.ts'
import { QingyuError, sentenceOf } from './core/errors.ts'
import { readGrid } from './core/grid-file.ts'
import type { Grid } from './core/grid.ts'
import type { Plan } from './core/plan.ts'
import type { GridTexts } from './plan-document.ts'

const LOOPBACK = /^(127\.|::1$|localhost$)/

function checkExposure({ http, mqtt }: Config): void {
  if (!LOOPBACK.test(http.host) && http.wallToken === '')
    throw new QingyuError('CF-token', { value: http.host })
  if (!LOOPBACK.test(mqtt.host) && mqtt.anonymous)
    throw new QingyuError('CF-value', {
      file: 'configuration',
      field: 'mqtt.anonymous',
      value: 'true',
      expected: `false while listening on ${mqtt.host}`,
    })
}

function readText(path: string): string {
  try {
    const bytes = readFileSync(path)
    return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  } catch (error) {
    throw new QingyuError('GR-file', { file: path, why: sentenceOf(error) }, error)
  }
}

/** A plan with the texts that its grid was read from; they may have tens of MB. */
export interface ReadPlan {
  readonly plan: Plan
  readonly texts: GridTexts
}

/** The grid that `city.grid` names; warnings go to the log, the first fatal finding is thrown. */
function gridOf({ config, folder }: ReadConfig, log: Pick<Logger, 'warn'>): { grid: Grid; texts: GridTexts } {
  const path = resolve(folder, config.city.grid)
  const text = readText(path)
  const files: Record<string, string> = {}
  const load = (name: string) => (files[name] = readText(resolve(dirname(path), name)))
  const { grid, findings } = readGrid(text, path, load)
  if (grid === null) {
    const first = findings[0]
    throw first
      ? new QingyuError(
          first.code,
          first.parameters,
          findings.slice(1).map((finding) => new QingyuError(finding.code, finding.parameters)),
        )
      : new QingyuError('GR-file', { file: path, why: 'it holds no areas' })
  }
  for (const { code, message, hint } of findings) log.warn({ code, hint }, message)
  return { grid, texts: { path: basename(path), text, files } }
}

/** {@link planOf} with what a plan document is made of. */
export function readPlan(read: ReadConfig, log: Pick<Logger, 'warn'>): ReadPlan {
  checkExposure(read.config)
  stagesOf(read.config)
  const { grid, texts } = gridOf(read, log)
  const plan = planFrom(read.config, grid, read.file)
  policyFrom(read.config, plan, read.file)
  return { plan, texts }
}

/** All that can be known wrong before anything is opened: throws what a start would. */
export function planOf(read: ReadConfig, log: Pick<Logger, 'warn'>): Plan {
  return readPlan(read, log).plan
}
