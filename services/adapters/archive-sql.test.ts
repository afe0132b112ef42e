import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { LogRows } from '../core/archive-log.ts'
import { archiveNames } from '../core/archive-names.ts'
import { alertRows, changeRows } from '../core/archive-outcomes.ts'
import type { Table } from '../core/archive.ts'
import { archivedCity, archivedDrafts, EPOCH, randomSlices } from '../testdata/archived-log.ts'
import { numberIn, sqlOf } from '../testdata/sql.ts'
import { writePlan, writeSegment } from './archive-segment.ts'

describe('the archive in SQL', () => {
  it('[AV30] is read by DuckDB as it is, by day and hour, row for row', { timeout: 60_000 }, async () => {
    // Ticks of a minute reach over two hours of a day.
    const city = archivedCity({ log: { partitions: 3 }, clock: { tick: '1m' } })
    const { plan } = city
    const slices = randomSlices(plan, 5, 40, false)
    const drafts = archivedDrafts(city, slices, 600_000, 60)
    const dir = mkdtempSync(join(tmpdir(), 'qingyu-sql-'))
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
    await writePlan(dir, city.document)
    for (const draft of drafts) await writeSegment(dir, draft, plan)
    const sql = await sqlOf()
    const files = (table: Table) =>
      `read_parquet('${dir}/${EPOCH}/${table}/*/*/*.parquet', hive_partitioning = true)`

    const rows = new LogRows(archiveNames(plan.grid.codes, plan.indicators.list))
    for (const slice of slices) rows.add(slice)
    const { observations } = rows
    const outcomes = drafts.flatMap((draft) => draft.outcomes)
    const [changes, alerts] = [changeRows(outcomes, plan), alertRows(outcomes, plan)]

    const found = await sql(
      `select epoch_ms("at") as ticked, partition, "offset", epoch_ms(time) as timed, area, indicator, value, source, id, day, hour
       from ${files('observations')} order by "at", partition, "offset", file_row_number`.replace(
        'hive_partitioning = true',
        'hive_partitioning = true, file_row_number = true',
      ),
    )
    const columns = [observations.at, observations.partition, observations.offset, observations.time]
    const texts = [observations.area, observations.indicator, observations.source]
    const { value, id } = observations
    expect(
      found.map((row) => [
        [
          numberIn(row, 'ticked'),
          numberIn(row, 'partition'),
          numberIn(row, 'offset'),
          numberIn(row, 'timed'),
        ],
        [row['area'], row['indicator'], row['source']],
        row['value'],
        row['id'],
      ]),
    ).toEqual(
      value.map((each, i) => [columns.map((column) => column[i]), texts.map((text) => text[i]), each, id[i]]),
    )
    expect([...new Set(found.map(({ hour }) => Number(hour)))]).toEqual([17, 18])

    const count = async (table: Table, what: string) =>
      numberIn((await sql(`select ${what} n from ${files(table)}`))[0], 'n')
    expect(await count('ticks', `count(*) filter (kind = 'tick')`)).toBe(
      rows.ticks.filter(({ kind }) => kind === 'tick').length,
    )
    expect(await count('ticks', 'sum(received)')).toBe(
      rows.ticks.reduce((sum, { received }) => sum + (received ?? 0), 0),
    )
    expect(await count('actions', `count(*) filter (action->'deed'->>'verb' = verb)`)).toBe(
      rows.actions.length,
    )
    expect(await count('changes', 'count(*)')).toBe(changes.length)
    expect(await count('changes', 'sum(value)')).toBeCloseTo(
      changes.reduce((sum, { value }) => sum + (value ?? 0), 0),
    )
    expect(await count('alerts', 'count(*)')).toBe(alerts.length)
    expect(alerts.length).toBeGreaterThan(0)
    const [worst] = await sql(
      `select epoch_ms("at") as ticked, level from ${files('alerts')} order by "at", id limit 1`,
    )
    const [first] = [...alerts].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
    expect([numberIn(worst, 'ticked'), worst?.['level']]).toEqual([first?.at, first?.level])
  })
})
