import { TABLES, type ArchivedFile, type Manifest } from '../core/archive.ts'
import { sha256Of } from './archive-files.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/** Bytes of a manifest with its own checksum; the same manifest gives the same bytes. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const text = JSON.stringify(manifest)
  return encoder.encode(`{"sha256":"${sha256Of(encoder.encode(text))}","manifest":${text}}\n`)
}

const isTree = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0
const isText = (value: unknown): value is string => typeof value === 'string'
/** Paths come from a file: none may lead out of the archive. */
const INSIDE = /^[0-9a-f]{16}(\/[A-Za-z0-9=.-]*[A-Za-z0-9])+$/

function isFile(value: unknown): value is ArchivedFile {
  if (!isTree(value)) return false
  const { table, path, rows, bytes, sha256 } = value
  return (
    [...TABLES, 'keyframe'].some((name) => name === table) &&
    isText(path) &&
    INSIDE.test(path) &&
    [rows, bytes].every(isCount) &&
    isText(sha256)
  )
}

function isManifest(value: unknown): value is Manifest {
  if (!isTree(value) || value['format'] !== 1) return false
  const { epoch, after, to, ticks, plan, grid, rules, program, clock, offsets, files, digest } = value
  return (
    [epoch, plan, grid, rules, program, clock].every(isText) &&
    [after, to, ticks].every(isCount) &&
    Number(after) < Number(to) &&
    Array.isArray(offsets) &&
    offsets.every((each) => isTree(each) && [each['partition'], each['from'], each['end']].every(isCount)) &&
    Array.isArray(files) &&
    files.every(isFile) &&
    isTree(digest)
  )
}

/** Reads back {@link encodeManifest}; what is wrong with it where it is not to the byte what was written. */
export function decodeManifest(bytes: Uint8Array): Manifest | string {
  try {
    const written: unknown = JSON.parse(decoder.decode(bytes))
    const manifest = isTree(written) ? written['manifest'] : undefined
    if (!isManifest(manifest)) return 'it is no manifest of format 1'
    return Buffer.from(bytes).equals(encodeManifest(manifest)) ? manifest : 'it was altered'
  } catch (error) {
    return `it cannot be read: ${String(error)}`
  }
}
