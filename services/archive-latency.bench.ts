import type { Measure } from './measure.bench.ts'
import { placesOf, runElsewhere, startQingyu, type Server } from './pipeline.bench.ts'

/** Messages a second, for long enough that segments are written meanwhile. */
const PER_SECOND = 3_000
const SECONDS = 15
/** Six times as often as by default: a run as short as this must not pass between two segments. */
const EVERY = '10s'
const DEVICES = 500

/**
 * `archive.latency`: time in which 99 of 100 messages under load are acknowledged, by a server that archives and by one that does
 * not, by turns; both run all the time. The bar: a ratio of at most 1.1.
 */
export async function archiveLatency(measure: Measure): Promise<void> {
  const archiving = await startQingyu({ QINGYU_ARCHIVE__EVERY: EVERY })
  const plain = await startQingyu({ QINGYU_ARCHIVE__ENABLED: 'false' })
  let round = 0
  const acknowledged = async ({ mqttPort, httpPort }: Server): Promise<number> => {
    const { p99 } = await runElsewhere({
      port: mqttPort,
      connections: 4,
      messages: PER_SECOND * SECONDS,
      window: 2_000,
      perSecond: PER_SECOND,
      places: await placesOf(httpPort, DEVICES),
      indicator: 'people.count',
      below: 1_000,
      run: `archive-${round++}`,
    })
    return p99
  }
  try {
    await measure.ratio('archive.latency', 'ms p99', {
      ours: () => acknowledged(archiving),
      baseline: () => acknowledged(plain),
    })
  } finally {
    await archiving.stop()
    await plain.stop()
  }
}
