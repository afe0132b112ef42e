import { PathLayer } from '@deck.gl/layers'
import type { Difference } from './analyst-differences.ts'
import { bytesOf } from './look.ts'
import { token } from './plot.ts'
import type { Point } from './shape.ts'

/** A line of so many points is cut into dashes of two, so that milder is told from graver without colour. */
const DASH = 2

type Lines = readonly (readonly Point[])[]

/** Lines as they are drawn, by those they were made from: deck takes new arrays for new data. */
const drawn = new WeakMap<Lines, Lines>()

function kept(lines: Lines, make: (line: readonly Point[]) => Lines): Lines {
  const known = drawn.get(lines)
  if (known !== undefined) return known
  const made = lines.flatMap(make)
  drawn.set(lines, made)
  return made
}

function dashesOf(line: readonly Point[]): Lines {
  const parts: (readonly Point[])[] = []
  for (let i = 0; i + DASH <= line.length; i += 2 * DASH) parts.push(line.slice(i, i + DASH + 1))
  return parts
}

const closed = (line: readonly Point[]): Lines => [line[0] === undefined ? line : [...line, line[0]]]

function layer(id: string, lines: Lines, colour: string, width: number, unitPx: number): PathLayer {
  const [r, g, b] = bytesOf(colour)
  return new PathLayer<readonly Point[]>({
    id,
    data: lines,
    getPath: (line) => line.map(([lon, lat]): [number, number] => [lon, lat]),
    getColor: [r, g, b, 255],
    getWidth: width,
    widthUnits: 'pixels',
    widthScale: unitPx,
    jointRounded: true,
    capRounded: true,
    parameters: { depthCompare: 'always', depthWriteEnabled: false },
  })
}

/** Lines around what would be graver (drawn through) and milder (dashed). */
export function outlineLayers({ graver, milder }: Difference, unitPx: number): readonly PathLayer[] {
  return [
    layer('milder', kept(milder, dashesOf), token('dim'), 2, unitPx),
    layer('graver', kept(graver, closed), token('strong'), 2.6, unitPx),
  ]
}
