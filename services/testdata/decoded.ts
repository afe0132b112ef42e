import { toWgs84 } from '../core/datum.ts'
import { Decoder, type DecodeLimits } from '../core/decode.ts'
import type { Registration } from '../core/observation.ts'
import { Locator, type PlacedSender } from '../core/place.ts'
import { checkerboardPlan } from './checkerboard.ts'

/** The plan by which payloads are decoded here. */
export const plan = checkerboardPlan()
const { grid } = plan
/** Finds areas of that plan. */
export const locator = new Locator(grid, toWgs84)
const limits: DecodeLimits = { batch: 50, depth: 16 }
const utf8 = new TextEncoder()
/** An event time as payloads give it. */
export const TIME = '2026-11-22T12:00:00+08:00'
/** An observation with nothing wrong. */
export const GOOD = { indicator: 'pm25', value: 35.5, time: TIME, lon: 118.905, lat: 32.055 }

/** A sender of that registration. */
export function senderOf(registration: Registration | null = null): PlacedSender {
  return {
    vendor: 'acme',
    source: 'cam-1',
    key: utf8.encode('acme/cam-1'),
    registration,
    memo: { lon: NaN, lat: NaN, area: -1 },
    fixed: locator.fixed(registration),
  }
}

/** Decodes one payload and reads the columns back. */
export function decode(payload: unknown, registration: Registration | null = null, fast = true) {
  const decoder = new Decoder(plan.indicators, locator, limits, fast)
  const bytes =
    payload instanceof Uint8Array
      ? payload
      : utf8.encode(typeof payload === 'string' ? payload : JSON.stringify(payload))
  decoder.decode(bytes, senderOf(registration))
  const { columns } = decoder
  const rows = Array.from({ length: columns.count }, (_, i) => ({
    time: columns.time[i],
    value: columns.value[i],
    id: `${columns.idHigh[i]}.${columns.idLow[i]}`,
    area: grid.codes[columns.area[i] ?? -1],
    indicator: columns.indicator[i],
    item: columns.item[i],
    text: new TextDecoder().decode(bytes.subarray(columns.from[i], columns.to[i])),
  }))
  return { rows, refused: [...decoder.refused], codes: [...decoder.codes] }
}
