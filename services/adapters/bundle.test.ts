import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { unzipSync, zipSync, type Zippable } from 'fflate'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bundleKey, vouchedFor } from '../bundle-signature.ts'
import type { StoredBundle } from '../bundle-port.ts'
import { bundleText, isSafePath, readBundleManifest, type BundleManifest } from '../core/bundle-manifest.ts'
import { QingyuError } from '../core/errors.ts'
import '../testdata/properties.ts'
import { BundleFolder } from './bundle.folder.ts'
import { MemoryRegistry } from './registry.memory.ts'
import { VirtualClock } from './clock.virtual.ts'

const START = Date.UTC(2026, 10, 22)
const clock = new VirtualClock(START)
const registry = new MemoryRegistry(clock)
const encoder = new TextEncoder()
const FILES: Readonly<Record<string, Uint8Array>> = {
  'README.txt': encoder.encode('read me\n'.repeat(200)),
  '0123456789abcdef/ticks/day=2026-11-22/hour=00/0-9.parquet': Uint8Array.from(
    { length: 70_000 },
    (_, i) => i % 251,
  ),
  'plans/a.json.zst': encoder.encode('plan'),
}

let dir: string
let folder: BundleFolder
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'qingyu-bundles-'))
  folder = new BundleFolder(dir, clock)
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

function manifestOf(
  files: Readonly<Record<string, Uint8Array>>,
  more: Partial<BundleManifest> = {},
): BundleManifest {
  return {
    format: 1,
    kind: 'qingyu-bundle',
    name: 'flood',
    city: { id: 'nanjing', zh: '南京', en: 'Nanjing' },
    grid: 'g',
    plans: ['p'],
    rules: ['v1'],
    programs: ['0.1.0'],
    clock: 'wall',
    from: START - 1000,
    to: START,
    incident: 'i1-1',
    number: 1,
    alert: '',
    files: Object.entries(files).map(([path, bytes]) => ({
      path,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    })),
    ...more,
  }
}

/** A bundle that is kept here, signed by the installation. */
async function kept(more: Partial<BundleManifest> = {}): Promise<StoredBundle> {
  const draft = await folder.draft()
  for (const [path, bytes] of Object.entries(FILES)) {
    mkdirSync(dirname(join(draft.folder, path)), { recursive: true })
    writeFileSync(join(draft.folder, path), bytes)
  }
  const text = bundleText(manifestOf(FILES, more))
  const key = await bundleKey(registry)
  return draft.keep(text, bundleText(key.sign(text, START)), { source: 'kept', at: START, by: 'li' })
}

async function zipped(bundle: StoredBundle): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  for await (const chunk of folder.zip(bundle)) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

async function* streamOf(bytes: Uint8Array, step = 65_536): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step)
}

const brought = (bytes: Uint8Array, into = folder) =>
  into.bring(streamOf(bytes), { source: 'brought', at: START, by: '' }, () => Promise.resolve())

/** Why a zip is refused; '' when it is taken. Nothing of it stays. */
async function refusal(bytes: Uint8Array): Promise<string> {
  try {
    await brought(bytes)
    return ''
  } catch (fault) {
    const left = readdirSync(dir).length === 0 ? '' : 'leaves something behind: '
    return left + (fault instanceof QingyuError ? `${fault.code} ${fault.message}` : String(fault))
  }
}

/** The files of a bundle's zip with some exchanged, packed anew as another program would. */
async function repacked(change: (files: Record<string, Uint8Array>) => void): Promise<Uint8Array> {
  const bundle = await kept()
  const files = unzipSync(await zipped(bundle))
  await folder.drop(bundle.id)
  change(files)
  return zipSync(files as Zippable)
}

