import type { Device, Texture } from '@luma.gl/core'
import { IconLayer, PathLayer, SolidPolygonLayer } from '@deck.gl/layers'
import { HIDDEN } from '../services/core/frame.ts'
import { UNKNOWN } from '../services/core/level.ts'
import type { Scheme } from '../services/core/level.ts'
import type { Border } from './borders.ts'
import { bordersOf } from './borders.ts'
import { centreOf } from './city.ts'
import type { City } from './city.ts'
import { LevelExtension, ROW } from './level-extension.ts'
import type { LevelProps } from './level-extension.ts'
import { bytesOf, lookOf } from './look.ts'
import { numeralIcons } from './numeral-icons.ts'
import type { NumeralIcons } from './numeral-icons.ts'
import type { Stroke } from './picture.ts'
import { tile } from './shape.ts'
import type { Point } from './shape.ts'
import type { Veil } from './veil.ts'

/** Colours of the map that are not warnings, `#rrggbb`; from the page's tokens. */
export interface Ground {
  readonly ink: string
  readonly normal: string
  readonly stripe: string
  readonly blind: string
  readonly border: string
  /** Net of the veil, and the line around it. */
  readonly net: string
  readonly strong: string
}

interface Tile {
  readonly cell: number
  readonly rings: readonly (readonly Point[])[]
}

const KIND = { plain: 0, solid: 0, dots: 1, hatch: 2, stripes: 3 } as const
const FLAT = { depthCompare: 'always', depthWriteEnabled: false } as const

function paletteBytes(scheme: Scheme | null, ground: Ground): Uint8Array {
  const bytes = new Uint8Array(16 * 2 * 4)
  for (let rank = 0; rank < 16; rank++) {
    const look = lookOf(scheme, rank)
    const unknown = look.id === 'unknown'
    const colour = rank === 0 ? ground.normal : unknown ? ground.blind : look.colour
    bytes.set([...bytesOf(colour), KIND[look.pattern]], rank * 4)
    // The mark of a pattern is the ink laid thinly on: strong enough for a grey print, quiet enough for the numeral.
    const mark = unknown ? ground.stripe : '#000000'
    bytes.set([...bytesOf(mark), unknown ? 255 : look.pattern === 'hatch' ? 105 : 95], (16 + rank) * 4)
  }
  bytes.set([...bytesOf(ground.ink), 150], HIDDEN * 4)
  bytes.set([...bytesOf(ground.net), 170], (16 + HIDDEN) * 4)
  return bytes
}

interface Numbered {
  readonly cell: number
  readonly rank: number
}

/** With mipmaps: an icon is drawn at a sixth of its size on the smallest cells. */
function atlasOf(device: Device, canvas: HTMLCanvasElement): Texture {
  const { width, height } = canvas
  const sampler = { minFilter: 'linear', magFilter: 'linear', mipmapFilter: 'linear' } as const
  const mipLevels = device.getMipLevelCount(width, height)
  const texture = device.createTexture({
    format: 'rgba8unorm',
    width,
    height,
    data: canvas,
    sampler,
    mipLevels,
  })
  texture.generateMipmapsWebGL()
  return texture
}

