import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { BundleOrder, BundleStore, CopiedBundle, StoredBundle } from './bundle-port.ts'
import { vouchedFor, type BundleKey } from './bundle-signature.ts'
import { storyOfAlert, storyOfIncident, type Stories, type Story } from './bundle-story.ts'
import { bundleText, MOST_BUNDLE, type BundleManifest } from './core/bundle-manifest.ts'
import { bundleReadme } from './core/bundle-readme.ts'
import { QingyuError } from './core/errors.ts'
import { withoutNumbers } from './core/personal.ts'
import type { Plan } from './core/plan.ts'
import type { BundleView } from './core/replay-wire.ts'
import { isoOf } from './core/time.ts'
import type { Archive, Clock } from './ports.ts'

const MINUTE = 60_000
const DAY = 1440 * MINUTE
/** An incident is kept with so much before its birth, at least, and behind its end. */
const AROUND_MS = 10 * MINUTE
const MOST_SPAN_MS = 31 * DAY
/** Bundles that are made or taken in at once; each takes a thread and the disk. */
const MOST_AT_ONCE = 2
const LOOK_MS = 250

/** What is to be kept: the last minutes, an incident, an alert, or a span (ms). */
export interface BundleWish {
  readonly minutes?: number
  readonly incident?: string
  readonly alert?: string
  readonly from?: number
  readonly to?: number
  readonly name?: string
}

/** Ticks after `from`, up to `to`, ms. */
interface Span {
  readonly from: number
  readonly to: number
}

/** What bundles are made of. */
export interface BundleParts extends Stories {
  readonly archive: Archive
  /** Folder of the archive, and name of the log. */
  readonly folder: string
  readonly epoch: string
  readonly store: BundleStore
  readonly key: BundleKey
  readonly trusted: readonly string[]
  readonly clock: Clock
  readonly plan: Plan
  /** The archive is given so long to come as far as was asked, ms. */
  readonly patience: number
  /** Copies a span, in a thread. */
  readonly copy: (order: BundleOrder) => Promise<CopiedBundle>
  /** Looks whether a bundle can be opened, in a thread; throws what is wrong with it. */
  readonly inspect: (folder: string) => Promise<void>
}

/** Incidents and spans of time as files that open anywhere. */
export class Bundles {
  readonly #parts: BundleParts
  #busy = 0

  constructor(parts: BundleParts) {
    this.#parts = parts
  }

