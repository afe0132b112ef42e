import { ConfigSchema } from './config-schema.ts'

type Tree = Readonly<Record<string, unknown>>

/** What is read of a JSON Schema here. */
interface Node {
  readonly format?: string
  readonly properties?: Readonly<Record<string, Node>>
  readonly patternProperties?: Readonly<Record<string, Node>>
  readonly items?: Node | readonly Node[]
}

function written(value: unknown, node: Node | undefined): unknown {
  if (typeof value === 'number' && node?.format === 'duration') return `${value}ms`
  if (typeof value === 'number' && node?.format === 'size') return `${value}B`
  if (Array.isArray(value)) {
    const items = node?.items
    return value.map((item) => written(item, Array.isArray(items) ? undefined : (items as Node | undefined)))
  }
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, item]) => {
    const below = node?.properties?.[key] ?? Object.values(node?.patternProperties ?? {})[0]
    return [key, written(item, below)] as const
  })
  return Object.fromEntries(entries)
}

/** Settings as they may stand in a file again: durations in ms and sizes in bytes with their units. Keys keep their order. */
export function textOf(settings: Tree): Tree {
  return written(settings, ConfigSchema as unknown as Node) as Tree
}