describe('a bundle as a file', () => {
  it('[BU5] has the same bytes whenever and wherever it is packed', async () => {
    const first = await zipped(await kept())
    rmSync(dir, { recursive: true, force: true })
    expect(Buffer.from(await zipped(await kept())).equals(Buffer.from(first))).toBe(true)
    expect(Object.keys(unzipSync(first)).slice(0, 2)).toEqual(['manifest.json', 'signature.json'])
  })

  it('[BU6] opens elsewhere as what it was, also packed anew by another program', async () => {
    const bundle = await kept()
    const zip = await zipped(bundle)
    await folder.drop(bundle.id)
    for (const bytes of [zip, zipSync(unzipSync(zip)), zipSync(unzipSync(zip), { level: 0 })]) {
      const found = await brought(bytes)
      expect([found.id, found.manifest, found.origin.source]).toEqual([bundle.id, bundle.manifest, 'brought'])
      for (const [path, content] of Object.entries(FILES))
        expect(readFileSync(join(found.folder, path)).equals(Buffer.from(content))).toBe(true)
      await folder.drop(found.id)
    }
    expect(readdirSync(dir)).toEqual([])
  })

  it('[BU7] is one bundle however often it is brought in', async () => {
    const bundle = await kept()
    const again = await brought(await zipped(bundle))
    expect(again.origin.source).toBe('kept')
    expect((await folder.list()).map(({ id }) => id)).toEqual([bundle.id])
  })

  it('[BU8] is refused where a file was altered, is missing or was added, by its name', async () => {
    const path = 'plans/a.json.zst'
    const altered = (change: Parameters<typeof repacked>[0]) => repacked(change).then(refusal)
    expect(await altered((files) => (files[path] = encoder.encode('plam')))).toContain(`BU-altered ${path}`)
    expect(await altered((files) => (files[path] = encoder.encode('longer')))).toContain(`BU-altered ${path}`)
    expect(await altered((files) => delete files[path])).toContain(`BU-altered ${path} (missing)`)
    expect(await altered((files) => (files['more.txt'] = encoder.encode('x')))).toContain('more.txt (added)')
  })

  it('[BU9] tells whose signature it has: own, trusted, another that is sound, or none that is', async () => {
    const { manifestText, signatureText } = await kept()
    const stranger = await bundleKey(new MemoryRegistry(clock))
    const [own, other] = [(await bundleKey(registry)).fingerprint, stranger.fingerprint]
    const by = (text: Uint8Array, signature: Uint8Array, ownKey = own, trusted: string[] = []) =>
      vouchedFor(text, signature, { own: ownKey, trusted }).by
    expect(by(manifestText, signatureText)).toBe('own')
    expect(by(manifestText, signatureText, other)).toBe('unknown')
    expect(by(manifestText, signatureText, other, [own])).toBe('trusted')
    expect(by(encoder.encode('{}'), signatureText)).toBe('broken')
    expect(by(manifestText, new Uint8Array(0))).toBe('broken')
    const later = encoder.encode(
      Buffer.from(signatureText)
        .toString()
        .replace(String(START), String(START + 1)),
    )
    expect(by(manifestText, later)).toBe('broken')
    expect(own).toMatch(/^([0-9a-f]{4}:){15}[0-9a-f]{4}$/)
  })

  it('[BU10] keeps the key of an installation', async () => {
    const [one, two] = await Promise.all([bundleKey(registry), bundleKey(registry)])
    expect(one.fingerprint).toBe(two.fingerprint)
    const text = encoder.encode('x')
    expect(one.sign(text, 5)).toEqual(two.sign(text, 5))
  })
})