  /** Newest first. */
  async list(): Promise<readonly BundleView[]> {
    return (await this.#parts.store.list()).map((bundle) => this.#view(bundle))
  }

  /** Makes a bundle, once the archive has come so far; RY-field, RY-future, AV-gap, AL-unknown, BU-size, BU-full, SE-busy. */
  async make(wish: BundleWish, by: string): Promise<BundleView> {
    return this.#inTurn(async () => {
      const { story, ...span } = await this.#spanOf(wish)
      const held = await this.#held(span)
      const name = withoutNumbers(wish.name ?? '')
      return this.#view(await this.#write({ story, ...held, name }, by))
    })
  }

  /** Takes a bundle in; BU-file, BU-size, BU-altered, BU-full, SE-busy. */
  async bring(zip: AsyncIterable<Uint8Array>, by: string): Promise<BundleView> {
    const { store, clock, inspect } = this.#parts
    return this.#inTurn(async () => {
      const origin = { source: 'brought', at: clock.now(), by } as const
      return this.#view(await store.bring(zip, origin, inspect))
    })
  }

  /** A bundle as one file, with what it is called. GW-not-found. */
  async file(id: string): Promise<{ readonly name: string; readonly zip: Readable }> {
    const bundle = await this.stored(id)
    return { name: fileName(bundle.manifest), zip: this.#parts.store.zip(bundle) }
  }

  /** GW-not-found. */
  async stored(id: string): Promise<StoredBundle> {
    const bundle = await this.#parts.store.get(id)
    if (bundle === undefined)
      throw new QingyuError('GW-not-found', { value: `Bundle ${/^[0-9a-f]{1,16}$/.test(id) ? id : ''}` })
    return bundle
  }

  /** GW-not-found. */
  async drop(id: string): Promise<void> {
    await this.#parts.store.drop((await this.stored(id)).id)
  }

  async #inTurn<Answer>(run: () => Promise<Answer>): Promise<Answer> {
    if (this.#busy >= MOST_AT_ONCE)
      throw new QingyuError('SE-busy', { value: 'This', why: `${this.#busy} bundles are at work already` })
    this.#busy++
    try {
      return await run()
    } finally {
      this.#busy--
    }
  }

  #view({ id, manifest, manifestText, signatureText, origin, bytes }: StoredBundle): BundleView {
    const { key, trusted } = this.#parts
    const vouched = vouchedFor(manifestText, signatureText, { own: key.fingerprint, trusted })
    const { name, city, grid, from, to, incident } = manifest
    return {
      id,
      name,
      city: { zh: city.zh, en: city.en },
      grid,
      from,
      to,
      bytes,
      incident,
      made: vouched.made,
      signature: vouched.by,
      key: vouched.key,
      source: origin.source,
    }
  }

  async #spanOf(wish: BundleWish): Promise<Span & { readonly story: Story | null }> {
    const { live, plan } = this.#parts
    const newest = live().tick
    const { minutes, incident, alert, from, to } = wish
    const ways = [minutes, incident, alert, from ?? to].filter((each) => each !== undefined)
    if (ways.length !== 1) throw wrong('minutes, incident, alert or from', ways.length, 'exactly one of them')
    if (minutes !== undefined) return { story: null, ...spanned(newest - minutes * MINUTE, newest) }
    if (incident === undefined && alert === undefined) {
      if (from === undefined || to === undefined) throw wrong('from and to', 'one of them', 'both')
      if (to > newest) throw new QingyuError('RY-future', { value: isoOf(to), newest: isoOf(newest) })
      return { story: null, ...spanned(from, to) }
    }
    const story =
      incident === undefined
        ? await storyOfAlert(this.#parts, alert ?? '')
        : await storyOfIncident(this.#parts, incident)
    const before = Math.max(AROUND_MS, ...plan.rules.rules.map(({ windowMs }) => windowMs))
    const end = Math.min((story.to ?? newest) + AROUND_MS, newest)
    return { story, ...spanned(Math.max(story.from - before, end - MOST_SPAN_MS), end) }
  }

  /** What is held of a span, once the archive has come to its end. RY-future when it does not come so far, AV-gap. */
  async #held({ from, to }: Span): Promise<Span> {
    const { archive, clock, patience } = this.#parts
    const late = clock.now() + patience
    for (;;) {
      const spans = await archive.spans()
      const newest = spans.at(-1)?.to ?? 0
      const first = spans.find((span) => span.to > from && span.after < to)
      if (newest >= to && first !== undefined) return { from: Math.max(from, first.after), to }
      if (newest >= to || (patience === 0 && newest === 0)) {
        const held = spans.map(({ after, to: end }) => `${isoOf(after)} to ${isoOf(end)}`).join(', ')
        throw new QingyuError('AV-gap', { value: `${isoOf(from)} to ${isoOf(to)}`, held: held || 'nothing' })
      }
      if (clock.now() >= late) throw new QingyuError('RY-future', { value: isoOf(to), newest: isoOf(newest) })
      await new Promise<void>((resolve) => clock.at(clock.now() + LOOK_MS, resolve))
    }
  }

  async #write(
    { story, from, to, name }: Span & { readonly story: Story | null; readonly name: string },
    by: string,
  ): Promise<StoredBundle> {
    const { store, plan, folder, epoch, copy, key, clock } = this.#parts
    const { city: id, name: called } = plan.grid
    const { incident = '', alert = '', number = 0 } = story ?? {}
    const about = { name, city: { id, zh: called.zh, en: called.en }, from, to, incident, number, alert }
    const draft = await store.draft()
    try {
      await writeFile(join(draft.folder, 'README.txt'), bundleReadme(about), { flush: true })
      const { ticks, ...copied } = await copy({ archive: folder, epoch, folder: draft.folder, from, to })
      if (ticks === 0)
        throw new QingyuError('AV-gap', { value: `${isoOf(from)} to ${isoOf(to)}`, held: 'no tick of it' })
      const bytes = copied.files.reduce((sum, file) => sum + file.bytes, 0)
      if (bytes > MOST_BUNDLE) throw new QingyuError('BU-size', { value: bytes, most: MOST_BUNDLE })
      const manifestText = bundleText({ format: 1, kind: 'qingyu-bundle', ...about, ...copied })
      const made = clock.now()
      const signature = bundleText(key.sign(manifestText, made))
      return await draft.keep(manifestText, signature, { source: 'kept', at: made, by })
    } finally {
      await draft.drop()
    }
  }
}

const wrong = (field: string, value: string | number, expected: string): QingyuError =>
  new QingyuError('RY-field', { field, value, expected })

function spanned(from: number, to: number): Span {
  if (from >= to || to - from > MOST_SPAN_MS)
    throw wrong('from', isoOf(from), `a time before ${isoOf(to)}, by at most ${MOST_SPAN_MS / DAY} days`)
  return { from: Math.max(0, from), to }
}

/** Name of a bundle's file: city, number of the incident, day (UTC). */
function fileName({ city, number, from }: BundleManifest): string {
  const parts = [city.id.replace(/[^\w-]/g, '_'), ...(number === 0 ? [] : [number]), isoOf(from).slice(0, 10)]
  return `${parts.join('-')}.qingyu.zip`
}
