import { areaRow, areasBelow } from './api-levels.ts'
import type { LevelsAnswer } from './api-schema.ts'
import type { LevelHistory } from './core/commit.ts'
import { QingyuError } from './core/errors.ts'
import { UNKNOWN } from './core/level.ts'
import { isoOf } from './core/time.ts'
import { areaIndex } from './gateway-message.ts'
import { pastOf } from './past.ts'
import type { PastLevels } from './past-port.ts'
import type { Archive } from './ports.ts'

/**
 * Levels at a time of the past as the archive has them: the keyframe before it, played on to it. By the grid of that time, whose
 * version the answer names. RY-future, AV-gap, GW-area, GW-parameter.
 */
export async function pastLevels(archive: Archive, { at, area, depth }: PastLevels): Promise<LevelsAnswer> {
  const spans = await archive.spans()
  const span = spans.find(({ after, to }) => after <= at && at <= to)
  if (span === undefined && at <= (spans.at(-1)?.to ?? 0)) {
    const held = spans.map(({ after, to }) => `${isoOf(after)} to ${isoOf(to)}`).join(', ')
    throw new QingyuError('AV-gap', { value: isoOf(at), held })
  }
  const lines = new Map<number, LevelHistory>()
  let tick = 0
  let played
  for await (const { city, slice } of pastOf(archive, { from: at, to: at, isWatched: false })) {
    if (city !== played) {
      for (const line of city.begin?.levels ?? []) lines.set(line.area, line)
      tick = city.begin?.at ?? tick
      played = city
    }
    if (slice === null) continue
    for (const { tick: passed, commits } of city.machine.play(slice)) {
      tick = passed.at
      for (const { commit } of commits) for (const line of commit.levels) lines.set(line.area, line)
    }
  }
  if (played === undefined || tick === 0)
    throw new QingyuError('AV-gap', { value: isoOf(at), held: 'no tick of it' })
  const { plan } = played
  const rows = areasBelow(plan.grid, areaIndex(plan.grid, area), depth).map((index) => {
    const line = lines.get(index)
    const { since = 0, decision = null } = line ?? {}
    return areaRow(index, { rank: decision?.rank ?? UNKNOWN, since, decision }, plan)
  })
  return { grid: plan.grid.version, epoch: span?.epoch ?? '', tick, areas: rows }
}
