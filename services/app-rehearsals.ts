import { systemRandom } from './adapters/random.system.ts'
import { RehearsalFolder } from './adapters/rehearsals.folder.ts'
import { versionAnswer } from './api-rules.ts'
import { rehearsalFolder } from './archive-folder.ts'
import type { Config } from './config-schema.ts'
import type { Plan } from './core/plan.ts'
import type { Clock, State } from './ports.ts'
import { RehearsalKeeper, type RehearsalsParts } from './rehearsals.ts'
import { RulesNow } from './rules-now.ts'
import { startThread } from './thread.ts'

const MINUTE = 60_000

/** What rehearsals are started with. */
export interface RehearsalsSetting extends Pick<RehearsalsParts, 'own' | 'epoch' | 'bundle' | 'report'> {
  readonly config: Config
  readonly plan: Plan
  readonly state: State
  readonly clock: Clock
}

/** Rehearsals of this process, with what came of those before. */
export function openRehearsals(setting: RehearsalsSetting): Promise<RehearsalKeeper> {
  const { config, plan, state, own, epoch, bundle, clock, report } = setting
  const rules = new RulesNow(state, plan)
  const folder = rehearsalFolder(config)
  return RehearsalKeeper.open({
    own,
    epoch,
    bundle,
    folder,
    clock,
    report,
    // With the data's own clock whole hours are archived, and now is another time.
    latest: (newest) => (config.clock.source === 'wall' ? clock.now() + MINUTE : newest + 120 * MINUTE),
    plan: async () => (await rules.get()).plan,
    version: async (version) => (await versionAnswer({ plan, state, rules }, version)).text,
    settings: config.replay,
    store: new RehearsalFolder(folder),
    start: (of) => startThread(of),
    random: systemRandom(),
  })
}
