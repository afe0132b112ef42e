import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, type Readable } from 'node:stream'
import { Zip, ZipDeflate, ZipPassThrough } from 'fflate'

/** The same for all files, so that the same files give the same bytes: the first day that a zip can tell. */
const MTIME = new Date(1980, 0, 1)
/** What is text shrinks; tables are compressed already. */
const TEXT = /\.(json|txt)$/

/**
 * Files of a folder as one zip (APPNOTE 6.3.3), in the order given; the same files give the same bytes. Reads as fast as it is
 * read, one file at a time; the stream fails when a file does.
 */
export function zipOf(folder: string, paths: readonly string[]): Readable {
  const out = new PassThrough()
  const zip = new Zip((error, chunk, isLast) => {
    if (error !== null) out.destroy(error)
    else if (isLast) out.end(chunk)
    else out.write(chunk)
  })
  const write = async (): Promise<void> => {
    for (const path of paths) {
      if (out.destroyed) return
      const entry = TEXT.test(path) ? new ZipDeflate(path, { level: 9 }) : new ZipPassThrough(path)
      entry.mtime = MTIME
      zip.add(entry)
      for await (const chunk of createReadStream(join(folder, path))) {
        entry.push(chunk as Buffer)
        if (out.writableNeedDrain) await Promise.race([once(out, 'drain'), once(out, 'close')])
        if (out.destroyed) return
      }
      entry.push(new Uint8Array(0), true)
    }
    zip.end()
  }
  write().catch((fault: unknown) => out.destroy(fault instanceof Error ? fault : new Error(String(fault))))
  return out
}
