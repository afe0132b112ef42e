import { describe, expect, it } from 'vitest'
import type { LevelsAnswer } from './api-schema.ts'
import { importFile } from './import.ts'
import { importWorld } from './testdata/import-world.ts'
import { recorded, recordedCity } from './testdata/recorded-city.ts'

const file = recorded('beijing-air/beijing-2015-12-red-alerts.csv')
const HOUR = 3_600_000
const ORDER = ['unknown', 'normal', 'blue', 'yellow', 'orange', 'red']

/** What the city announced; local times. */
const OFFICIAL = `Official: orange from 7 Dec 18:00, red from 8 Dec 07:00, lifted 10 Dec 12:00; red again 19 to 22 Dec.`
const WHAT_DIFFERS = `What differs: the officials warned by forecast, for whole days and hours ahead, and lifted when the wind was sure; the rule
knows only what was measured over the last twelve hours. So it is red in the small hours of 8 December, before the announcement,
and lets go as the clean air comes through on 10 December. It also turns red on 13 and 14 December and from 25 December, when
the air was as bad and no red alert was given, and on 19 and 20 December it waits for the smog that the second alert foresaw.`

const localHour = (at: number) => new Date(at + 8 * HOUR).toISOString().slice(5, 13).replace('T', ' ')

/** Spans of the same level, as `12-08 02 to 12-10 10 red`. */
function spans(hours: readonly { at: number; level: string }[]): string {
  const lines: string[] = []
  let from = hours[0]
  for (const [i, hour] of hours.entries()) {
    if (hours[i + 1]?.level === hour.level) continue
    if (from && hour.level !== 'normal')
      lines.push(`  ${localHour(from.at)} to ${localHour(hour.at)}  ${hour.level}`)
    from = hours[i + 1]
  }
  return lines.join('\n')
}

describe.skipIf(file === undefined)('Beijing, December 2015', () => {
  it('[IM33] colours the city as the smog came and went', { timeout: 180_000 }, async () => {
    const city = await recordedCity('beijing')
    const args = [file ?? '', '--format', 'beijing-air', '--rate', 'max', '--mqtt', city.mqtt]
    const tally = await importFile(args, importWorld())
    const [first, last] = [Date.parse('2015-12-05T00:00+08:00'), Date.parse('2015-12-25T23:00+08:00')]
    const stats = await city.settled(last)
    expect(stats).toMatchObject({
      received: tally.sent,
      applied: tally.sent,
      late: 0,
      duplicate: 0,
      refused: 0,
    })
    const { areas } = await city.get<LevelsAnswer>('/api/v1/levels')
    const root = areas[0]?.code ?? ''

    const hours: { at: number; level: string }[] = []
    for (let at = first; at <= last; at += HOUR)
      hours.push({ at, level: await city.levelAt(root, new Date(at).toISOString()) })
    const counts = ORDER.map((level) => `${level} ${hours.filter((hour) => hour.level === level).length} h`)
    process.stdout.write(
      `Beijing by the rule: ${counts.join(', ')}\n${spans(hours)}\n${OFFICIAL}\n${WHAT_DIFFERS}\n`,
    )

    const rank = (local: string) => {
      const at = Date.parse(`2015-12-${local}:00+08:00`)
      return ORDER.indexOf(hours.find((hour) => hour.at === at)?.level ?? '')
    }
    const [blue, orange, red] = [2, 4, 5]
    expect(rank('07T18:00')).toBeGreaterThanOrEqual(orange)
    expect(rank('08T12:00')).toBe(red)
    for (let hour = 0; hour < 24; hour++) expect(rank(`09T${String(hour).padStart(2, '0')}:00`)).toBe(red)
    expect(rank('10T07:00')).toBe(red)
    expect(rank('10T21:00')).toBeLessThanOrEqual(blue)
    expect(rank('14T12:00')).toBeGreaterThanOrEqual(orange)
    expect(rank('16T12:00')).toBeLessThanOrEqual(blue)
    expect(rank('25T12:00')).toBe(red)
  })
})
