import { join } from 'node:path'
import {
  MANIFEST_FILE,
  readBundleManifest,
  SIGNATURE_FILE,
  type BundleManifest,
} from '../core/bundle-manifest.ts'
import { QingyuError } from '../core/errors.ts'
import { entriesOf, extractEntry, readEntry } from './bundle.unzip.ts'

const MOST_MANIFEST = 8 * 1024 ** 2
const MOST_SIGNATURE = 65_536

/** A bundle that was unpacked: every file is as its manifest says; who vouches for that is another question. */
export interface Unpacked {
  readonly manifest: BundleManifest
  readonly manifestText: Uint8Array
  /** Empty where it has none. */
  readonly signatureText: Uint8Array
}

const altered = (value: string): QingyuError => new QingyuError('BU-altered', { value })

/** Unpacks a zip into an empty folder. BU-file and BU-size for what is no bundle, BU-altered for the first file that is not as it was. */
export async function unpackBundle(zip: string, folder: string): Promise<Unpacked> {
  const entries = await entriesOf(zip)
  const [own, vouching] = [entries.get(MANIFEST_FILE), entries.get(SIGNATURE_FILE)]
  if (own === undefined) throw new QingyuError('BU-file', { why: `it holds no ${MANIFEST_FILE}` })
  const manifestText = await readEntry(zip, own, MOST_MANIFEST)
  const signatureText =
    vouching === undefined ? Buffer.alloc(0) : await readEntry(zip, vouching, MOST_SIGNATURE)
  const manifest = readBundleManifest(manifestText)
  const named = new Set([MANIFEST_FILE, SIGNATURE_FILE, ...manifest.files.map(({ path }) => path)])
  const added = [...entries.keys()].find((path) => !named.has(path))
  if (added !== undefined) throw altered(`${added} (added)`)
  for (const { path, bytes, sha256 } of manifest.files) {
    const entry = entries.get(path)
    if (entry === undefined) throw altered(`${path} (missing)`)
    if (entry.bytes !== bytes) throw altered(path)
    if ((await extractEntry(zip, entry, join(folder, path))) !== sha256) throw altered(path)
  }
  return { manifest, manifestText, signatureText }
}
