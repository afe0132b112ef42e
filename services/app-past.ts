import { openArchive } from './adapters/archive.parquet.ts'
import { archiveFolder } from './archive-folder.ts'
import { openHistory } from './app-history.ts'
import { openRehearsals } from './app-rehearsals.ts'
import { openReplays } from './app-replays.ts'
import type { Config } from './config-schema.ts'
import type { AlertPolicy } from './core/alert-policy.ts'
import type { Plan } from './core/plan.ts'
import type { Desk } from './desk-port.ts'
import type { Gateway } from './gateway-port.ts'
import type { HistoryDoor } from './history-port.ts'
import type { Clock, Registry, State } from './ports.ts'
import type { RehearsalKeeper } from './rehearsals.ts'
import type { ReplayKeeper } from './replays.ts'

/** What the past is opened with. */
export interface PastSetting {
  readonly config: Config
  readonly plan: Plan
  /** Of the log that is live. */
  readonly epoch: string
  readonly registry: Registry
  readonly state: State
  readonly gateway: Gateway
  readonly desk: Desk
  readonly policy: Pick<AlertPolicy, 'people'>
  readonly clock: Clock
  readonly program: string
  /** Folder of the built pages. */
  readonly web: string
  readonly report: (sentence: string) => void
}

/** What this process tells of the past. */
export interface OpenPast {
  readonly replays: ReplayKeeper
  readonly rehearsals: RehearsalKeeper
  readonly history: HistoryDoor
  stop(): Promise<void>
}

/** Opens what routes need to look back; the archive is read from manifests alone here, its tables in threads. */
export async function openPast(setting: PastSetting): Promise<OpenPast> {
  const dir = archiveFolder(setting.config)
  const archive = openArchive(dir, setting.epoch)
  const past = await openHistory({ ...setting, archive, folder: dir })
  const own = setting.config.archive.enabled ? { dir, archive } : null
  const played = { ...setting, own, bundle: (id: string) => past.bundle(id) }
  const replays = openReplays(played)
  const rehearsals = await openRehearsals(played)
  return {
    replays: replays.replays,
    rehearsals,
    history: past.history,
    async stop() {
      await replays.stop()
      await rehearsals.stop()
      await archive.close()
    },
  }
}
