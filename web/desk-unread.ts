import { signal } from '@preact/signals'
import type { AlertRow } from '../services/core/desk-wire.ts'
import { sessionId } from './player-api.ts'

// An alert bears the same id in life and in a drill: what is read there is not read here.
const KEY = `qingyu.desk.read${sessionId}`
const shelf = sessionId === '' ? localStorage : sessionStorage
/** Alerts remembered as read; the oldest go. */
const MOST = 500

type Looks = Pick<AlertRow, 'id' | 'peak' | 'raised'>

function stored(): ReadonlyMap<string, string> {
  try {
    const text: unknown = JSON.parse(shelf.getItem(KEY) ?? '[]')
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
  shelf.setItem(KEY, JSON.stringify(next))
}
