import type { MetricSource } from '../metrics-port.ts'
import type { BrokerSource } from './source.mqtt.ts'

/** What `/metrics` says of the connections to an existing broker. */
export function brokerMetrics(source: Pick<BrokerSource, 'metrics' | 'sessions' | 'standing'>): MetricSource {
  return () => {
    const { received, redelivered, retained, acknowledged, feedbackSent, feedbackDropped } = source.metrics
    const counts = { received, redelivered, retained, acknowledged }
    return [
      {
        name: 'broker_connected',
        help: '1 while all connections to the broker stand',
        kind: 'gauge',
        samples: [{ value: source.standing.ready ? 1 : 0 }],
      },
      {
        name: 'broker_sessions',
        help: 'Places in the shared subscription that this process fills',
        kind: 'gauge',
        samples: [{ value: source.sessions }],
      },
      {
        name: 'broker_messages_total',
        help: 'Messages from the broker; redelivered and retained ones are received ones too',
        kind: 'counter',
        samples: Object.entries(counts).map(([what, value]) => ({ value, labels: { what } })),
      },
      {
        name: 'broker_feedback_total',
        help: 'Feedback messages to the broker by what became of them',
        kind: 'counter',
        samples: Object.entries({ sent: feedbackSent, dropped: feedbackDropped }).map(([outcome, value]) => ({
          value,
          labels: { outcome },
        })),
      },
    ]
  }
}
