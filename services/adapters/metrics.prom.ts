import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import type { Metric, MetricSource } from '../metrics-port.ts'

const PREFIX = 'qingyu_'

/** `/metrics` as Prometheus reads it: what the sources say, and the process's own memory, CPU and event loop. */
export interface Metrics {
  readonly contentType: string
  text(): Promise<string>
}

/** Collects from `sources` at every scrape. */
export function createMetrics(sources: readonly MetricSource[]): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: PREFIX })
  const known = new Map<string, (samples: Metric['samples']) => void>()
  const setterOf = (metric: Metric): ((samples: Metric['samples']) => void) => {
    const name = PREFIX + metric.name
    const labelNames = Object.keys(metric.samples[0]?.labels ?? {})
    const shape = { name, help: metric.help, labelNames, registers: [registry] }
    if (metric.kind === 'gauge') {
      const gauge = new Gauge(shape)
      return (samples) => {
        gauge.reset()
        for (const { labels, value } of samples) gauge.set(labels ?? {}, value)
      }
    }
    const counter = new Counter(shape)
    return (samples) => {
      counter.reset()
      for (const { labels, value } of samples) counter.inc(labels ?? {}, value)
    }
  }
  return {
    contentType: registry.contentType,
    text: () => {
      for (const metric of sources.flatMap((source) => source())) {
        // A metric without samples has no label names yet; it appears with its first.
        if (metric.samples.length === 0) continue
        const set = known.get(metric.name) ?? setterOf(metric)
        known.set(metric.name, set)
        set(metric.samples)
      }
      return registry.metrics()
    },
  }
}
