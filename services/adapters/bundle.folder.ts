import { createHash, randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { BundleDraft, BundleOrigin, BundleStore, StoredBundle } from '../bundle-port.ts'
import {
  MANIFEST_FILE,
  MOST_BUNDLE,
  ORIGIN_FILE,
  readBundleManifest,
  SIGNATURE_FILE,
  type BundleManifest,
} from '../core/bundle-manifest.ts'
import { QingyuError } from '../core/errors.ts'
import type { Clock } from '../ports.ts'
import { unpackBundle } from './bundle.unpack.ts'
import { zipOf } from './bundle.zip.ts'

const BOUNDS = { bundles: 200, bytes: 20 * 1024 ** 3 }
/** What is being made or taken in; left behind by a crash, it goes after a day. */
const DRAFT = '.draft-'
const DRAFT_MS = 86_400_000
const ID = /^[0-9a-f]{16}$/

/** First 16 hex digits of the SHA-256 of a manifest. */
export function bundleId(manifestText: Uint8Array): string {
  return createHash('sha256').update(manifestText).digest('hex').slice(0, 16)
}

/** Bundles as folders of a folder, each named by its id. */
export class BundleFolder implements BundleStore {
  readonly #dir: string
  readonly #clock: Pick<Clock, 'now'>
  readonly #bounds: typeof BOUNDS
  /** A kept bundle never changes. Bound: that of bundles. */
  readonly #known = new Map<string, StoredBundle>()

  constructor(dir: string, clock: Pick<Clock, 'now'>, bounds = BOUNDS) {
    this.#dir = dir
    this.#clock = clock
    this.#bounds = bounds
  }

  async list(): Promise<readonly StoredBundle[]> {
    const names = await readdir(this.#dir).catch(() => [])
    const found: StoredBundle[] = []
    for (const name of names.filter((each) => ID.test(each)).sort()) {
      const bundle = await this.get(name)
      if (bundle !== undefined) found.push(bundle)
    }
    return found.sort((a, b) => b.origin.at - a.origin.at || (a.id < b.id ? -1 : 1))
  }

  async get(id: string): Promise<StoredBundle | undefined> {
    if (!ID.test(id)) return undefined
    const folder = join(this.#dir, id)
    const isThere = await stat(join(folder, ORIGIN_FILE)).catch(() => undefined)
    if (isThere === undefined) {
      this.#known.delete(id)
      return undefined
    }
    const bundle = this.#known.get(id) ?? (await storedIn(folder, id))
    this.#known.set(id, bundle)
    return bundle
  }

  async draft(): Promise<BundleDraft> {
    await this.#sweep()
    const folder = join(this.#dir, DRAFT + randomBytes(8).toString('hex'))
    await mkdir(folder, { recursive: true })
    return {
      folder,
      keep: (manifestText, signatureText, origin) => this.#keep(folder, manifestText, signatureText, origin),
      drop: () => rm(folder, { recursive: true, force: true }),
    }
  }

  zip({ folder, manifest }: StoredBundle): Readable {
    return zipOf(folder, [MANIFEST_FILE, SIGNATURE_FILE, ...manifest.files.map(({ path }) => path)])
  }

  async bring(
    zip: AsyncIterable<Uint8Array>,
    origin: BundleOrigin,
    inspect: (folder: string, manifest: BundleManifest) => Promise<void>,
  ): Promise<StoredBundle> {
    const draft = await this.draft()
    const file = `${draft.folder}.zip`
    try {
      await pipeline(bounded(zip, MOST_BUNDLE), createWriteStream(file, { flags: 'wx' }))
      const { manifest, manifestText, signatureText } = await unpackBundle(file, draft.folder)
      await inspect(draft.folder, manifest)
      return await draft.keep(manifestText, signatureText, origin)
    } finally {
      await rm(file, { force: true })
      await draft.drop()
    }
  }

  async drop(id: string): Promise<void> {
    if ((await this.get(id)) === undefined) return
    this.#known.delete(id)
    // Gone in one step, whatever happens while its files are taken away.
    const doomed = join(this.#dir, DRAFT + randomBytes(8).toString('hex'))
    await rename(join(this.#dir, id), doomed)
    await rm(doomed, { recursive: true, force: true })
  }

  async #keep(
    draft: string,
    manifestText: Uint8Array,
    signatureText: Uint8Array,
    origin: BundleOrigin,
  ): Promise<StoredBundle> {
    const id = bundleId(manifestText)
    const standing = await this.get(id)
    if (standing !== undefined) return standing
    await this.#assertRoom(readBundleManifest(manifestText))
    await writeFile(join(draft, MANIFEST_FILE), manifestText, { flush: true })
    await writeFile(join(draft, SIGNATURE_FILE), signatureText, { flush: true })
    await writeFile(join(draft, ORIGIN_FILE), JSON.stringify(origin), { flush: true })
    await rename(draft, join(this.#dir, id))
    await syncFolder(this.#dir)
    const kept = await this.get(id)
    if (kept === undefined) throw new QingyuError('BU-file', { why: 'it was deleted meanwhile' })
    return kept
  }

  async #assertRoom({ files }: BundleManifest): Promise<void> {
    const most = this.#bounds
    const kept = await this.list()
    if (kept.length >= most.bundles)
      throw new QingyuError('BU-full', { value: kept.length, what: 'files', most: most.bundles })
    const bytes = [...kept, ...files].reduce((sum, each) => sum + each.bytes, 0)
    if (bytes > most.bytes)
      throw new QingyuError('BU-full', { value: bytes, what: 'bytes', most: most.bytes })
  }

  async #sweep(): Promise<void> {
    for (const name of await readdir(this.#dir).catch(() => [])) {
      if (!name.startsWith(DRAFT)) continue
      const path = join(this.#dir, name)
      const found = await stat(path).catch(() => undefined)
      if (found !== undefined && found.mtimeMs < this.#clock.now() - DRAFT_MS)
        await rm(path, { recursive: true, force: true })
    }
  }
}

async function storedIn(folder: string, id: string): Promise<StoredBundle> {
  const [manifestText, signatureText, origin] = await Promise.all(
    [MANIFEST_FILE, SIGNATURE_FILE, ORIGIN_FILE].map((name) => readFile(join(folder, name))),
  )
  if (manifestText === undefined || signatureText === undefined || origin === undefined)
    throw new QingyuError('BU-file', { why: 'it was deleted meanwhile' })
  const manifest = readBundleManifest(manifestText)
  return {
    id,
    folder,
    manifest,
    manifestText,
    signatureText,
    origin: JSON.parse(origin.toString()) as BundleOrigin,
    bytes: manifest.files.reduce((sum, { bytes }) => sum + bytes, 0),
  }
}

async function* bounded(chunks: AsyncIterable<Uint8Array>, most: number): AsyncIterable<Uint8Array> {
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > most) throw new QingyuError('BU-size', { value: bytes, most })
    yield chunk
  }
}

async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
