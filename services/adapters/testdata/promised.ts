import { expect } from 'vitest'
import type { State } from '../../ports.ts'
import { openDataFolder } from '../data-folder.lmdb.ts'
import { take } from '../log.contract.ts'
import { lmdbLog } from '../log.lmdb.ts'
import { lmdbState } from '../state.lmdb.ts'

const BELONGING = { city: 'test', grid: 'v1', partitions: 4 }
const decoder = new TextDecoder()

/** What a log-writer said it has, over all its lives. */
export interface Promised {
  /** By partition: end of the log, offset of the state. */
  readonly log: number[]
  readonly state: number[]
  failures: number
  /** Acknowledged after a failure: the disk was used again. */
  recovered: number
}

export function nothingPromised(): Promised {
  return { log: [0, 0, 0, 0], state: [0, 0, 0, 0], failures: 0, recovered: 0 }
}

/** Notes one line of the writer. */
export function hear(promised: Promised, line: string): void {
  const [what, partition, first, count] = line.split(' ')
  expect(['open', 'log', 'state', 'round', 'failed', 'closed']).toContain(what)
  if (what === 'failed') promised.failures++
  if (what === 'log') promised.log[Number(partition)] = Number(first) + Number(count)
  if (what === 'log' && promised.failures > 0) promised.recovered++
  if (what === 'state') promised.state[Number(partition)] = Number(first)
}

/** Opens what the writer left: all that was promised is there, without a gap, and nothing is there in part. */
export async function check(promised: Promised, dir: string): Promise<void> {
  const folder = openDataFolder(dir, BELONGING)
  const log = lmdbLog(folder)
  const state = lmdbState(folder)
  for (let partition = 0; partition < BELONGING.partitions; partition++) {
    const end = await log.end(partition)
    expect(end).toBeGreaterThanOrEqual(promised.log[partition] ?? 0)
    const records = (await take(log, partition, 0, end)).flatMap((batch) => batch.records)
    const texts = records.map((record) => decoder.decode(record).trimEnd())
    expect(texts).toEqual(Array.from({ length: end }, (_, offset) => `${partition}/${offset}`))
    await checkState(state, partition, end, promised.state[partition] ?? 0)
  }
  await folder.close()
}

async function checkState(state: State, partition: number, end: number, least: number): Promise<void> {
  const { offset, entries } = await state.load(partition)
  expect(offset).toBeGreaterThanOrEqual(least)
  expect(offset).toBeLessThanOrEqual(end)
  expect([...entries.keys()]).toEqual(offset === 0 ? [] : [`at/${offset}`, 'reached'])
  expect(await state.offsetAt(partition, Number.MAX_SAFE_INTEGER)).toBe(offset || undefined)
  if (offset > 0) expect(decoder.decode(entries.get('reached'))).toBe(String(offset))
}
