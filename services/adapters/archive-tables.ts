import type { Table } from '../core/archive.ts'
import type { ColumnSpec } from './parquet-table.ts'

const PLACE: readonly ColumnSpec[] = [
  { name: 'at', type: 'time', habit: 'sorted' },
  { name: 'partition', type: 'int', habit: 'repeated' },
  { name: 'offset', type: 'long', habit: 'sorted' },
]

/** Columns of the archive's tables; what they hold is said at the rows (core/archive-log, core/archive-observations, core/archive-outcomes). */
export const TABLE_COLUMNS: Readonly<Record<Table, readonly ColumnSpec[]>> = {
  observations: [
    ...PLACE,
    { name: 'time', type: 'time', habit: 'sorted' },
    { name: 'area', type: 'text', habit: 'repeated' },
    { name: 'indicator', type: 'text', habit: 'repeated' },
    { name: 'value', type: 'double' },
    { name: 'source', type: 'text', habit: 'repeated' },
    { name: 'id', type: 'id', isNullable: true },
  ],
  ticks: [
    ...PLACE,
    { name: 'kind', type: 'text', habit: 'repeated' },
    { name: 'received', type: 'long', isNullable: true },
    { name: 'quarantined', type: 'long', isNullable: true },
    { name: 'refused', type: 'long', isNullable: true },
    { name: 'refused_by', type: 'text', isNullable: true },
    { name: 'rules', type: 'text', isNullable: true },
    { name: 'record', type: 'bytes', isNullable: true },
  ],
  actions: [
    ...PLACE,
    { name: 'time', type: 'time' },
    { name: 'id', type: 'text' },
    { name: 'person', type: 'text' },
    { name: 'role', type: 'text' },
    { name: 'verb', type: 'text' },
    { name: 'subject', type: 'text' },
    { name: 'action', type: 'text' },
  ],
  changes: [
    { name: 'at', type: 'time', habit: 'sorted' },
    { name: 'area', type: 'text' },
    { name: 'from', type: 'text' },
    { name: 'to', type: 'text' },
    { name: 'since', type: 'time' },
    { name: 'rule', type: 'text' },
    { name: 'indicator', type: 'text' },
    { name: 'fold', type: 'text' },
    { name: 'window_ms', type: 'long' },
    { name: 'reason', type: 'text' },
    { name: 'value', type: 'double', isNullable: true },
    { name: 'limit', type: 'double', isNullable: true },
    { name: 'samples', type: 'long' },
    { name: 'sources', type: 'long' },
  ],
  alerts: [
    { name: 'at', type: 'time', habit: 'sorted' },
    { name: 'id', type: 'text' },
    { name: 'number', type: 'int' },
    { name: 'incident', type: 'text', isNullable: true },
    { name: 'category', type: 'text' },
    { name: 'level', type: 'text' },
    { name: 'peak', type: 'text' },
    { name: 'state', type: 'text' },
    { name: 'area', type: 'text' },
    { name: 'raised', type: 'time' },
    { name: 'ended', type: 'time', isNullable: true },
    { name: 'closed', type: 'time', isNullable: true },
    { name: 'exercise', type: 'text' },
    { name: 'alert', type: 'text' },
  ],
}
