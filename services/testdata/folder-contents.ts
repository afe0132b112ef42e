import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { openDataFolder } from '../adapters/data-folder.lmdb.ts'
import { lmdbLog } from '../adapters/log.lmdb.ts'
import { lmdbState } from '../adapters/state.lmdb.ts'
import { readConfig } from '../config.ts'
import { planFrom } from '../config-plan.ts'
import { decodeTickRecord, type TickRecord } from '../core/change.ts'
import { readGrid } from '../core/grid-file.ts'
import { decodeMeta, META_KEY, type Meta } from '../core/partition-meta.ts'
import type { Plan } from '../core/plan.ts'
import { decodeTick, KIND_OBSERVATIONS, KIND_TICK, kindOf, readObservations } from '../core/record.ts'
import type { Log, State } from '../ports.ts'

const LATEST = 2 ** 43
const MOST_LINES = 1_000_000

/** The demo city's grid, indicators and rules, as the program reads them. */
export function demoPlan(): Plan {
  const file = resolve(import.meta.dirname, '../../config/qingyu.yaml')
  const { config, folder } = readConfig(file, {}, { demo: { enabled: false } })
  const path = join(folder, config.city.grid)
  const { grid } = readGrid(readFileSync(path, 'utf8'), path)
  if (grid === null) throw new Error(`${path} has no grid`)
  return planFrom(config, grid, file)
}

/** One row of the log. */
export interface Row {
  /** `vendor/source` */
  readonly source: string
  readonly indicator: string
  readonly area: number
  readonly time: number
  readonly value: number
  /** 64 bits in hexadecimal. */
  readonly id: string
  /** The first tick behind it in its partition; 0 when there is none yet. */
  readonly shown: number
}

/** All that a data folder holds of a log and its state, in the order in which it was written. */
export interface FolderContents {
  readonly epoch: string
  /** By partition. */
  readonly rows: readonly (readonly Row[])[]
  readonly ticks: readonly (readonly number[])[]
  /** `partition/key` to hexadecimal bytes; without the entry of {@link metas}. */
  readonly entries: ReadonlyMap<string, string>
  readonly metas: readonly Meta[]
  readonly records: readonly TickRecord[]
  /** JSON of each line of the histories. */
  readonly history: readonly string[]
}

async function readPartition(log: Log, partition: number): Promise<{ rows: Row[]; ticks: number[] }> {
  const rows: Row[] = []
  const ticks: number[] = []
  const end = await log.end(partition)
  const stop = new AbortController()
  let open: Omit<Row, 'shown'>[] = []
  for await (const { first, records } of log.read(partition, 0, stop.signal)) {
    for (const bytes of records) {
      if (kindOf(bytes) === KIND_OBSERVATIONS) open.push(...rowsOf(bytes))
      if (kindOf(bytes) !== KIND_TICK) continue
      const { at } = decodeTick(bytes)
      ticks.push(at)
      rows.push(...open.map((row) => ({ ...row, shown: at })))
      open = []
    }
    if (first + records.length >= end) break
  }
  stop.abort()
  return { rows: [...rows, ...open.map((row) => ({ ...row, shown: 0 }))], ticks }
}

function rowsOf(bytes: Uint8Array): Omit<Row, 'shown'>[] {
  const columns = readObservations(bytes)
  return Array.from({ length: columns.rows }, (_, i) => ({
    source: columns.sources[columns.source(i)] ?? '',
    indicator: columns.indicators[columns.indicator(i)] ?? '',
    area: columns.area(i),
    time: columns.time(i),
    value: columns.value(i),
    id: idOf(columns.idHigh(i), columns.idLow(i)),
  }))
}

/** A row's 64 bits in hexadecimal. */
export const idOf = (high: number, low: number) => [high, low].map((half) => half.toString(16)).join('.')

async function recordsOf(state: State, partition: number): Promise<TickRecord[]> {
  const { at } = await state.load(partition)
  const records: TickRecord[] = []
  if (at === 0) return records
  const stop = new AbortController()
  for await (const ticks of state.changes(partition, 0, stop.signal)) {
    records.push(...ticks.map(({ bytes }) => decodeTickRecord(bytes)))
    if ((ticks.at(-1)?.at ?? 0) >= at) break
  }
  stop.abort()
  return records
}

async function historyOf(state: State, { grid, indicators }: Plan): Promise<string[]> {
  const lines: unknown[] = []
  for (let area = 0; area < grid.size; area++) {
    lines.push(...(await state.levels(area, 0, LATEST, MOST_LINES)))
    for (const { code } of indicators.list)
      lines.push(...(await state.readings(area, code, 0, LATEST, MOST_LINES)))
  }
  return lines.map((line) => JSON.stringify(line))
}

/** Opens a folder that no program has open, by the adapters of the program, and reads all of it. */
export async function contentsOf(dir: string, plan: Plan): Promise<FolderContents> {
  const { grid, partitions } = plan
  const folder = openDataFolder(dir, { city: grid.city, grid: grid.version, partitions })
  try {
    const [log, state] = [lmdbLog(folder), lmdbState(folder)]
    const rows: Row[][] = []
    const ticks: number[][] = []
    const entries = new Map<string, string>()
    const metas: Meta[] = []
    const records: TickRecord[] = []
    for (let partition = 0; partition <= partitions; partition++) {
      for (const [key, bytes] of (await state.load(partition)).entries) {
        const meta = key === META_KEY ? decodeMeta(bytes) : null
        if (meta !== null) metas.push(meta)
        else entries.set(`${partition}/${key}`, Buffer.from(bytes).toString('hex'))
      }
      records.push(...(await recordsOf(state, partition)))
      if (partition === partitions) continue
      const read = await readPartition(log, partition)
      rows.push(read.rows)
      ticks.push(read.ticks)
    }
    return {
      epoch: folder.epoch,
      rows,
      ticks,
      entries,
      metas,
      records,
      history: await historyOf(state, plan),
    }
  } finally {
    await folder.close()
  }
}
