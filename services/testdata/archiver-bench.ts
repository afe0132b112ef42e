import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { segmentWriter } from '../adapters/archive-writer.ts'
import { openArchive } from '../adapters/archive.parquet.ts'
import type { VirtualClock } from '../adapters/clock.virtual.ts'
import type { SegmentWriter } from '../archiver-port.ts'
import { restoreCity } from '../archiver-restore.ts'
import { Archiver, type ArchiverParts } from '../archiver.ts'
import type { Manifest, Records, TickSlice } from '../core/archive.ts'
import { EPOCH, type archivedCity } from './archived-log.ts'

/** A folder that goes with the test. */
export function archiveDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'qingyu-archiver-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** What an archiver told. */
export interface ArchiverTold {
  readonly waits: (string | null)[]
  readonly reports: string[]
}

/** An archiver of the demo's city over a folder, on virtual time. */
export function archiverBench(
  city: ReturnType<typeof archivedCity>,
  dir: string,
  clock: VirtualClock,
  more: Partial<ArchiverParts> = {},
): { readonly parts: ArchiverParts; readonly told: ArchiverTold; readonly open: () => Promise<Archiver> } {
  const { plan, policy, document } = city
  const told: ArchiverTold = { waits: [], reports: [] }
  const setting = { dir, document, epoch: EPOCH, retention: 0, maxSize: 1e12 }
  const parts: ArchiverParts = {
    plan,
    policy,
    head: { epoch: EPOCH, plan: document.hash, grid: plan.grid.version, program: 'test', clock: 'wall' },
    writer: segmentWriter(setting, plan),
    clock,
    every: 300_000,
    keyframe: 8,
    waiting: (why) => told.waits.push(why),
    report: (sentence) => told.reports.push(sentence),
    written: () => undefined,
    ...more,
  }
  return {
    parts,
    told,
    async open() {
      await parts.writer.begin()
      const archive = openArchive(dir, EPOCH)
      const { city: begun, part } = await restoreCity({ ...parts, archive })
      await archive.close()
      return new Archiver(parts, begun, part)
    },
  }
}

/** Slices as they can be compared. */
export const hexOf = (slices: readonly TickSlice[]) =>
  slices.map(({ at, parts }) => [
    at,
    parts.map(({ partition, first, records }) => [
      partition,
      first,
      records.map((record) => Buffer.from(record).toString('hex')),
    ]),
  ])

/** Whole logs of slices, by partition. */
export function logsOf(slices: readonly TickSlice[], partitions: number): Uint8Array[][] {
  const logs = Array.from({ length: partitions }, (): Uint8Array[] => [])
  for (const { parts } of slices)
    for (const { partition, records } of parts) logs[partition]?.push(...records)
  return logs
}

/** Records of all partitions up to these offsets, in batches of at most `size`, as a feed gives them. */
export function* batchesOf(
  logs: readonly (readonly Uint8Array[])[],
  from: readonly number[],
  size: number,
): Generator<readonly Records[]> {
  const next = [...from]
  for (;;) {
    const batch = logs.flatMap((log, partition) => {
      const first = next[partition] ?? 0
      const records = log.slice(first, first + size)
      next[partition] = first + records.length
      return records.length === 0 ? [] : [{ partition, first, records }]
    })
    if (batch.length === 0) return
    yield batch
  }
}

/** All files of a folder with their checksums, by path. */
export function filesOf(dir: string, under = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const name of readdirSync(join(dir, under)).sort()) {
    const path = join(under, name)
    if (statSync(join(dir, path)).isDirectory())
      for (const [each, sum] of filesOf(dir, path)) found.set(each, sum)
    else
      found.set(
        path,
        createHash('sha256')
          .update(readFileSync(join(dir, path)))
          .digest('hex'),
      )
  }
  return found
}

/** A writer that refuses as often as it is told to, with what a full disk says. */
export function refusing(writer: SegmentWriter, times: number): SegmentWriter & { refused: number } {
  return {
    ...writer,
    refused: 0,
    write(draft): Promise<Manifest> {
      if (this.refused >= times) return writer.write(draft)
      this.refused++
      return Promise.reject(new Error('ENOSPC: no space left on device, write'))
    },
  }
}