/** Everything that deck draws of one city on one device: made once, then fed with ranks. */
export class CellDrawing {
  readonly #city: City
  readonly #states: Texture
  readonly #palette: Texture
  readonly #texels: Uint8Array
  readonly #tiles: readonly Tile[]
  readonly #borders: readonly (readonly Border[])[]
  readonly #icons: NumeralIcons
  readonly #atlas: Texture
  readonly #ground: Ground
  readonly #side: number
  readonly #extensions = [new LevelExtension()]
  #numbered: readonly Numbered[] = []
  #veiled: readonly number[] = []
  #fitting: {
    readonly from: readonly Numbered[]
    readonly size: number
    readonly rows: readonly Numbered[]
  } | null = null

  constructor(device: Device, city: City, scheme: Scheme | null, ground: Ground) {
    this.#city = city
    this.#ground = ground
    const rows = Math.ceil(city.doc.codes.length / ROW)
    this.#texels = new Uint8Array(rows * ROW * 4)
    const sampler = { minFilter: 'nearest', magFilter: 'nearest' } as const
    this.#states = device.createTexture({
      format: 'rgba8unorm',
      width: ROW,
      height: rows,
      data: this.#texels,
      sampler,
    })
    this.#palette = device.createTexture({
      format: 'rgba8unorm',
      width: 16,
      height: 2,
      data: paletteBytes(scheme, ground),
      sampler,
    })
    this.#tiles = city.cells.flatMap((cell) =>
      (city.doc.polygons[cell] ?? []).map((part) => ({
        cell,
        rings: part.map((ring, i) => (i === 0 ? tile(ring, city.cellSize) : ring)),
      })),
    )
    this.#borders = bordersOf(city)
    this.#icons = numeralIcons(scheme)
    this.#atlas = atlasOf(device, this.#icons.atlas)
    // Mercator's common space is 512 wide for 360°, stretched by 1 / cos(latitude).
    const latitude = (city.bounds[1] + city.bounds[3]) / 2
    this.#side = (city.cellSize * (512 / 360)) / Math.cos((latitude * Math.PI) / 180)
  }

  /** Frees the textures. */
  destroy(): void {
    this.#states.destroy()
    this.#palette.destroy()
    this.#atlas.destroy()
  }

  /** Sets ranks in; the stroke's cells fade from what they were. Rate: once a tick, and when the veil changes. */
  paint(ranks: Uint8Array, stroke: Stroke | null, veil: Veil | null): void {
    const texels = this.#texels
    for (let i = 0; i < ranks.length; i++) {
      const rank = ranks[i] ?? UNKNOWN
      texels[4 * i] = rank
      texels[4 * i + 1] = rank
      texels[4 * i + 2] = veil?.mask[i] === 1 ? 255 : 0
    }
    this.#veiled = veil?.parts ?? []
    if (stroke !== null)
      for (let i = 0; i < stroke.areas.length; i++)
        texels[4 * (stroke.areas[i] ?? 0) + 1] = stroke.before[i] ?? UNKNOWN
    this.#states.writeData(texels)
    this.#numbered = this.#city.cells.flatMap((cell) => {
      const rank = ranks[cell] ?? UNKNOWN
      const plain = rank === 0 || veil?.mask[cell] === 1 || this.#icons.mapping[rank] === undefined
      return plain ? [] : [{ cell, rank }]
    })
  }

  /** The layers from the ground up. `zoom`: the camera's; `patternZoom`: at rest, so that patterns keep still in a zoom. */
  layers(at: {
    readonly fade: number
    readonly zoom: number
    readonly patternZoom: number
    readonly unitPx: number
    readonly chosen: number
    /** Deepest areas whose borders are drawn: those that are named. */
    readonly depth: number
  }): (SolidPolygonLayer | PathLayer | IconLayer)[] {
    const cellPx = this.#side * 2 ** at.zoom
    return [
      this.#cells(at.fade, at.patternZoom, Math.min(7 * at.unitPx, cellPx / 2.6)),
      this.#lines(at.unitPx, at.depth),
      this.#numerals(cellPx / at.unitPx, at.unitPx),
      ...(this.#veiled.length > 0
        ? [this.#outline('veil', this.#veiled, this.#ground.net, 2, at.unitPx)]
        : []),
      ...(at.chosen >= 0 ? [this.#outline('chosen', [at.chosen], this.#ground.strong, 3, at.unitPx)] : []),
    ]
  }

  #cells(fade: number, zoom: number, period: number): SolidPolygonLayer {
    return new SolidPolygonLayer<Tile, LevelProps<Tile>>({
      id: 'cells',
      data: this.#tiles,
      getPolygon: (row) => row.rings.map((ring) => ring.map(([lon, lat]): [number, number] => [lon, lat])),
      getFillColor: [255, 255, 255, 255],
      getCell: (row) => row.cell,
      extensions: this.#extensions,
      states: this.#states,
      palette: this.#palette,
      parameters: FLAT,
      fade,
      zoom,
      period,
    })
  }

  #lines(unitPx: number, depth: number): PathLayer {
    const [r, g, b] = bytesOf(this.#ground.border)
    return new PathLayer<Border>({
      id: 'borders',
      data: this.#borders[depth] ?? [],
      getPath: (row) => row.path.map(([lon, lat]): [number, number] => [lon, lat]),
      getColor: (row) => [r, g, b, row.depth === 1 ? 255 : 90],
      getWidth: (row) => (row.depth === 1 ? 1.8 : 1),
      widthUnits: 'pixels',
      widthScale: unitPx,
      parameters: FLAT,
    })
  }

  /** The numerals that fit cells of a size in units; kept until the size or the ranks change. */
  #fit(size: number): readonly Numbered[] {
    const whole = Math.floor(size)
    if (this.#fitting?.from !== this.#numbered || this.#fitting.size !== whole) {
      const rows = this.#numbered.filter(({ rank }) => (this.#icons.room.get(rank) ?? 99) <= whole)
      this.#fitting = { from: this.#numbered, size: whole, rows }
    }
    return this.#fitting.rows
  }

  #numerals(size: number, unitPx: number): IconLayer {
    return new IconLayer<Numbered>({
      id: 'numerals',
      data: this.#fit(size),
      iconAtlas: this.#atlas,
      iconMapping: { ...this.#icons.mapping },
      getIcon: (row) => String(row.rank),
      getPosition: (row) => {
        const [lon, lat] = centreOf(this.#city, row.cell)
        return [lon, lat]
      },
      sizeUnits: 'common',
      getSize: this.#side * 0.86,
      // Close by, the numeral stays a mark on the pattern instead of hiding it.
      sizeMaxPixels: 36 * unitPx,
      alphaCutoff: 0,
      parameters: FLAT,
    })
  }

  #outline(id: string, areas: readonly number[], colour: string, width: number, unitPx: number): PathLayer {
    const [r, g, b] = bytesOf(colour)
    return new PathLayer<readonly (readonly [number, number])[]>({
      id,
      data: areas.flatMap((area) =>
        (this.#city.doc.polygons[area] ?? []).flatMap((part) => part.slice(0, 1)),
      ),
      getPath: (path) => path.map(([lon, lat]): [number, number] => [lon, lat]),
      getColor: [r, g, b, 255],
      getWidth: width,
      widthUnits: 'pixels',
      widthScale: unitPx,
      jointRounded: true,
      parameters: FLAT,
    })
  }
}
