import type { Fault } from './fault.ts'
import { MOST_GROWTH, MOST_MEMORY, type MemoryRow } from './memory.ts'

const seconds = (ms: number) => (ms / 1000).toFixed(1)

const columns = (cells: readonly string[]) =>
  [
    (cells[0] ?? '').padEnd(9),
    (cells[1] ?? '').padEnd(26),
    ...cells.slice(2).map((cell) => cell.padStart(10)),
  ].join('')

/** Heading of {@link faultLine}. */
export const faultHead = columns([
  'fault',
  'target',
  'lasted s',
  'back in s',
  'sent again',
  'gap s',
  'refused',
])

/** One row a fault; a recovery of null never came. `refused` counts what a woken process said of its lost partitions. */
export function faultLine(
  { kind, target, ms }: Fault,
  recovery: number | null,
  again: number,
  gap: number,
  refused: number,
): string {
  const back = recovery === null ? 'never' : seconds(recovery)
  return columns([kind, target, seconds(ms), back, String(again), seconds(gap), String(refused)])
}

/** One row a process. */
export function memoryLine({ name, before, most }: MemoryRow): string {
  return `${name.padEnd(14)} held ${String(before).padStart(4)} MiB before the first fault, ${String(most).padStart(4)} MiB at most (bounds: ${MOST_MEMORY}, and ${MOST_GROWTH} more than before)`
}
