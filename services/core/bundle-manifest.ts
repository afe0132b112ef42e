import { QingyuError } from './errors.ts'

const MIB = 1024 ** 2
/** The largest bundle that is made and taken in, bytes. */
export const MOST_BUNDLE = 512 * MIB
/** Bounds of what a bundle may say of itself: files, bytes of all files together, and the length of a path. */
export const MOST_FILES = 10_000
export const MOST_BYTES = 1024 * MIB
const MOST_PATH = 200
/** What stands beside the files: what they are, who vouches for that, and where this installation has it from. */
export const MANIFEST_FILE = 'manifest.json'
export const SIGNATURE_FILE = 'signature.json'
export const ORIGIN_FILE = 'origin.json'
const RESERVED = new Set([MANIFEST_FILE, SIGNATURE_FILE, ORIGIN_FILE])

/** One file of a bundle. */
export interface BundleFile {
  /** With forward slashes. */
  readonly path: string
  readonly bytes: number
  /** 64 hex digits. */
  readonly sha256: string
}

/**
 * What a bundle holds and what it is made of. It says neither when it was made nor by whom, so that the same span of the same log
 * gives the same bytes; that stands in the signature. Times are ticks, ms.
 */
export interface BundleManifest {
  readonly format: 1
  readonly kind: 'qingyu-bundle'
  readonly name: string
  readonly city: { readonly id: string; readonly zh: string; readonly en: string }
  /** Version of the grid, hashes of the plan documents, versions of the rules, and programs that ran. */
  readonly grid: string
  readonly plans: readonly string[]
  readonly rules: readonly string[]
  readonly programs: readonly string[]
  /** Where ticks took the time from. */
  readonly clock: 'wall' | 'data'
  /** Ticks after `from`, up to `to`. */
  readonly from: number
  readonly to: number
  /** What it was made for; '' for a span of time. */
  readonly incident: string
  /** The incident's; 0 for none. */
  readonly number: number
  readonly alert: string
  /** By path. */
  readonly files: readonly BundleFile[]
}

/** Who vouches for a manifest, and when it was made. */
export interface BundleSignature {
  readonly format: 1
  readonly algorithm: 'Ed25519'
  readonly made: number
  /** Public key (SPKI, DER) and signature, base64. */
  readonly key: string
  readonly signature: string
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/** A manifest or signature as it stands in a bundle: JSON that people can read. */
export function bundleText(value: BundleManifest | BundleSignature): Uint8Array {
  return encoder.encode(`${JSON.stringify(value, null, 1)}\n`)
}

/** What is signed: kind and time of making before the manifest's own bytes, so that neither can be exchanged. */
export function signedText(manifest: Uint8Array, made: number): Uint8Array {
  const head = encoder.encode(`qingyu-bundle 1 ${made}\n`)
  const whole = new Uint8Array(head.length + manifest.length)
  whole.set(head)
  whole.set(manifest, head.length)
  return whole
}

/** Whether a path stays inside its folder on every system: letters, digits and `=._-`, no part that begins with a dot. */
export function isSafePath(path: string): boolean {
  return path.length <= MOST_PATH && /^[\w=-][\w=.-]*(?:\/[\w=-][\w=.-]*)*$/.test(path)
}

type Tree = Readonly<Record<string, unknown>>
const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= 200
const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length <= MOST_FILES && value.every(isText)
const isTime = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0

function bad(why: string): QingyuError {
  return new QingyuError('BU-file', { why })
}

function treeOf(bytes: Uint8Array, file: string): Tree {
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes))
    if (isTree(value)) return value
  } catch {
    // Said below.
  }
  throw bad(`${file} is no JSON object`)
}

/** Reads {@link bundleText} of a manifest back, whoever wrote it; BU-file when it is none, BU-size when it names too much. */
export function readBundleManifest(bytes: Uint8Array): BundleManifest {
  const tree = treeOf(bytes, MANIFEST_FILE)
  const { format, kind, name, city, grid, plans, rules, programs, clock, from, to } = tree
  const { incident, number, alert } = tree
  if (format !== 1 || kind !== 'qingyu-bundle') throw bad('it is no Qingyu bundle of format 1')
  const isWhole =
    [name, grid, incident, alert].every(isText) &&
    [plans, rules, programs].every(isTexts) &&
    isTree(city) &&
    [city['id'], city['zh'], city['en']].every(isText) &&
    (clock === 'wall' || clock === 'data') &&
    isTime(number) &&
    isTime(from) &&
    isTime(to) &&
    from < to
  if (!isWhole) throw bad(`${MANIFEST_FILE} lacks what a bundle tells of itself`)
  return { ...(tree as unknown as BundleManifest), files: filesOf(tree['files']) }
}

function filesOf(value: unknown): readonly BundleFile[] {
  if (!Array.isArray(value) || value.length > MOST_FILES)
    throw bad(`it names no or more than ${MOST_FILES} files`)
  const seen = new Set<string>()
  let sum = 0
  const files = value.map((file: unknown): BundleFile => {
    if (!isTree(file)) throw bad(`${MANIFEST_FILE} lists what is no file`)
    const { path, bytes, sha256 } = file
    if (!isText(path) || !isSafePath(path) || RESERVED.has(path)) throw bad('a path leads out of its folder')
    if (!isTime(bytes) || !isText(sha256) || !/^[0-9a-f]{64}$/.test(sha256))
      throw bad(`${path} has no size and checksum`)
    // Two names that are one on systems that do not tell cases apart.
    if (seen.has(path.toLowerCase())) throw bad(`${path} stands twice`)
    seen.add(path.toLowerCase())
    sum += bytes
    return { path, bytes, sha256 }
  })
  if (sum > MOST_BYTES) throw new QingyuError('BU-size', { value: sum, most: MOST_BYTES })
  return files
}

/** Reads a signature back; null when it is none. */
export function readBundleSignature(bytes: Uint8Array): BundleSignature | null {
  try {
    const { format, algorithm, made, key, signature } = treeOf(bytes, SIGNATURE_FILE)
    if (format !== 1 || algorithm !== 'Ed25519' || !isTime(made) || !isText(key) || !isText(signature))
      return null
    return { format, algorithm, made, key, signature }
  } catch {
    return null
  }
}
