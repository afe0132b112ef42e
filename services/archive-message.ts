import type { ArchiveProgress } from './archiver-port.ts'
import type { Records } from './core/archive.ts'
import type { PlanDocument } from './plan-document.ts'

/** What the thread of the archiver is started with; times in ms, sizes in bytes. */
export interface ArchiverSetting {
  /** Folder of the archive. */
  readonly dir: string
  readonly document: PlanDocument
  readonly epoch: string
  readonly program: string
  readonly every: number
  readonly keyframe: number
  readonly retention: number
  readonly maxSize: number
}

/** Records of several partitions in one piece of memory. */
export interface PackedRecords {
  readonly parts: readonly {
    readonly partition: number
    readonly first: number
    /** Bytes of each record; they begin at multiples of 8, for their columns are viewed in place. */
    readonly lengths: Uint32Array
  }[]
  readonly bytes: ArrayBuffer
}

/** What the thread is told. `follow`: the log goes on where the archive ends, or at these offsets, for it is cut off there. */
export type ToArchiver =
  | { readonly what: 'follow'; readonly cutOff: readonly number[] | null }
  | { readonly what: 'records'; readonly packed: PackedRecords }
  | { readonly what: 'stop' }

/** What the thread tells. `open`: where the archive ends. `wants`: of which partitions it takes more. `waits`: for what, null for nothing. */
export type FromArchiver =
  | { readonly what: 'open' | 'written'; readonly progress: ArchiveProgress }
  | { readonly what: 'wants'; readonly partitions: readonly number[]; readonly taken: number }
  | { readonly what: 'waits'; readonly why: string | null }
  | { readonly what: 'report'; readonly sentence: string }

const aligned = (length: number): number => Math.ceil(length / 8) * 8

/** Copies records into one piece of memory that can be handed to a thread. */
export function packRecords(batches: readonly Records[]): PackedRecords {
  const all = batches.flatMap(({ records }) => records)
  const bytes = new Uint8Array(all.reduce((sum, { length }) => sum + aligned(length), 0))
  let at = 0
  for (const record of all) {
    bytes.set(record, at)
    at += aligned(record.length)
  }
  const parts = batches.map(({ partition, first, records }) => ({
    partition,
    first,
    lengths: Uint32Array.from(records, ({ length }) => length),
  }))
  return { parts, bytes: bytes.buffer }
}

/** Views what {@link packRecords} packed. */
export function unpackRecords({ parts, bytes }: PackedRecords): Records[] {
  let at = 0
  return parts.map(({ partition, first, lengths }) => ({
    partition,
    first,
    records: Array.from(lengths, (length) => {
      const record = new Uint8Array(bytes, at, length)
      at += aligned(length)
      return record
    }),
  }))
}
