import { levelIndex, type Grid } from './core/grid.ts'
import { QingyuError } from './core/errors.ts'
import type { Message } from './gateway-port.ts'
import type { ClientMessage, ServerMessage, Subscribe } from './core/wire.ts'

const encoder = new TextEncoder()

/** A server message as it goes over the socket. */
export function textMessage(message: ServerMessage | string): Message {
  const text = typeof message === 'string' ? message : JSON.stringify(message)
  return { kind: 'text', bytes: encoder.encode(text) }
}

function refuse(field: string, value: unknown, expected: string): QingyuError {
  return new QingyuError('GW-parameter', {
    field,
    value: (JSON.stringify(value) ?? 'undefined').slice(0, 80),
    expected,
  })
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Reads what a wall sent; GW-protocol when it is not a message, GW-parameter when a field is wrong. */
export function readClientMessage(text: string): ClientMessage {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new QingyuError('GW-protocol', { why: 'not JSON' })
  }
  if (!isRecord(value)) throw new QingyuError('GW-protocol', { why: 'not an object' })
  if (value['type'] === 'drawn') return { type: 'drawn', tick: tickOf('tick', value['tick']) }
  if (value['type'] !== 'subscribe') throw refuse('type', value['type'], 'subscribe or drawn')
  if (value['layer'] !== 'levels') throw refuse('layer', value['layer'], 'levels')
  return {
    type: 'subscribe',
    layer: 'levels',
    ...wordOf('area', value['area']),
    ...wordOf('depth', value['depth']),
    ...resumeOf(value['resume']),
  }
}

function tickOf(field: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
    throw refuse(field, value, 'a tick in ms since 1970')
  return value
}

function wordOf<K extends 'area' | 'depth'>(field: K, value: unknown): Partial<Record<K, string>> {
  if (value === undefined || value === null) return {}
  if (typeof value !== 'string' || value.length > 64) throw refuse(field, value, 'a word of at most 64')
  const found: Partial<Record<K, string>> = {}
  found[field] = value
  return found
}

function resumeOf(value: unknown): Pick<Subscribe, 'resume'> {
  if (value === undefined || value === null) return {}
  if (!isRecord(value) || typeof value['epoch'] !== 'string')
    throw refuse('resume', value, '{"epoch": "…", "tick": …}')
  return { resume: { epoch: value['epoch'], tick: tickOf('resume.tick', value['tick']) } }
}

/** Area index of a code; without a code the root. GW-area when the grid has no such area. */
export function areaIndex(grid: Grid, code: string | undefined): number {
  if (code === undefined || code === '') return 0
  const area = grid.indexOf(code)
  if (area === undefined) throw new QingyuError('GW-area', { value: code, grid: grid.version })
  return area
}

/** Index of a level by its id, or by `city` and `cell` for the first and the last; GW-parameter names the levels there are. */
export function depthOf(grid: Grid, id: string): number {
  const index = levelIndex(grid, id)
  if (index === undefined)
    throw new QingyuError('GW-parameter', {
      field: 'depth',
      value: id,
      expected: `one of ${[...new Set(['city', ...grid.levels.map((level) => level.id), 'cell'])].join(', ')}`,
    })
  return index
}
