import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openArchive } from '../adapters/archive.parquet.ts'
import { VirtualClock } from '../adapters/clock.virtual.ts'
import { seededRandom } from '../adapters/random.seeded.ts'
import { RehearsalFolder } from '../adapters/rehearsals.folder.ts'
import { QingyuError } from '../core/errors.ts'
import type { RehearsalView } from '../core/replay-wire.ts'
import type { Rule } from '../core/rule.ts'
import { rulesText } from '../core/rule-text.ts'
import { RehearsalKeeper, type RehearsalsParts } from '../rehearsals.ts'
import { rulesYaml } from '../rules-text.ts'
import { startThread } from '../thread.ts'
import { BEGIN, KEPT, keptArchive, keptSlices, TICK } from './kept-archive.ts'
import { until } from './replay-house.ts'

export const HOUR = 3_600_000
/** Ticks of the archive of a house: six hours. */
export const TICKS = 72
export const FROM = BEGIN + HOUR
export const TO = BEGIN + TICKS * TICK
/** The rules of the city as YAML. */
export const YAML = rulesYaml(rulesText(KEPT.plan.rules, KEPT.plan.scheme))
/** The same with every limit met sooner. */
export const SOONER = rulesYaml(
  rulesText({ ...KEPT.plan.rules, rules: KEPT.plan.rules.rules.map(sooner) }, KEPT.plan.scheme),
)

function sooner(rule: Rule): Rule {
  const by = rule.direction === 'above' ? 0.5 : 1.5
  return { ...rule, limits: rule.limits.map((limit) => limit && limit * by) }
}

/** Rehearsals over an archive of six hours, in threads as the program has them. */
export interface RehearsalHouse {
  readonly dir: string
  readonly folder: string
  readonly clock: VirtualClock
  /** A keeper over the same archive and folder; the one before should be stopped. */
  keeper(more?: Partial<RehearsalsParts>): Promise<RehearsalKeeper>
}

/** Six hours of the city on the disk; `without` leaves hours out, by number. */
export function sixHours(without: readonly number[] = []) {
  return keptArchive(keptSlices(TICKS), HOUR, 12, without)
}

/** Makes a {@link RehearsalHouse} over an archive; it goes with the test. */
export function rehearsalHouse(dir: string): RehearsalHouse {
  const folder = mkdtempSync(join(tmpdir(), 'qingyu-rehearsals-'))
  const archive = openArchive(dir)
  const clock = new VirtualClock(TO)
  const random = seededRandom(7)
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const keeper = async (more: Partial<RehearsalsParts> = {}) => {
    const rehearsals = await RehearsalKeeper.open({
      own: { dir, archive },
      epoch: '',
      bundle: (id) => Promise.reject(new QingyuError('GW-not-found', { value: `Bundle ${id}` })),
      latest: (newest) => newest + HOUR,
      plan: () => Promise.resolve(KEPT.plan),
      version: (version) => Promise.reject(new QingyuError('RS-unknown', { value: version })),
      settings: { rehearsals: 1, memory: 512 * 1024 ** 2 },
      store: new RehearsalFolder(folder),
      folder,
      start: (of) => startThread(of),
      clock,
      random,
      report: () => undefined,
      ...more,
    })
    onTestFinished(() => rehearsals.stop())
    return rehearsals
  }
  return { dir, folder, clock, keeper }
}

/** The rehearsal once it is over. */
export async function finished(rehearsals: RehearsalKeeper, id: string): Promise<RehearsalView> {
  const state = () => rehearsals.list().rehearsals.find((view) => view.id === id)?.state ?? ''
  await until(() => !['queued', 'running'].includes(state()))
  return JSON.parse(await rehearsals.whole(id)) as RehearsalView
}
