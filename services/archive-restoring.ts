import { GridRemap } from './core/archive-remap.ts'
import type { Manifest, Span } from './core/archive.ts'
import { QingyuError } from './core/errors.ts'
import type { Plan } from './core/plan.ts'
import { isoOf } from './core/time.ts'
import { readPlanDocument } from './plan-document.ts'
import type { Archive, Log } from './ports.ts'

/** The stretch of an archive that a log can be made of. */
export interface Restorable {
  readonly span: Span
  /** Null: the present grid is the archive's own. Else the log is another one, for its records are not the same. */
  readonly remap: GridRemap | null
  /** What is said beside, in words. */
  readonly remarks: readonly string[]
}

/** What was appended. */
export interface Restored {
  readonly records: number
  readonly ticks: number
}

function refused(dir: string, why: string, hint: string): QingyuError {
  return new QingyuError('AV-restore', { value: dir, why, hint })
}

/** How records come to the present grid; null where it is their own. AV-grid where it is of another city. */
async function remapOf(archive: Archive, manifest: Manifest, plan: Plan): Promise<GridRemap | null> {
  if (manifest.grid === plan.grid.version) return null
  const written = readPlanDocument(await archive.plan(manifest.plan)).plan.grid
  return new GridRemap(written, plan.grid, plan.partitions)
}

function expectPartitions(dir: string, { offsets }: Manifest, plan: Plan): void {
  const partitions = offsets.length
  if (partitions !== plan.partitions)
    throw refused(dir, `its log has ${partitions} partitions`, `Set log.partitions to ${partitions}.`)
}

/**
 * What can be restored of the newest log of an archive: from its beginning up to `to` (ms) or its end, without a gap. AV-restore
 * where its beginning is gone or a gap lies in between.
 */
export async function restorable(archive: Archive, dir: string, plan: Plan, to: number): Promise<Restorable> {
  const spans = await archive.spans()
  const epoch = spans.at(-1)?.epoch
  const own = spans.filter((span) => span.epoch === epoch && span.after < to)
  const [span, behind] = own
  if (span === undefined) throw refused(dir, 'it holds nothing up to then', 'See qingyu archive list.')
  const [first] = await archive.manifests(span.after, span.to)
  const missing = first?.offsets.find(({ from }) => from > 0)
  if (first === undefined || missing !== undefined)
    throw refused(
      dir,
      `the beginning of its log is gone: partition ${missing?.partition ?? 0} begins at offset ${missing?.from ?? 0}`,
      'Bring the oldest segments back from a copy.',
    )
  if (behind !== undefined)
    throw refused(
      dir,
      `nothing is held from ${isoOf(span.to)} to ${isoOf(behind.after)}`,
      `Bring the missing segments back from a copy, or restore what comes before: --to ${isoOf(span.to)}.`,
    )
  expectPartitions(dir, first, plan)
  const remarks = spans
    .filter((other) => other.epoch !== epoch)
    .map(
      (other) =>
        `Log ${other.epoch}, ${isoOf(other.after)} to ${isoOf(other.to)}, is another one and stays in the archive.`,
    )
  const remap = await remapOf(archive, first, plan)
  if (remap !== null)
    remarks.push(
      `Grid ${first.grid} was read as ${plan.grid.version} by the codes of its areas: it is a new log.`,
    )
  return { span: { ...span, to: Math.min(span.to, to) }, remap, remarks }
}

/** Appends all that the stretch holds to a log that is empty, at the same offsets. AV-file when a file cannot be read, AV-grid when the present grid lacks an area. */
export async function restoreLog(archive: Archive, { span, remap }: Restorable, log: Log): Promise<Restored> {
  let [records, ticks, reached] = [0, 0, span.after]
  for await (const slices of archive.read(span.after, span.to)) {
    const appends: Promise<void>[] = []
    for (const { at, parts } of remap?.slices(slices) ?? slices) {
      ticks++
      reached = at
      for (const { partition, first, records: some } of parts) {
        records += some.length
        appends.push(log.append(partition, some).then((offset) => expectOffset(partition, first, offset)))
      }
    }
    await Promise.all(appends)
  }
  const [damage] = archive.damages()
  const isWhole = (await archive.manifests(reached, span.to)).length === 0
  if (damage !== undefined && !isWhole)
    throw new QingyuError('AV-file', { value: damage.path, why: damage.message })
  return { records, ticks }
}

function expectOffset(partition: number, expected: number, found: number): void {
  if (found !== expected)
    throw new RangeError(`partition ${partition}: offset ${found} was given, expected ${expected}`)
}
