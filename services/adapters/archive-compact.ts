import { mergeDigests } from '../core/archive-digest.ts'
import type { ArchivedFile, Manifest, Table } from '../core/archive.ts'
import { manifestPath, removeFiles } from './archive-files.ts'
import { PlanNamesOf } from './archive-plans.ts'
import { fileFault, readSegment, wholeFile } from './archive-reader.ts'
import { SegmentFiles } from './archive-segment.ts'
import { TABLE_COLUMNS } from './archive-tables.ts'
import { readTable } from './parquet-table.ts'

const DERIVED: readonly Table[] = ['changes', 'alerts']
const isKeyframe = ({ table }: ArchivedFile): boolean => table === 'keyframe'

/** What the segments come to together. */
function joined(manifests: readonly Manifest[], first: Manifest, last: Manifest): Manifest {
  return {
    ...last,
    after: first.after,
    ticks: manifests.reduce((sum, { ticks }) => sum + ticks, 0),
    offsets: last.offsets.map(({ partition, from, end }) => ({
      partition,
      from: first.offsets.find((each) => each.partition === partition)?.from ?? from,
      end,
    })),
    digest: mergeDigests(
      manifests.map(({ digest }) => digest),
      manifests.map(({ to }) => to),
    ),
  }
}

function expectFollowing(manifests: readonly Manifest[]): void {
  for (const [i, next] of manifests.entries()) {
    const before = manifests[i - 1]
    if (before === undefined) continue
    const isNext = before.to === next.after && before.epoch === next.epoch && before.plan === next.plan
    if (!isNext)
      throw fileFault(
        manifestPath(next.epoch, next.to),
        'it does not follow the one before, or is of another plan',
      )
  }
}

/**
 * Joins segments that follow each other, of one log and one plan, into one whose files have the same bytes as if it had been
 * written at once. Its manifest is put in place before the smaller ones are removed: after a crash in between both lie there, and
 * the larger counts. AV-file when one cannot be read; then all stay as they are.
 */
export async function compactSegments(dir: string, manifests: readonly Manifest[]): Promise<Manifest> {
  const [first, last] = [manifests.at(0), manifests.at(-1)]
  if (first === undefined || last === undefined) throw new RangeError('there is nothing to join')
  if (first === last) return last
  expectFollowing(manifests)
  const whole = joined(manifests, first, last)
  const names = new PlanNamesOf(dir).of(last.plan)
  const files = new SegmentFiles(dir, whole, names)
  try {
    for (const manifest of manifests) {
      for await (const slices of readSegment(dir, manifest, names)) files.slices(slices)
      for (const table of DERIVED)
        for (const file of manifest.files.filter((each) => each.table === table))
          for await (const columns of readTable(wholeFile(dir, file), TABLE_COLUMNS[table]))
            files.append(table, columns)
    }
    const kept = manifests.flatMap((manifest) => manifest.files.filter(isKeyframe))
    const made = files.finish(whole, kept)
    const lasting = new Set(made.files.map(({ path }) => path))
    const smaller = manifests.slice(0, -1).map(({ epoch, to }) => manifestPath(epoch, to))
    removeFiles(dir, smaller)
    removeFiles(
      dir,
      manifests
        .flatMap((manifest) => manifest.files.map(({ path }) => path))
        .filter((path) => !lasting.has(path)),
    )
    return made
  } catch (error) {
    files.drop()
    throw error
  }
}
