import type { Metric, MetricSource } from '../metrics-port.ts'
import type { ListenerMetrics } from './listener-metrics.ts'

const one = (value: number) => [{ value }]

function byLabel(label: string, counts: Readonly<Record<string, number>>): Metric['samples'] {
  return Object.entries(counts).map(([name, value]) => ({ value, labels: { [label]: name } }))
}

/** What `/metrics` says of the MQTT listener. */
export function listenerMetrics(counted: ListenerMetrics): MetricSource {
  return () => [
    {
      name: 'mqtt_connections',
      help: 'MQTT connections open',
      kind: 'gauge',
      samples: one(counted.connections),
    },
    {
      name: 'mqtt_opened_total',
      help: 'MQTT connections taken',
      kind: 'counter',
      samples: one(counted.opened),
    },
    {
      name: 'mqtt_admitted_total',
      help: 'MQTT connections let in; the others opened are refused',
      kind: 'counter',
      samples: one(counted.admitted),
    },
    {
      name: 'mqtt_refused_total',
      help: 'MQTT connections refused or closed by us, by code',
      kind: 'counter',
      samples: byLabel('code', counted.refused),
    },
    {
      name: 'mqtt_packets_total',
      help: 'MQTT packets received by type',
      kind: 'counter',
      samples: byLabel('type', counted.packets),
    },
    {
      name: 'mqtt_bytes_total',
      help: 'MQTT bytes by direction',
      kind: 'counter',
      samples: byLabel('direction', { in: counted.bytesIn, out: counted.bytesOut }),
    },
    {
      name: 'mqtt_paused_total',
      help: 'Times a source was held back, by why',
      kind: 'counter',
      samples: byLabel('why', counted.paused),
    },
    {
      name: 'mqtt_feedback_total',
      help: 'Feedback messages by what became of them',
      kind: 'counter',
      samples: byLabel('outcome', { sent: counted.feedbackSent, dropped: counted.feedbackDropped }),
    },
  ]
}