describe('a hostile bundle', () => {
  it('[BU11] never writes outside of its folder', async () => {
    const names = [
      '../evil',
      'a/../../evil',
      '/evil',
      'C:\\evil',
      'a\\..\\evil',
      '.ssh/evil',
      'a//b',
      'a/.hidden',
      'a\0b',
      'é',
    ]
    for (const name of names) {
      expect(isSafePath(name)).toBe(false)
      const files = { ...FILES, [name]: encoder.encode('x') }
      const zip = zipSync({ 'manifest.json': bundleText(manifestOf(files)), ...files })
      expect(await refusal(zip)).toMatch(/^BU-file/)
    }
    expect(existsSync(join(dir, '..', 'evil'))).toBe(false)
    const reserved = { 'origin.json': encoder.encode('{}') }
    expect(
      await refusal(zipSync({ 'manifest.json': bundleText(manifestOf(reserved)), ...reserved })),
    ).toMatch(/^BU-file/)
  })

  it('[BU12] is never unpacked to more than it says, nor to more than 1 GiB', async () => {
    const bomb = new Uint8Array(3_000_000)
    const zip = Buffer.from(
      zipSync({ 'manifest.json': bundleText(manifestOf({ bomb })), bomb }, { level: 9 }),
    )
    const name = zip.lastIndexOf('bomb')
    // The size in the central directory (APPNOTE 4.3.12), 22 bytes before the name: a lie, then a boast.
    zip.writeUInt32LE(1000, name - 46 + 24)
    expect(await refusal(zip)).toContain('BU-altered bomb')
    zip.writeUInt32LE(0xfffffff0, name - 46 + 24)
    expect(await refusal(zip)).toMatch(/^BU-size/)
    const lying = manifestOf({ bomb })
    const files = [{ path: 'bomb', bytes: 1000, sha256: lying.files[0]?.sha256 ?? '' }]
    const small = Buffer.from(
      zipSync({ 'manifest.json': bundleText({ ...lying, files }), bomb }, { level: 9 }),
    )
    small.writeUInt32LE(1000, small.lastIndexOf('bomb') - 46 + 24)
    expect(await refusal(small)).toContain('longer than it says')
  })

  it('[BU13] is refused where parts overlap, stand twice, are encrypted or lie outside', async () => {
    const zip = () =>
      Buffer.from(
        zipSync({
          'manifest.json': bundleText(manifestOf({})),
          aaaa: encoder.encode('1'),
          bbbb: encoder.encode('2'),
        }),
      )
    const header = (bytes: Buffer, name: string) => bytes.lastIndexOf(name) - 46
    const overlapping = zip()
    overlapping.writeUInt32LE(
      overlapping.readUInt32LE(header(overlapping, 'aaaa') + 42),
      header(overlapping, 'bbbb') + 42,
    )
    expect(await refusal(overlapping)).toContain('overlap')
    const twice = zip()
    twice.write('aaaa', twice.lastIndexOf('bbbb'))
    expect(await refusal(twice)).toContain('twice')
    const encrypted = zip()
    encrypted.writeUInt16LE(1, header(encrypted, 'aaaa') + 8)
    expect(await refusal(encrypted)).toContain('encrypted')
    const outside = zip()
    outside.writeUInt32LE(0xfffff, header(outside, 'aaaa') + 42)
    expect(await refusal(outside)).toMatch(/^BU-file/)
  })

  it('[BU14] cut short or changed anywhere is refused or the same, and nothing of it stays', async () => {
    const bundle = await kept()
    const whole = await zipped(bundle)
    await folder.drop(bundle.id)
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length - 1),
        fc.boolean(),
        fc.integer({ min: 1, max: 255 }),
        async (at, isCut, by) => {
          const bytes = Buffer.from(isCut ? whole.subarray(0, at) : whole)
          if (!isCut) bytes[at] = (bytes[at] ?? 0) ^ by
          const why = await refusal(bytes)
          expect(why).toMatch(/^(BU-|$)/)
          // What does not count for its content: dates, flags of the system, the signature's own text.
          const [found] = await folder.list()
          expect(found?.manifest.files).toEqual(why === '' ? bundle.manifest.files : undefined)
          await folder.drop(found?.id ?? '')
        },
      ),
      { numRuns: 150 },
    )
  })

  it('[BU15] that says nonsense of itself is refused', () => {
    const sound = manifestOf(FILES)
    const read = (value: unknown) => () => readBundleManifest(encoder.encode(JSON.stringify(value)))
    expect(read(sound)).not.toThrow()
    for (const bad of [
      null,
      [],
      { ...sound, format: 2 },
      { ...sound, kind: 'zip' },
      { ...sound, from: START, to: START },
      { ...sound, city: 'nanjing' },
      { ...sound, files: [{ path: 'a', bytes: -1, sha256: '0'.repeat(64) }] },
      { ...sound, files: [{ path: 'a', bytes: 1, sha256: 'x' }] },
      { ...sound, files: [...sound.files, { ...sound.files[0], path: 'readme.TXT' }] },
      { ...sound, files: Array.from({ length: 10_001 }, () => sound.files[0]) },
    ])
      expect(read(bad)).toThrow(expect.objectContaining({ code: 'BU-file' }))
    const huge = { ...sound, files: [{ path: 'a', bytes: 2 ** 40, sha256: '0'.repeat(64) }] }
    expect(read(huge)).toThrow(expect.objectContaining({ code: 'BU-size' }))
  })
})

describe('bundles on disk', () => {
  it('[BU16] go when they are dropped, and what a crash left goes after a day', async () => {
    const left = await folder.draft()
    const { id } = await kept()
    await folder.drop(id)
    expect(await folder.get(id)).toBeUndefined()
    expect(readdirSync(dir)).toHaveLength(1)
    const later = new BundleFolder(dir, new VirtualClock(Date.now() + 2 * 86_400_000))
    await (await later.draft()).drop()
    expect(existsSync(left.folder)).toBe(false)
  })

  it('[BU17] are bounded in number and bytes', async () => {
    const { bytes } = await kept()
    folder = new BundleFolder(dir, clock, { bundles: 2, bytes: 3 * bytes })
    await kept({ name: 'two' })
    await expect(kept({ name: 'three' })).rejects.toThrow(/2 files of bundles are kept, at most 2/)
    folder = new BundleFolder(dir, clock, { bundles: 9, bytes: 3 * bytes - 1 })
    await expect(kept({ name: 'three' })).rejects.toThrow(expect.objectContaining({ code: 'BU-full' }))
  })
})
