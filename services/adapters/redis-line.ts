import { ByteReader, ByteWriter } from '../core/bytes.ts'
import type { Decision } from '../core/change.ts'
import { REASONS } from '../core/rule-cell.ts'
import type { LevelHistory, ReadingHistory } from '../ports.ts'

/** Length of a reading: pane, value, samples. */
const READING_BYTES = 20

const writer = new ByteWriter()

/** A level line without its area: below 64 bytes Redis holds short histories in a third of the memory. JSON takes 260. */
export function packLevel({ at, since, decision }: LevelHistory): Uint8Array {
  writer.uint(at)
  writer.int(at - since)
  writer.uint(decision.rank)
  writer.uint(REASONS.indexOf(decision.reason))
  writer.text(decision.rule)
  writer.text(decision.indicator)
  writer.text(decision.fold)
  writer.uint(decision.windowMs)
  writer.maybe(decision.value)
  writer.maybe(decision.limit)
  writer.uint(decision.samples)
  writer.uint(decision.sources)
  return writer.take()
}

/** Reads back {@link packLevel}. */
export function unpackLevel(area: number, bytes: Uint8Array): LevelHistory {
  const reader = new ByteReader(bytes)
  const at = reader.uint()
  return {
    area,
    at,
    since: at - reader.int(),
    decision: {
      rank: reader.uint(),
      reason: REASONS[reader.uint()] ?? 'no-source',
      rule: reader.text(),
      indicator: reader.text(),
      fold: reader.text() as Decision['fold'],
      windowMs: reader.uint(),
      value: reader.maybe(),
      limit: reader.maybe(),
      samples: reader.uint(),
      sources: reader.uint(),
    },
  }
}

/** A reading without its area and indicator. */
export function packReading({ pane, value, samples }: ReadingHistory): Uint8Array {
  const bytes = Buffer.allocUnsafe(READING_BYTES)
  bytes.writeDoubleLE(pane, 0)
  bytes.writeDoubleLE(value, 8)
  bytes.writeUInt32LE(samples, 16)
  return bytes
}

/** The readings of one day with panes in [from, to], by pane; of two lines with one pane the later holds. */
export function unpackReadings(
  area: number,
  indicator: string,
  day: Uint8Array,
  from: number,
  to: number,
): readonly ReadingHistory[] {
  const view = new DataView(day.buffer, day.byteOffset, day.byteLength)
  const lines = new Map<number, ReadingHistory>()
  for (let at = 0; at + READING_BYTES <= day.length; at += READING_BYTES) {
    const pane = view.getFloat64(at, true)
    if (pane < from || pane > to) continue
    const value = view.getFloat64(at + 8, true)
    lines.set(pane, { area, indicator, pane, value, samples: view.getUint32(at + 16, true) })
  }
  return [...lines.values()].toSorted((a, b) => a.pane - b.pane)
}
