import type { Gateway } from './gateway-port.ts'
import type { Metric, MetricSource } from './metrics-port.ts'

const one = (value: number) => [{ value }]

/** What `/metrics` says of the log's counts and of the walls. */
export function gatewayMetrics(gateway: Gateway, now: () => number): MetricSource {
  return () => {
    const { totals, figures, picture, latency } = gateway
    const { received, ...outcomes } = totals.counts
    const metrics: Metric[] = [
      {
        name: 'received_total',
        help: 'Observations received; the sum of observations_total',
        kind: 'counter',
        samples: one(received),
      },
      {
        name: 'observations_total',
        help: 'Observations by what became of them',
        kind: 'counter',
        samples: Object.entries<number>(outcomes).map(([outcome, value]) => ({ value, labels: { outcome } })),
      },
      {
        name: 'refused_total',
        help: 'Refused observations by code; the quarantined are apart',
        kind: 'counter',
        samples: Object.entries(totals.refusedBy).map(([code, value]) => ({ value, labels: { code } })),
      },
      {
        name: 'tick_seconds',
        help: 'Newest tick, s since 1970',
        kind: 'gauge',
        samples: one(picture.tick / 1000),
      },
      {
        name: 'tick_age_seconds',
        help: 'Time since the newest tick',
        kind: 'gauge',
        samples: one(picture.tick === 0 ? 0 : (now() - picture.tick) / 1000),
      },
      { name: 'sources', help: 'Sources known', kind: 'gauge', samples: one(totals.sources.known) },
      {
        name: 'sources_alive',
        help: 'Sources heard in time',
        kind: 'gauge',
        samples: one(totals.sources.alive),
      },
      {
        name: 'partitions_behind',
        help: 'Partitions, the roll-up counted, that the picture goes on without',
        kind: 'gauge',
        samples: one(picture.behind.length),
      },
      { name: 'walls', help: 'Walls connected', kind: 'gauge', samples: one(figures.walls) },
      {
        name: 'wall_frames_total',
        help: 'Frames sent to walls',
        kind: 'counter',
        samples: one(figures.frames),
      },
      { name: 'wall_bytes_total', help: 'Bytes sent to walls', kind: 'counter', samples: one(figures.bytes) },
      {
        name: 'wall_missed_total',
        help: 'Frames that slow walls missed',
        kind: 'counter',
        samples: one(figures.missed),
      },
      {
        name: 'wall_closed_total',
        help: 'Walls closed or turned away by code',
        kind: 'counter',
        samples: [...figures.closed].map(([code, value]) => ({ value, labels: { code } })),
      },
    ]
    for (const [name, help, spread] of [
      ['lag_seconds', 'Tick minus event time of the newest tick', totals.lag],
      ['latency_seconds', 'Event to wall over the last minute', latency],
    ] as const)
      if (spread !== null)
        metrics.push({
          name,
          help,
          kind: 'gauge',
          samples: [
            { value: spread.p50 / 1000, labels: { quantile: '0.5' } },
            { value: spread.p99 / 1000, labels: { quantile: '0.99' } },
          ],
        })
    return metrics
  }
}
