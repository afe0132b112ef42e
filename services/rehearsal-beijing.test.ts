import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openArchive } from './adapters/archive.parquet.ts'
import type { RehearsalResult } from './core/replay-wire.ts'
import { rehearse, type Rehearsed } from './rehearsal-run.ts'
import { readRules } from './rules-text.ts'
import { archivedCity } from './testdata/archived-city.ts'
import { recorded } from './testdata/recorded-city.ts'
import { recordedLog } from './testdata/recorded-log.ts'
import { numberIn, sqlOf, type Row } from './testdata/sql.ts'

const file = recorded('beijing-air/beijing-2015-12-red-alerts.csv')
const HOUR = 3_600_000
const [ORANGE, RED] = [3, 4]
const [FROM, TO] = [Date.parse('2015-12-05T00:00+08:00'), Date.parse('2015-12-25T23:00+08:00')]

/** Orange from 130 instead of 150, for the city and for each station's square. */
const LOWER = readFileSync(resolve(import.meta.dirname, '../config/rules/beijing.yaml'), 'utf8')
  .replace(/^[\s\S]*?(?=^rules:)/m, '')
  .replaceAll('orange: 150', 'orange: 130')

/** What config/rules/beijing.yaml says of one rule, in words of SQL. */
interface Said {
  readonly hours: number
  readonly samples: number
  readonly sources: number
  readonly silent: number
  /** Groups of observations that are judged together. */
  readonly place: string
}
const CITY: Said = { hours: 12, samples: 36, sources: 6, silent: 6, place: "'city'" }
const CELL: Said = { hours: 6, samples: 3, sources: 1, silent: 12, place: 'area' }

/**
 * For every tick and place whether a level holds: it begins when the mean of the panes that start within the window is at the limit,
 * ends when it has been 5 below for an hour of ticks, and at once where there is too little to judge by. Panes are of one hour; an
 * observation counts from the tick at which it stood in the log.
 */
const holding = (dir: string, { hours, samples, sources, silent, place }: Said, limit: number) => `
  with ticks as (
    select distinct epoch_ms("at") as t from read_parquet('${dir}/*/ticks/**/*.parquet')
  ),
  said as (
    select epoch_ms("at") as known, epoch_ms("time") as time, ${place} as place, source,
           cast(round("value" * 10) as bigint) as tenths
    from read_parquet('${dir}/*/observations/**/*.parquet') where indicator = 'pm25'
  ),
  places as (select distinct place from said),
  judged as (
    select t, places.place,
           sum(tenths) filter (in_window) / (10.0 * count(*) filter (in_window)) as mean,
           count(*) filter (in_window) as samples,
           count(distinct source) filter (in_window) as sources,
           max(time) as newest
    from ticks cross join places
    join (select *, 0 as one from said) said
      on said.place = places.place and known <= t and time > t - ${24 * HOUR},
    lateral (select floor(time / ${HOUR}) > floor((t - ${hours * HOUR}) / ${HOUR})
                and floor(time / ${HOUR}) <= floor(t / ${HOUR}) as in_window)
    group by t, places.place
  ),
  met as (
    select t, place,
           coalesce(samples >= ${samples} and sources >= ${sources} and t - newest <= ${silent * HOUR}, false) as known,
           mean >= ${limit} as up, mean > ${limit - 5} as stays
    from judged
  ),
  events as (
    select t, place, case
      when not known then 0
      when up then 1
      when not bool_or(stays or not known) over hour
           and min(t) over hour <= t - ${HOUR} then 0
      end as event
    from met
    window hour as (partition by place order by t range between ${HOUR} preceding and current row)
  )
  select t, place, coalesce(last_value(event ignore nulls) over (partition by place order by t), 0) = 1 as holds
  from events
  where t <= ${TO}`

