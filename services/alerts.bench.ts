import { StormBench } from './core/incident.bench.ts'
import { benchGrid, matchBench, TickBench } from './core/notice.bench.ts'
import type { Measure } from './measure.bench.ts'

const now = () => performance.now()

/** `alerts.match`: whom an alert concerns among 10,000 officers with five subscriptions each, over the promised 50 µs. */
export async function alertMatch(measure: Measure): Promise<void> {
  const grid = benchGrid()
  await measure.value('alerts.match', 'µs', () => matchBench(grid, now).each, 50)
}

/** `alerts.tick`: a tick of the alert stage with 100,000 subscriptions, and with none but what comes with people's roles. */
export async function alertTick(measure: Measure): Promise<void> {
  const grid = benchGrid()
  const [subscribed, bare] = [new TickBench(grid, 100_000), new TickBench(grid, 0)]
  await measure.ratio('alerts.tick', 'µs', {
    ours: () => Promise.resolve(subscribed.run(now).each),
    baseline: () => Promise.resolve(bare.run(now).each),
  })
}

/** `incident.tick`: incidents of 2,000 active cells of 20,000 followed by what moved, and by looking at all cells. */
export async function incidentTick(measure: Measure): Promise<void> {
  const storms = new StormBench()
  const each = ({ ms, ticks }: { ms: number; ticks: number }) => Promise.resolve((ms * 1000) / ticks)
  await measure.ratio('incident.tick', 'µs', {
    ours: () => each(storms.byMoves(now)),
    baseline: () => each(storms.byScan(now)),
  })
}
