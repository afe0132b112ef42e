import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writePlan, writeSegment } from '../adapters/archive-segment.ts'
import type { TickSlice } from '../core/archive.ts'
import { archivedCity, archivedDrafts, randomSlices, START } from './archived-log.ts'

/** The city whose archive is kept here: a tick of five minutes, so that a few ticks are hours. */
export const KEPT = archivedCity({ clock: { tick: '5m' } })
export const TICK = KEPT.plan.tickMs
/** Just before the first tick. */
export const BEGIN = START

/** A log of so many ticks, the same for the same seed. */
export function keptSlices(ticks: number, seed = 5): readonly TickSlice[] {
  return randomSlices(KEPT.plan, seed, ticks, false)
}

/** An archive of slices in a folder of its own, cut at multiples of `every` ms; `without` leaves segments out by number. */
export async function keptArchive(
  slices: readonly TickSlice[],
  every: number,
  keyframe: number,
  without: readonly number[] = [],
): Promise<{ readonly dir: string; remove(): void }> {
  const dir = mkdtempSync(join(tmpdir(), 'qingyu-kept-'))
  await writePlan(dir, KEPT.document)
  for (const [nth, draft] of archivedDrafts(KEPT, slices, every, keyframe).entries())
    if (!without.includes(nth)) await writeSegment(dir, draft, KEPT.plan)
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) }
}
