import type { Logger } from 'pino'
import type { ReadPlan } from './app-plan.ts'
import type { Stores } from './app-stores.ts'
import { archiveFolder } from './archive-folder.ts'
import { startArchiving, type Archiving } from './archive-keeper.ts'
import type { ArchiverSetting, FromArchiver, ToArchiver } from './archive-message.ts'
import type { ReadConfig } from './config.ts'
import { planDocument } from './plan-document.ts'
import type { Clock } from './ports.ts'
import { startThread } from './thread.ts'

/** What the archive stage is started with. */
export interface ArchiveSetting extends ReadPlan {
  readonly read: ReadConfig
  readonly stores: Stores
  readonly clock: Clock
  readonly program: string
  readonly log: Logger
}

/** Starts the stage that writes the archive of this log. */
export function startArchive({
  read,
  plan,
  texts,
  stores,
  clock,
  program,
  log: logger,
}: ArchiveSetting): Archiving {
  const { config } = read
  const { every, keyframe, retention, maxSize } = config.archive
  const { log } = stores
  const data: ArchiverSetting = {
    dir: archiveFolder(config),
    document: planDocument(read, plan, texts),
    epoch: log.epoch,
    program,
    every,
    keyframe,
    retention,
    maxSize,
  }
  const start = (hear: (message: FromArchiver) => void) =>
    startThread<ToArchiver, FromArchiver>({ module: 'app-archive-thread', data, hear })
  const ownership = stores.archiveOwnership
  const report = (sentence: string): void => logger.error(sentence)
  return startArchiving({ log, clock, source: config.clock.source, ownership, start, report })
}
