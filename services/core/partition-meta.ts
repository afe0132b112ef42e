import type { Counts } from './change.ts'

/** Key of the entry that holds what a partition knows beside its series. */
export const META_KEY = 'm'

/** What a partition or the roll-up keeps beside its series, levels, sources and keys. */
export interface Meta {
  readonly at: number
  /** Version of the rules that the state was judged by. */
  readonly rules: string
  readonly counts: Counts
  readonly refusedBy: Readonly<Record<string, number>>
  readonly newest: number
  /** Spans of the duplicate filter up to this one are forgotten. */
  readonly forgotten: number
}

/** Bytes of a partition's own entry. */
export function encodeMeta(meta: Meta): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(meta))
}

/** Reads back {@link encodeMeta}; null where there is none yet. */
export function decodeMeta(bytes: Uint8Array | undefined): Meta | null {
  return bytes ? (JSON.parse(new TextDecoder().decode(bytes)) as Meta) : null
}
