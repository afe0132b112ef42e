import { openArchive } from './adapters/archive.parquet.ts'
import { archiveFolder } from './archive-folder.ts'
import { openReplays } from './app-replays.ts'
import type { Config } from './config-schema.ts'
import { QingyuError } from './core/errors.ts'
import type { Desk } from './desk-port.ts'
import type { Clock } from './ports.ts'
import type { ReplayKeeper } from './replays.ts'

/** What the past is opened with. */
export interface PastSetting {
  readonly config: Config
  /** Of the log that is live. */
  readonly epoch: string
  readonly desk: Desk
  readonly clock: Clock
  readonly program: string
  /** Folder of the built pages. */
  readonly web: string
  readonly report: (sentence: string) => void
}

/** What this process tells of the past. */
export interface OpenPast {
  readonly replays: ReplayKeeper
  stop(): Promise<void>
}

/** Opens what routes need to look back; the archive is read from manifests alone here, its tables in threads. */
export function openPast(setting: PastSetting): OpenPast {
  const dir = archiveFolder(setting.config)
  const archive = openArchive(dir)
  const bundle = (id: string): Promise<never> =>
    Promise.reject(new QingyuError('GW-not-found', { value: `Bundle ${id}` }))
  const replays = openReplays({ ...setting, own: { dir, archive }, bundle })
  return {
    replays: replays.replays,
    async stop() {
      await replays.stop()
      await archive.close()
    },
  }
}
