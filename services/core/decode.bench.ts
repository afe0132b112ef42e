import { checkerboardPlan } from '../testdata/checkerboard.ts'
import { toWgs84 } from './datum.ts'
import { Decoder } from './decode.ts'
import { Locator, type PlacedSender } from './place.ts'
import { RecordWriter } from './record-writer.ts'

/** Nanoseconds an observation of each part of ingest, over the same payloads. */
export interface DecodeCosts {
  /** Single objects of about 137 bytes from a fixed place: decode, locate by memo. */
  readonly single: number
  /** Batches of 100, each observation at another place. */
  readonly batch: number
  /** The same single objects without the scanner, by the strict checks on JSON. */
  readonly checked: number
  /** One row into a record, the record's making included. */
  readonly row: number
}

const encoder = new TextEncoder()

function observation(i: number, lon: number, lat: number): string {
  const time = new Date(1_795_320_000_000 + i * 1000).toISOString().replace('Z', '+00:00')
  return `{"indicator":"pm25","value":${(i % 900) / 10},"time":"${time}","id":"evt-${1_000_000 + i}","lon":${lon.toFixed(5)},"lat":${lat.toFixed(5)}}`
}

function best(rounds: number, each: () => number): number {
  let least = Infinity
  for (let round = 0; round < rounds; round++) least = Math.min(least, each())
  return least
}

/** Measures on `count` observations, best of five rounds. */
export function decodeCosts(count = 200_000): DecodeCosts {
  const plan = checkerboardPlan()
  const locator = new Locator(plan.grid, toWgs84)
  const limits = { batch: 1000, depth: 16 }
  const fast = new Decoder(plan.indicators, locator, limits)
  const slow = new Decoder(plan.indicators, locator, limits, false)
  const sender: PlacedSender = {
    vendor: 'acme',
    source: 'cam-1',
    key: encoder.encode('acme/cam-1'),
    registration: null,
    memo: { lon: NaN, lat: NaN, area: -1 },
    fixed: locator.fixed(null),
  }
  const singles = Array.from({ length: 1000 }, (_, i) => encoder.encode(observation(i, 118.955, 32.095)))
  const batches = Array.from({ length: 100 }, (_, b) =>
    encoder.encode(
      `[${Array.from({ length: 100 }, (_, i) => observation(b * 100 + i, 118.9 + (i % 10) / 100, 32.05 + b / 1001)).join(',')}]`,
    ),
  )
  const timed = (payloads: readonly Uint8Array[], decoder: Decoder, perPayload: number) =>
    best(5, () => {
      const start = performance.now()
      let taken = 0
      for (let done = 0; done < count; done += perPayload) {
        decoder.decode(payloads[(done / perPayload) % payloads.length] ?? new Uint8Array(0), sender)
        taken += decoder.columns.count
      }
      return ((performance.now() - start) * 1e6) / taken
    })
  const writer = new RecordWriter(['pm25'])
  const row = best(5, () => {
    const start = performance.now()
    for (let done = 0; done < count;) {
      const source = writer.source(sender.key)
      for (let i = 0; i < 1000; i++, done++) writer.add(done, i, done, i, 7, source, 0)
      writer.finish()
    }
    return ((performance.now() - start) * 1e6) / count
  })
  return {
    single: timed(singles, fast, 1),
    batch: timed(batches, fast, 100),
    checked: timed(singles, slow, 1),
    row,
  }
}
