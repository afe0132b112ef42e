import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadMapping } from '../import-options.ts'
import { openRows, readSmallTable } from '../import-rows.ts'
import { registerFrom } from './register.ts'
import { tableReader, type RowReading } from './table.ts'

const formats = import.meta.dirname
const data = resolve(formats, '../../../shared/data')
const present = existsSync(data)
if (!present) process.stderr.write(`recorded data is not at ${data}: tests on it are skipped\n`)

async function readAll(format: string, file: string, most = Infinity) {
  const { mapping } = loadMapping(format, formats)
  const path = join(data, file)
  const rows = await openRows(path, mapping.delimiter)
  const { register } = mapping
  const at = register && join(dirname(path), register.file)
  const read = tableReader(
    mapping,
    rows.header,
    path,
    register && registerFrom(readSmallTable(at ?? ''), register, path),
  )
  const seen = {
    rows: 0,
    observations: 0,
    empty: 0,
    faults: 0,
    placeless: 0,
    first: Infinity,
    last: -Infinity,
  }
  const parcels: RowReading['parcels'][number][] = []
  for await (const row of rows.rows) {
    if (seen.rows >= most) break
    const reading = read(row, seen.rows)
    seen.rows += 1
    seen.empty += reading.empty
    seen.faults += reading.faults.length
    seen.first = Math.min(seen.first, reading.time ?? Infinity)
    seen.last = Math.max(seen.last, reading.time ?? -Infinity)
    for (const parcel of reading.parcels) {
      if (parcels.length < 2_000) parcels.push(parcel)
      seen.observations += parcel.kind === 'bundle' ? parcel.observations.length : 1
      const place = parcel.kind === 'bundle' ? parcel.observations[0] : parcel
      if (place?.lon === undefined) seen.placeless += 1
    }
  }
  return {
    ...seen,
    parcels,
    first: new Date(seen.first).toISOString(),
    last: new Date(seen.last).toISOString(),
  }
}

describe.skipIf(!present)('recorded data', () => {
  it('[IM20] reads every row of the Beijing file', async () => {
    const seen = await readAll('beijing-air', 'beijing-air/beijing-2015-12-red-alerts.csv')
    // Cells that say NA: pm25 81, pm10 68, so2 68, no2 91, co 86, o3 85.
    expect(seen).toMatchObject({
      rows: 6048,
      faults: 0,
      placeless: 0,
      empty: 479,
      observations: 6048 * 8 - 479,
    })
    expect([seen.first, seen.last]).toEqual(['2015-12-04T16:00:00.000Z', '2015-12-25T15:00:00.000Z'])
  })

  it('[IM21] reads the New York portal and API files', async () => {
    const burst = await readAll('new-york-311', 'new-york-311/nyc311-2022-05-01-burst.csv')
    expect(burst).toMatchObject({ rows: 924, observations: 924, placeless: 11, faults: 0 })
    expect([burst.first, burst.last]).toEqual(['2022-05-01T04:00:03.000Z', '2022-05-01T06:06:26.000Z'])
    const soda = await readAll('new-york-311', 'new-york-311/nyc311-soda-2012.json')
    expect(soda).toMatchObject({ rows: 1000, observations: 1000, placeless: 0, faults: 0 })
    expect([soda.first, soda.last]).toEqual(['2012-06-26T17:38:54.000Z', '2012-11-21T07:18:06.000Z'])
  })

  it('[IM22] reads the packed Aarhus file', async () => {
    // An eighth of the week: the whole is the same 449 sensors for 15 s more.
    const seen = await readAll('aarhus-traffic', 'aarhus/traffic_2014-09-01_week.csv.gz', 100_000)
    expect(seen).toMatchObject({ rows: 100_000, faults: 0, placeless: 0, empty: 2 * 2718 })
    expect(seen.first).toBe('2014-09-01T00:00:00.000Z')
  })

  it('[IM23] reads the Los Angeles table by row number', async () => {
    const seen = await readAll('los-angeles-traffic', 'los-angeles-traffic/los_speed.csv')
    expect(seen).toMatchObject({ rows: 2016, observations: 417_312, faults: 0, placeless: 0 })
    expect([seen.first, seen.last]).toEqual(['2012-03-01T08:00:00.000Z', '2012-03-08T07:55:00.000Z'])
    expect(seen.parcels[0]).toMatchObject({
      source: 'loop-773869',
      observations: [{ indicator: 'traffic.speed', value: 103.60152, lon: -118.31829, lat: 34.15497 }],
    })
  })

  it('[IM24] joins the Melbourne counters to their register', async () => {
    const seen = await readAll('melbourne-pedestrians', 'melbourne-pedestrians/pedestrian_03_2017.csv')
    const hours = 31 * 24
    expect(seen).toMatchObject({ rows: hours, faults: 0 })
    expect(seen.observations + seen.empty).toBe(43 * hours)
    // One counter stands in no register; hours in which it was off are not sent.
    expect(seen.placeless).toBeLessThanOrEqual(hours)
    expect([seen.first, seen.last]).toEqual(['2017-02-28T13:00:00.000Z', '2017-03-31T12:00:00.000Z'])
  })
})
