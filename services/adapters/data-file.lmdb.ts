import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs'

/** Places in a root page of LMDB's data file, after its page header of 24 bytes. */
const MAGIC_AT = 24
const PAGE_SIZE_AT = 48
const LAST_PAGE_AT = 144
const TRANSACTION_AT = 152
const ROOT_BYTES = 160
const MAGIC = 0xbeefc0de

interface Root {
  readonly pageSize: number
  readonly lastPage: number
  readonly transaction: number
}

function rootAt(handle: number, position: number): Root | undefined {
  const bytes = Buffer.alloc(ROOT_BYTES)
  if (readSync(handle, bytes, 0, ROOT_BYTES, position) < ROOT_BYTES) return undefined
  if (bytes.readUInt32LE(MAGIC_AT) !== MAGIC) return undefined
  return {
    pageSize: bytes.readUInt32LE(PAGE_SIZE_AT),
    lastPage: Number(bytes.readBigUInt64LE(LAST_PAGE_AT)),
    transaction: Number(bytes.readBigUInt64LE(TRANSACTION_AT)),
  }
}

function isPageSize(size: number): boolean {
  return size >= 256 && size <= 65_536 && (size & (size - 1)) === 0
}

/**
 * Looks at a data file before LMDB maps it into memory: a foreign file, or a page beyond the file's end, would end the process
 * with a signal. A file that is cut is made long again with zeros, which LMDB reports as damage where it meets them.
 * Throws an Error that says what is wrong; a file that is absent or empty is a new one.
 */
export function inspectDataFile(path: string): void {
  if (!existsSync(path)) return
  const handle = openSync(path, 'r+')
  try {
    const { size } = fstatSync(handle)
    if (size === 0) return
    const first = rootAt(handle, 0)
    if (first === undefined || !isPageSize(first.pageSize)) throw new Error('data.mdb is not an LMDB file')
    const second = rootAt(handle, first.pageSize)
    if (second === undefined) throw new Error('data.mdb has lost its second root page')
    const newest = second.transaction > first.transaction ? second : first
    const needed = (newest.lastPage + 1) * first.pageSize
    if (size < needed) ftruncateSync(handle, needed)
  } finally {
    closeSync(handle)
  }
}
