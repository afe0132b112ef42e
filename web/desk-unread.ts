import { signal } from '@preact/signals'
import type { AlertRow } from '../services/core/desk-wire.ts'

const KEY = 'qingyu.desk.read'
/** Alerts remembered as read; the oldest go. */
const MOST = 500

type Looks = Pick<AlertRow, 'id' | 'peak' | 'raised'>

function stored(): ReadonlyMap<string, string> {
  try {
    const text: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    const rows = Array.isArray(text) ? text : []
    return new Map(rows.filter((row): row is [string, string] => Array.isArray(row) && row.length === 2))
  } catch {
    return new Map()
  }
}

const read = signal(stored())

/** An alert that became graver than it was when it was read is unread again. */
const signOf = (row: Looks): string => `${row.raised}/${row.peak}`

/** Whether this browser has shown the alert as it is. */
export function readOf(row: Looks): boolean {
  return read.value.get(row.id) === signOf(row)
}

/** Remembers that it was shown. */
export function markRead(row: Looks): void {
  const next = [...[...read.peek()].filter(([id]) => id !== row.id), [row.id, signOf(row)] as const].slice(
    -MOST,
  )
  read.value = new Map(next)
  localStorage.setItem(KEY, JSON.stringify(next))
}
