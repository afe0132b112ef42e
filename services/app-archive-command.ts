import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Logger } from 'pino'
import { checkArchive } from './adapters/archive-check.ts'
import { openArchive } from './adapters/archive.parquet.ts'
import { openDataFolder } from './adapters/data-folder.lmdb.ts'
import { lmdbLog } from './adapters/log.lmdb.ts'
import { planOf } from './app-plan.ts'
import { faultsOf, listText, verifyText } from './archive-command.ts'
import { deepCheck } from './archive-deep.ts'
import { archiveFolder } from './archive-folder.ts'
import { restorable, restoreLog } from './archive-restoring.ts'
import { isCluster } from './config-cluster.ts'
import type { ReadConfig } from './config.ts'
import { QingyuError } from './core/errors.ts'
import { isoOf } from './core/time.ts'

/** What the commands are given beside their words. */
export interface ArchiveWorld {
  /** The configuration of a file; undefined: the standard one. */
  readonly configured: (file: string | undefined) => ReadConfig
  readonly screen: { write(text: string): unknown }
  readonly log: Pick<Logger, 'warn'>
}

const OPTIONS = {
  dir: { type: 'string' },
  deep: { type: 'boolean' },
  from: { type: 'string' },
  to: { type: 'string' },
  config: { type: 'string' },
} as const

const USAGE =
  'Say qingyu archive list [--dir DIR], qingyu archive verify [--dir DIR] [--deep] or qingyu archive restore --from DIR [--to ISO].'

function existing(dir: string): string {
  if (!existsSync(dir))
    throw new QingyuError('CF-usage', {
      value: dir,
      hint: 'There is no such folder; give that of an archive by --dir.',
    })
  return dir
}

/** Exit code 1 where something is wrong, so that a timer may run it. */
async function verify(dir: string, isDeep: boolean, { screen }: ArchiveWorld): Promise<number> {
  const check = await checkArchive(dir, 'files')
  // What is broken cannot be played; it is told as it is.
  const deep = isDeep && check.damages.length === 0 ? await deepCheck(openArchive(dir)) : null
  screen.write(verifyText(check, deep, dir))
  return faultsOf(check, deep).length === 0 ? 0 : 1
}

function timeOf(text: string | undefined): number {
  if (text === undefined) return Number.MAX_SAFE_INTEGER
  const time = Date.parse(text)
  if (Number.isNaN(time))
    throw new QingyuError('CF-usage', { value: `--to ${text}`, hint: 'Give a time as 2026-11-22T08:00:00Z.' })
  return time
}

/** Log and state of an embedded installation lie in one file, which is made beside its place and put there when it is whole. */
async function restore(
  from: string,
  to: number,
  read: ReadConfig,
  { screen, log: logger }: ArchiveWorld,
): Promise<number> {
  const { config } = read
  const refuse = (why: string, hint: string) => new QingyuError('AV-restore', { value: from, why, hint })
  if (isCluster(config))
    throw refuse(
      'log and state of a cluster lie in Kafka and Redis',
      'Restore those by their own means, or an embedded installation.',
    )
  const data = resolve(config.data.dir)
  const place = join(data, 'data.mdb')
  if (existsSync(place))
    throw refuse(
      `${data} is not empty`,
      'Give an empty folder: QINGYU_DATA__DIR, or data.dir of the configuration.',
    )
  const plan = planOf(read, logger)
  const archive = openArchive(from)
  const found = await restorable(archive, from, plan, to)
  const making = join(data, 'restoring')
  rmSync(making, { recursive: true, force: true })
  mkdirSync(data, { recursive: true })
  const belonging = { city: plan.grid.city, grid: plan.grid.version, partitions: plan.partitions }
  const folder = openDataFolder(making, belonging, found.remap === null ? found.span.epoch : undefined)
  const log = lmdbLog(folder)
  try {
    const { records, ticks } = await restoreLog(archive, found, log)
    await log.close()
    await folder.close()
    renameSync(join(making, 'data.mdb'), place)
    rmSync(making, { recursive: true, force: true })
    const told = `${records.toLocaleString('en')} records of ${ticks.toLocaleString('en')} ticks, up to ${isoOf(found.span.to)}`
    screen.write(
      `Restored log ${folder.epoch} into ${data}: ${told}.\nThe state is made from it at the first start.\n`,
    )
    for (const remark of found.remarks) screen.write(`${remark}\n`)
    return 0
  } catch (error) {
    await folder.close()
    rmSync(making, { recursive: true, force: true })
    throw error
  }
}

/** `qingyu archive list`, `verify` and `restore`; answers the exit code. CF-usage, AV-restore, AV-grid, AV-file, and what a configuration throws. */
export async function archiveCommand(args: readonly string[], world: ArchiveWorld): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
  const [verb = '', ...more] = positionals
  const wrong = new QingyuError('CF-usage', { value: `archive ${args.join(' ')}`.trim(), hint: USAGE })
  if (more.length > 0 || !['list', 'verify', 'restore'].includes(verb)) throw wrong
  if (verb === 'restore') {
    if (values.from === undefined || values.dir !== undefined || values.deep) throw wrong
    const read = world.configured(values.config)
    return restore(existing(resolve(values.from)), timeOf(values.to), read, world)
  }
  if (values.from !== undefined || values.to !== undefined) throw wrong
  const dir =
    values.dir === undefined ? archiveFolder(world.configured(values.config).config) : resolve(values.dir)
  if (verb === 'verify') return verify(existing(dir), values.deep ?? false, world)
  world.screen.write(listText(await checkArchive(existing(dir), 'manifests'), dir))
  return 0
}
