import type { IngestStats } from './ingest-tally.ts'
import type { Metric, MetricSource } from './metrics-port.ts'
import type { Ownership } from './ports.ts'

const gauge = (name: string, help: string, value: number): Metric => ({
  name,
  help,
  kind: 'gauge',
  samples: [{ value }],
})
const counter = (name: string, help: string, value: number): Metric => ({
  name: `${name}_total`,
  help,
  kind: 'counter',
  samples: [{ value }],
})

/** What this process takes in; the log's own counts, over all processes, are the gateways'. */
export function ingestMetrics(ingest: { stats(): IngestStats }): MetricSource {
  return () => {
    const { received, accepted, quarantined, refused, refusedBy, pending, commits, failures, senders } =
      ingest.stats()
    return [
      counter('ingest_received', 'Observations that came to this process, good or bad', received),
      counter('ingest_accepted', 'Observations handed to the log by this process', accepted),
      counter('ingest_quarantined', 'Observations too far in the future', quarantined),
      counter('ingest_refused', 'Observations refused by this process', refused),
      {
        name: 'ingest_refused_by_code_total',
        help: 'Observations refused by this process by code',
        kind: 'counter',
        samples: Object.entries(refusedBy).map(([code, value]) => ({ value, labels: { code } })),
      },
      gauge('ingest_pending', 'Observations and ticks that wait for the log', pending),
      counter('ingest_commits', 'Group commits that the log has taken', commits),
      counter('ingest_append_failures', 'Appends that the log refused and is offered again', failures),
      gauge('ingest_senders', 'Senders remembered by this process', senders),
    ]
  }
}

/** Which share of the city this process aggregates. */
export function ownershipMetrics(ownership: Pick<Ownership, 'held'>): MetricSource {
  return () => [gauge('partitions_held', 'Partitions that this process aggregates', ownership.held.length)]
}
