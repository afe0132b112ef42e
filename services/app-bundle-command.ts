import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import type { Logger } from 'pino'
import { openArchive } from './adapters/archive.parquet.ts'
import { BundleFolder } from './adapters/bundle.folder.ts'
import { unpackBundle } from './adapters/bundle.unpack.ts'
import { systemClock } from './adapters/clock.system.ts'
import { lookUpSecret } from './adapters/registry.look.ts'
import { instantOf } from './api-parts.ts'
import { inThread } from './app-history.ts'
import { planOf } from './app-plan.ts'
import { archiveFolder, bundleFolder } from './archive-folder.ts'
import type { CopiedBundle } from './bundle-port.ts'
import { BUNDLE_KEY, keyFrom, vouchedFor } from './bundle-signature.ts'
import { Bundles } from './bundle.ts'
import type { ReadConfig } from './config.ts'
import type { BundleManifest } from './core/bundle-manifest.ts'
import { QingyuError } from './core/errors.ts'
import { isoOf } from './core/time.ts'

/** What the commands are given beside their words. */
export interface BundleWorld {
  /** The configuration of a file; undefined: the standard one. */
  readonly configured: (file: string | undefined) => ReadConfig
  readonly screen: { write(text: string): unknown }
  readonly log: Pick<Logger, 'warn'>
}

const OPTIONS = {
  from: { type: 'string' },
  to: { type: 'string' },
  incident: { type: 'string' },
  name: { type: 'string' },
  out: { type: 'string' },
  config: { type: 'string' },
} as const

const USAGE =
  'Say qingyu bundle export --from ISO --to ISO --out FILE (or --incident ID), qingyu bundle verify FILE or qingyu bundle open FILE.'

const usage = (value: string): QingyuError =>
  new QingyuError('CF-usage', { value: `bundle ${value}`.trim(), hint: USAGE })

/** A folder for the length of `run`. */
async function inScratch<Answer>(run: (folder: string) => Promise<Answer>): Promise<Answer> {
  const folder = await mkdtemp(join(tmpdir(), 'qingyu-bundle-'))
  try {
    return await run(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What a bundle is, and whose signature it has. */
function told(manifest: BundleManifest, by: string, key: string, made: number): string {
  const { name, city, grid, from, to, incident, files } = manifest
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  const lines = [
    ['Bundle', [name, incident].filter((each) => each !== '').join(' · ') || 'a span of time'],
    ['City', `${city.zh} ${city.en}, grid ${grid}`],
    ['Time', `${isoOf(from)} to ${isoOf(to)}`],
    ['Files', `${files.length}, ${bytes} bytes, each as its checksum says`],
    ['Made', made === 0 ? 'nobody says when' : isoOf(made)],
    ['Signed', `${by}${key === '' ? '' : ` ${key}`}`],
  ]
  return `${lines.map(([title = '', text = '']) => `  ${title.padEnd(7)} ${text}`).join('\n')}\n`
}

/** Exit code 1 where nobody vouches for it. */
async function verify(file: string, read: ReadConfig, { screen }: BundleWorld): Promise<number> {
  const { data, replay } = read.config
  const secret = await lookUpSecret(data.dir, BUNDLE_KEY)
  const own = secret === undefined ? '' : keyFrom(secret).fingerprint
  return inScratch(async (folder) => {
    const { manifest, manifestText, signatureText } = await unpackBundle(file, folder)
    const { by, key, made } = vouchedFor(manifestText, signatureText, { own, trusted: replay.trusted })
    screen.write(told(manifest, by, key, made))
    return by === 'broken' ? 1 : 0
  })
}

async function open(file: string, { config }: ReadConfig, { screen }: BundleWorld): Promise<number> {
  const store = new BundleFolder(bundleFolder(config), systemClock)
  const origin = { source: 'brought', at: systemClock.now(), by: '' } as const
  const { id, manifest } = await store.bring(createReadStream(file), origin, (folder) =>
    inThread<void>({ inspected: folder }, config.replay.memory, systemClock),
  )
  screen.write(`Bundle ${id}, ${isoOf(manifest.from)} to ${isoOf(manifest.to)}: choose it on /analyst.\n`)
  return 0
}

type Values = Readonly<Partial<Record<keyof typeof OPTIONS, string | undefined>>>

async function exportBundle(values: Values, read: ReadConfig, { screen, log }: BundleWorld): Promise<number> {
  const { from, to, incident, name, out } = values
  if (out === undefined) throw usage('export without --out')
  const { config } = read
  const secret = await lookUpSecret(config.data.dir, BUNDLE_KEY)
  if (secret === undefined) throw new QingyuError('BU-key', { why: 'there is none yet' })
  const plan = planOf(read, log)
  const folder = archiveFolder(config)
  const archive = openArchive(folder)
  const newest = (await archive.spans()).at(-1)
  const live = { epoch: newest?.epoch ?? '', tick: newest?.to ?? 0, levels: {}, incidents: [], alerts: [] }
  return inScratch(async (scratch) => {
    const bundles = new Bundles({
      archive,
      folder,
      epoch: live.epoch,
      store: new BundleFolder(scratch, systemClock),
      live: () => live,
      clock: systemClock,
      plan,
      key: keyFrom(secret),
      trusted: config.replay.trusted,
      patience: 0,
      copy: (order) => inThread<CopiedBundle>({ order }, config.replay.memory, systemClock),
      inspect: () => Promise.resolve(),
    })
    const wish = {
      ...(from !== undefined && { from: instantOf('--from', from) }),
      ...(to !== undefined && { to: instantOf('--to', to) }),
      ...(incident !== undefined && { incident }),
      ...(name !== undefined && { name }),
    }
    const { id, bytes, key } = await bundles.make(wish, '')
    await pipeline((await bundles.file(id)).zip, createWriteStream(out))
    screen.write(`${out}: bundle ${id}, ${bytes} bytes, signed by ${key}\n`)
    return 0
  })
}

/** `qingyu bundle export|verify|open`; the exit code. CF-usage, BU-*, AV-*, RY-*. */
export async function bundleCommand(args: readonly string[], world: BundleWorld): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
  const [verb = '', file, more] = positionals
  if (more !== undefined) throw usage(positionals.join(' '))
  const read = world.configured(values.config)
  if (verb === 'export' && file === undefined) return exportBundle(values, read, world)
  if (verb === 'verify' && file !== undefined) return verify(resolve(file), read, world)
  if (verb === 'open' && file !== undefined) return open(resolve(file), read, world)
  throw usage(positionals.join(' '))
}
