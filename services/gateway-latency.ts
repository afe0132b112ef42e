/** How far back latency looks, ms. */
const SPAN_MS = 60_000

interface Sample {
  readonly at: number
  readonly p50: number
  readonly p99: number
}

/**
 * Event-to-wall latency of the last minute. A sample a tick: what passed between the tick and the last write to a wall, added
 * to the tick's own lag (tick − event time) at p50 and p99; network and drawing are the wall's to add. At most one sample a
 * tick within the span.
 */
export class Latency {
  private readonly samples: Sample[] = []

  /** `sent` is when the last wall was written to. */
  note(tick: number, sent: number, lag: { readonly p50: number; readonly p99: number } | null): void {
    if (lag !== null) this.samples.push({ at: sent, p50: sent - tick + lag.p50, p99: sent - tick + lag.p99 })
    while ((this.samples[0]?.at ?? sent) < sent - SPAN_MS) this.samples.shift()
  }

  /** Median of the medians and the 99th percentile of the 99th percentiles, ms; null before the first sample. */
  get spread(): { readonly p50: number; readonly p99: number } | null {
    if (this.samples.length === 0) return null
    const nearest = (values: number[], share: number) =>
      values.sort((a, b) => a - b)[Math.ceil(share * values.length) - 1] ?? 0
    return {
      p50: nearest(
        this.samples.map((sample) => sample.p50),
        0.5,
      ),
      p99: nearest(
        this.samples.map((sample) => sample.p99),
        0.99,
      ),
    }
  }
}
