import type { TickSlice } from '../core/archive.ts'
import { decodeTick, KIND_TICK, kindOf } from '../core/record.ts'

/** Whole logs of all partitions as slices; what stands behind the last tick of a partition is left out. */
export function slicesOf(logs: readonly (readonly Uint8Array[])[]): TickSlice[] {
  const parts = logs.flatMap((log, partition) => {
    let first = 0
    return log.flatMap((bytes, offset) => {
      if (kindOf(bytes) !== KIND_TICK) return []
      const records = log.slice(first, offset + 1)
      const part = { partition, first, records }
      first = offset + 1
      return [{ at: decodeTick(bytes).at, part }]
    })
  })
  const times = [...new Set(parts.map(({ at }) => at))].sort((a, b) => a - b)
  return times.map((time) => ({
    at: time,
    parts: parts.filter(({ at }) => at === time).map(({ part }) => part),
  }))
}
