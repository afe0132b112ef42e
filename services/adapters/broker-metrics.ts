/** Counters of one broker's connections since the start, for `/metrics`. */
export interface BrokerMetrics {
  received: number
  /** Publishes the broker sent again that it had sent before (DUP). */
  redelivered: number
  /** Retained messages, which are not news: not counted as observations. */
  retained: number
  acknowledged: number
  feedbackSent: number
  feedbackDropped: number
}

/** All counters at nought. */
export function noBrokerMetrics(): BrokerMetrics {
  return {
    received: 0,
    redelivered: 0,
    retained: 0,
    acknowledged: 0,
    feedbackSent: 0,
    feedbackDropped: 0,
  }
}