/** First tick with orange after `FROM`, and hours with orange, at 150 and at 130. */
async function orangeBy(sql: (query: string) => Promise<readonly Row[]>, dir: string, said: Said) {
  return sql(`
    with at150 as (${holding(dir, said, 150)}), at130 as (${holding(dir, said, 130)}),
         both_sides as (
           select at150.t, at150.place, at150.holds as was, at130.holds as would,
                  coalesce(lead(at150.t) over (partition by at150.place order by at150.t), ${TO}) as next
           from at150 join at130 using (t, place)
         )
    select place, min(t) filter (was) as was, min(t) filter (would) as would,
           coalesce(sum(next - t) filter (was), 0) / ${HOUR}.0 as was_hours,
           coalesce(sum(next - t) filter (would), 0) / ${HOUR}.0 as would_hours,
           coalesce(sum(next - t) filter (would and not was), 0) / ${HOUR}.0 as graver_hours
    from both_sides where t >= ${FROM} group by place order by place`)
}

const hoursAt = (time: Readonly<Record<string, number>>) =>
  ((time['orange'] ?? 0) + (time['red'] ?? 0)) / HOUR

/** By area code: hours at a graver level under the lower limit. */
function graverHours({ plan, result }: Rehearsed): Record<string, number> {
  return Object.fromEntries(
    result.map.map(({ area, graver }) => [plan.grid.codes[area] ?? '', graver / HOUR] as const),
  )
}

const cityLine = ({ first }: RehearsalResult) => first.find(({ area }) => area === 0)

describe.skipIf(file === undefined)('a lower orange limit for Beijing', () => {
  it(
    '[RH20] comes as many hours earlier as SQL on the archive says, for the city and each square',
    { timeout: 300_000 },
    async () => {
      const { read, records } = await recordedLog('beijing', 'beijing-air', file ?? '')
      const city = await archivedCity(read, records, 'e'.repeat(16), 48)
      onTestFinished(() => city.remove())
      const { dir } = city
      const archive = openArchive(dir)
      onTestFinished(() => archive.close())
      const rules = (plan: Rehearsed['plan']) => readRules({ yaml: LOWER }, plan)
      const done = await rehearse(archive, { from: FROM, to: TO, rules })
      const { result, plan } = done

      const sql = await sqlOf()
      const [whole] = await orangeBy(sql, dir, CITY)
      const line = cityLine(result)
      const [was, would] = [line?.was[ORANGE] ?? NaN, line?.would[ORANGE] ?? NaN]
      expect(was - would).toBeGreaterThan(0)
      expect([was, would]).toEqual([numberIn(whole, 'was'), numberIn(whole, 'would')])
      expect(hoursAt(result.city.was)).toBe(numberIn(whole, 'was_hours'))
      expect(hoursAt(result.city.would)).toBe(numberIn(whole, 'would_hours'))
      expect(line?.was[RED]).toBe(line?.would[RED])

      const cells = await orangeBy(sql, dir, CELL)
      expect(cells.length).toBeGreaterThan(6)
      const sum = (column: string) => cells.reduce((total, row) => total + numberIn(row, column), 0)
      expect(hoursAt(result.time.was)).toBe(sum('was_hours'))
      expect(hoursAt(result.time.would)).toBe(sum('would_hours'))
      const graver = cells.map((row) => [String(row['place']), numberIn(row, 'graver_hours')] as const)
      expect(graverHours(done)).toEqual(Object.fromEntries(graver.filter(([, hours]) => hours > 0)))

      // A block is as bad as its worst square, so it is orange first when the first of them is.
      const blocks = result.first.filter(
        ({ area }) => plan.grid.levels[plan.grid.depths[area] ?? 0]?.id === 'block',
      )
      expect(blocks.length).toBeGreaterThan(0)
      for (const { area, was: before, would: after } of blocks) {
        const inside = cells.filter(
          ({ place }) => plan.grid.parents[plan.grid.indexOf(String(place)) ?? -1] === area,
        )
        const soonest = (column: string) => Math.min(...inside.map((row) => numberIn(row, column)))
        expect([before[ORANGE], after[ORANGE]]).toEqual([soonest('was'), soonest('would')])
      }
      process.stdout.write(
        `Beijing, orange from 130: ${(was - would) / HOUR} h earlier for the city. ${result.sentence.en}\n${result.sentence.zh}\n`,
      )
    },
  )
})
