import type { Readable } from 'node:stream'
import type { BundleManifest } from './core/bundle-manifest.ts'
import type { BundleView } from './core/replay-wire.ts'

/** Where an installation has a bundle from: made here or brought in, when (ms, its own clock), and by whom (id; '' for nobody). */
export interface BundleOrigin {
  readonly source: BundleView['source']
  readonly at: number
  readonly by: string
}

/** A bundle that is kept, unpacked: its folder is an archive that a reader opens as it is. */
export interface StoredBundle {
  /** First 16 hex digits of the SHA-256 of its manifest: the same content is the same bundle everywhere. */
  readonly id: string
  readonly folder: string
  readonly manifest: BundleManifest
  /** As they stand in the file, for the signature. */
  readonly manifestText: Uint8Array
  readonly signatureText: Uint8Array
  readonly origin: BundleOrigin
  /** Of all its files. */
  readonly bytes: number
}

/** A folder in which a bundle is made. */
export interface BundleDraft {
  readonly folder: string
  /** Puts it in place, on disk when it resolves; where the same bundle is kept already, that stays. BU-full. */
  keep(manifestText: Uint8Array, signatureText: Uint8Array, origin: BundleOrigin): Promise<StoredBundle>
  /** Throws it away; does nothing once it is kept. */
  drop(): Promise<void>
}

/** Bundles on disk. A bundle is there whole or not at all. Bound: 200 bundles and 20 GiB. */
export interface BundleStore {
  /** Newest brought in or made first. */
  list(): Promise<readonly StoredBundle[]>
  get(id: string): Promise<StoredBundle | undefined>
  draft(): Promise<BundleDraft>
  /** All its files as one zip. */
  zip(bundle: StoredBundle): Readable
  /**
   * Takes in a zip that comes as a stream, at most 512 MiB, and unpacks it with every checksum checked; `inspect` looks at it
   * before it is kept, and throws for what cannot be opened. BU-file, BU-size, BU-altered, BU-full.
   */
  bring(
    zip: AsyncIterable<Uint8Array>,
    origin: BundleOrigin,
    inspect: (folder: string, manifest: BundleManifest) => Promise<void>,
  ): Promise<StoredBundle>
  drop(id: string): Promise<void>
}

/** What of an archive a bundle is made of: ticks after `from`, up to `to`, ms. */
export interface BundleOrder {
  /** Folder of the archive, and the log that counts where several overlap. */
  readonly archive: string
  readonly epoch: string
  /** Where it is written to. */
  readonly folder: string
  readonly from: number
  readonly to: number
}

/** What was written. */
export interface CopiedBundle extends Pick<
  BundleManifest,
  'grid' | 'plans' | 'rules' | 'programs' | 'clock' | 'files'
> {
  readonly ticks: number
}
