import { seededRandom } from './adapters/random.seeded.ts'
import { decodeCosts } from './core/decode.bench.ts'
import { frameBytes } from './core/frame.bench.ts'
import { locateBench } from './core/locate.bench.ts'
import { measureApply, measureFold, type Measured } from './core/window.bench.ts'
import type { Measure } from './measure.bench.ts'

const now = () => performance.now()
const microseconds = ({ ms, operations }: Measured) => (ms * 1000) / operations

/** `frame.bytes`: the same changes as JSON objects and as our deltas. */
export async function frameCosts(measure: Measure): Promise<void> {
  let seed = 1
  const both = () => frameBytes(seed++)
  await measure.ratio('frame.bytes', 'changes/KiB', {
    ours: () => Promise.resolve(1024 / both().value),
    baseline: () => Promise.resolve(1024 / both().baseline),
  })
}

/** `locate`: points located among 10,000 irregular polygons, over the promised half a million a second. */
export const locateCosts = (measure: Measure): Promise<void> =>
  measure.value('locate', 'points/s', () => locateBench().pointsPerSecond, 500_000)

/** `cost.*`: what an observation costs in each stage on its own; a tick and a fold each as a whole. */
export async function stageCosts(measure: Measure): Promise<void> {
  await measure.value('cost.decode', 'ns', () => decodeCosts().single)
  await measure.value('cost.decode.batch', 'ns', () => decodeCosts().batch)
  await measure.value('cost.record', 'ns', () => decodeCosts().row)
  const random = seededRandom(1)
  const integer = () => random.uint32()
  await measure.value('cost.apply', 'µs', () => microseconds(measureApply(20, 20_000, integer, now).apply))
  await measure.value('cost.tick', 'µs', () => microseconds(measureApply(20, 20_000, integer, now).tick))
  await measure.value('cost.fold', 'µs', () => microseconds(measureFold(10_000, now)))
}
