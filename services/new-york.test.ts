import { describe, expect, it } from 'vitest'
import type { LevelsAnswer } from './api-schema.ts'
import { importFile } from './import.ts'
import { importWorld } from './testdata/import-world.ts'
import { recorded, recordedCity } from './testdata/recorded-city.ts'

const file = recorded('new-york-311/nyc311-2022-05-01-burst.csv')
const LAST = Date.parse('2022-05-01T02:06:00-04:00')

describe.skipIf(file === undefined)('New York, a night of May 2022', () => {
  it('[IM34] counts each located call once and names the others', { timeout: 120_000 }, async () => {
    const city = await recordedCity('new-york')
    const args = [file ?? '', '--format', 'new-york-311', '--rate', 'max', '--http', city.http]
    const tally = await importFile(args, importWorld())
    expect(tally).toMatchObject({ rows: 924, sent: 924, taken: 913 })
    expect([...tally.answered]).toEqual([['OB-place', 11]])
    const counts = { received: 924, applied: 913, refused: 11, late: 0, duplicate: 0, quarantined: 0 }
    expect(await city.settled(LAST)).toMatchObject({ ...counts, refusedBy: { 'OB-place': 11 } })
    // Every call again, as after a crash of the sender: none counts twice.
    await importFile([...args, '--fresh'], importWorld())
    const again = await city.settled(LAST)
    expect(again).toMatchObject({ received: 1848, applied: 913, refused: 22 })
    // The filter reaches as far back as the windows do; what is older is late, and not counted either.
    expect(again.duplicate + again.late).toBe(913)
    expect(again.duplicate).toBeGreaterThan(0)
    const { areas } = await city.get<LevelsAnswer>('/api/v1/levels?depth=district')
    expect(areas).toHaveLength(1 + 5 + 71)
    expect(areas.filter(({ level }) => level === 'red').length).toBeGreaterThan(0)
    const letters = await city.get<{ letters: { code: string; message: string }[] }>(
      '/api/v1/vendors/hotline/dead-letters',
    )
    expect(letters.letters.slice(0, 11).map(({ code }) => code)).toEqual(
      Array.from({ length: 11 }, () => 'OB-place'),
    )
  })
})
