import type { Fault } from './fault.ts'
import { MOST_GROWTH, MOST_MEMORY, type MemoryRow } from './memory.ts'

const seconds = (ms: number) => (ms / 1000).toFixed(1)

const columns = (cells: readonly string[]) =>
  [
    (cells[0] ?? '').padEnd(9),
    (cells[1] ?? '').padEnd(26),
    ...cells.slice(2).map((cell) => cell.padStart(11)),
  ].join('')

/** Heading of {@link faultLine}. */
export const faultHead = columns([
  'fault',
  'target',
  'lasted s',
  'back in s',
  'sent again',
  'gap s',
  'alert s',
  'refused',
])

/** What was seen of a fault. Times are ms. */
export interface Seen {
  /** Null: it never came. */
  readonly recovery: number | null
  /** Messages sent again. */
  readonly again: number
  /** Longest time between two frames. */
  readonly gap: number
  /** Until another process watched over alerts; null where that never came, undefined where nobody had to. */
  readonly takeover: number | null | undefined
  /** What a woken process said of what it had lost. */
  readonly refused: number
}

/** One row a fault. */
export function faultLine({ kind, target, ms }: Fault, seen: Seen): string {
  const { recovery, again, gap, takeover, refused } = seen
  const orNever = (time: number | null) => (time === null ? 'never' : seconds(time))
  const taken = takeover === undefined ? '-' : orNever(takeover)
  return columns([
    kind,
    target,
    seconds(ms),
    orNever(recovery),
    String(again),
    seconds(gap),
    taken,
    String(refused),
  ])
}

/** One row a process. */
export function memoryLine({ name, before, most }: MemoryRow): string {
  return `${name.padEnd(14)} held ${String(before).padStart(4)} MiB before the first fault, ${String(most).padStart(4)} MiB at most (bounds: ${MOST_MEMORY}, and ${MOST_GROWTH} more than before)`
}
