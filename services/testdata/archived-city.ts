import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { writePlan, writeSegment } from '../adapters/archive-segment.ts'
import { readPlan } from '../app-plan.ts'
import { newCity } from '../archiver.ts'
import type { ReadConfig } from '../config.ts'
import { Archivist } from '../core/archivist.ts'
import { endOf, HOUR_MS } from '../core/segment-cut.ts'
import { TickCutter } from '../core/tick-cutter.ts'
import { policyFrom } from '../config-policy.ts'
import { planDocument } from '../plan-document.ts'

/** An archive on the disk, as live would have left it. */
export interface ArchivedCity {
  readonly dir: string
  /** First and last tick, ms. */
  readonly from: number
  readonly to: number
  readonly remove: () => void
}

/** Archives a whole log by segments of `length` ms; `keyframe`: ticks between two keyframes. */
export async function archivedCity(
  read: ReadConfig,
  records: readonly (readonly Uint8Array[])[],
  epoch: string,
  keyframe = 600,
  length = HOUR_MS,
): Promise<ArchivedCity> {
  const { plan, texts } = readPlan(read, pino({ level: 'error' }))
  const policy = policyFrom(read.config, plan, read.file)
  const dir = mkdtempSync(join(tmpdir(), 'qingyu-archive-'))
  const document = planDocument(read, plan, texts)
  await writePlan(dir, document)
  const head = {
    epoch,
    plan: document.hash,
    grid: plan.grid.version,
    program: 'test',
    clock: 'data',
  } as const
  const archivist = new Archivist(
    plan,
    head,
    keyframe,
    newCity(
      { plan, policy },
      records.map(() => 0),
      0,
    ),
  )
  const cutter = new TickCutter(
    records.map(() => 0),
    0,
  )
  for (const [partition, all] of records.entries()) cutter.take({ partition, first: 0, records: all })
  let [from, to, end] = [0, 0, 0]
  const close = async (): Promise<void> => {
    const draft = archivist.close()
    if (draft !== null) await writeSegment(dir, draft, plan)
  }
  for (let slice = cutter.next(); slice !== undefined; slice = cutter.next()) {
    if (endOf(slice.at, length) !== end) await close()
    end = endOf(slice.at, length)
    from ||= slice.at
    to = slice.at
    archivist.take(slice)
  }
  await close()
  return { dir, from, to, remove: () => rmSync(dir, { recursive: true, force: true }) }
}
