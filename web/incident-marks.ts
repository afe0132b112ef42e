import type { Scheme } from '../services/core/level.ts'
import type { Board, IncidentView } from '../services/core/wire.ts'
import type { City } from './city.ts'
import { linesAround, spotFor } from './incident-shape.ts'
import type { Camera } from './labels.ts'
import { lookOf } from './look.ts'
import { STROKE, numeralOf } from './numeral.ts'
import type { Point } from './shape.ts'

const SVG = 'http://www.w3.org/2000/svg'
/** Half the badge, and length and half width of an arrow's head, units. */
const BADGE = 17
/** Side of the sign beside the badge, and height of the numeral in it. */
const SIGN = 27
const NUMERAL = 12.5
const HEAD = [15, 8] as const
/** An arrow shorter than this says nothing, units. */
const SHORTEST = 34

interface Mark {
  view: IncidentView
  lines: readonly (readonly Point[])[]
  readonly group: SVGGElement
  /** Time has run out on its alert. */
  overdue: boolean
}

function child(parent: SVGElement, name: string, kind: string): SVGElement {
  const element = document.createElementNS(SVG, name)
  element.setAttribute('class', kind)
  parent.append(element)
  return element
}

const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((area, i) => area === b[i])

/**
 * Incidents as shapes over the map: a line around the areas, the number that the alert rail repeats, an arrow for the movement
 * and a dashed line where it will be in 15 min. Vectors of the page, so that they are sharp at every size.
 */
export class IncidentMarks {
  readonly #svg: SVGElement
  readonly #marks = new Map<string, Mark>()
  #city: City | null = null
  #scheme: Scheme | null = null

  constructor(svg: SVGElement) {
    this.#svg = svg
  }

  /** Takes what there is now; only incidents whose areas moved are outlined anew. */
  set(city: City, scheme: Scheme | null, { incidents, alerts }: Pick<Board, 'incidents' | 'alerts'>): void {
    if (city !== this.#city) this.clear()
    this.#city = city
    this.#scheme = scheme
    const living = new Set(incidents.map(({ id }) => id))
    const late = new Set(alerts.filter(({ due }) => due?.overdue).map(({ number }) => number))
    for (const [id, mark] of this.#marks)
      if (!living.has(id)) {
        mark.group.remove()
        this.#marks.delete(id)
      }
    for (const view of incidents) {
      const mark = this.#marks.get(view.id) ?? this.#make(city, view)
      if (!same(mark.view.areas, view.areas)) mark.lines = linesAround(city, view.areas)
      mark.view = view
      mark.overdue = late.has(view.number)
    }
  }

  /** Places all of it. Rate: once a camera frame. */
  draw(camera: Camera, unitPx: number): void {
    this.#svg.setAttribute('viewBox', `0 0 ${camera.width} ${camera.height}`)
    const taken: Point[] = []
    for (const mark of this.#marks.values()) drawMark(mark, this.#scheme, camera, unitPx, taken)
  }

  /** Takes all away. */
  clear(): void {
    for (const { group } of this.#marks.values()) group.remove()
    this.#marks.clear()
  }

  #make(city: City, view: IncidentView): Mark {
    const group = document.createElementNS(SVG, 'g')
    this.#svg.append(group)
    const mark = { view, lines: linesAround(city, view.areas), group, overdue: false }
    this.#marks.set(view.id, mark)
    return mark
  }
}

function pathOf(line: readonly Point[], camera: Camera, by: Point): string {
  const points = line.map(([lon, lat]) => {
    const [x, y] = camera.project(lon, lat)
    return `${(x + by[0]).toFixed(1)} ${(y + by[1]).toFixed(1)}`
  })
  return points.length === 0 ? '' : `M${points.join('L')}Z`
}

function drawMark(
  { view, lines, group, overdue }: Mark,
  scheme: Scheme | null,
  camera: Camera,
  unitPx: number,
  taken: Point[],
): void {
  group.replaceChildren()
  group.setAttribute('class', ['incident', view.fading ? 'fading' : '', overdue ? 'overdue' : ''].join(' '))
  group.dataset['number'] = String(view.number)
  const still: Point = [0, 0]
  const [fromX, fromY] = camera.project(...view.centre)
  const [toX, toY] = view.projection === null ? [fromX, fromY] : camera.project(...view.projection)
  const by: Point = [toX - fromX, toY - fromY]
  const moves = Math.hypot(...by) >= SHORTEST * unitPx
  for (const line of lines) {
    if (moves) child(group, 'path', 'coming').setAttribute('d', pathOf(line, camera, by))
    const d = pathOf(line, camera, still)
    child(group, 'path', 'rim').setAttribute('d', d)
    child(group, 'path', 'line').setAttribute('d', d)
  }
  if (moves) drawArrow(group, [fromX, fromY], [toX, toY], unitPx)
  const line = (lines[0] ?? []).map(([lon, lat]) => camera.project(lon, lat))
  const at = spotFor(line, taken, [(2 * BADGE + 1.25 * SIGN) * unitPx, 2 * BADGE * unitPx])
  taken.push(at)
  // What fades has no level any more.
  if (!view.fading) drawSign(group, at, scheme, view.rank, unitPx)
  drawBadge(group, at, view.number, unitPx)
}

/** The level as its chip shows it, so that it is read without looking for the gravest cell. */
function drawSign(
  group: SVGElement,
  [x, y]: Point,
  scheme: Scheme | null,
  rank: number,
  unitPx: number,
): void {
  const look = lookOf(scheme, rank)
  const side = SIGN * unitPx
  // On the far side of the number: a sign must not hide a cell.
  const left = x - (BADGE - 4) * unitPx - side * 1.25
  const plate = child(group, 'rect', 'sign')
  const size = { x: left, y: y - side / 2, width: side * 1.25, height: side, rx: 5 * unitPx }
  for (const [name, value] of Object.entries(size)) plate.setAttribute(name, String(value))
  plate.style.fill = look.colour
  const drawn = numeralOf(look.numeral)
  if (drawn === null) return
  const high = NUMERAL * unitPx
  const numeral = child(group, 'path', 'numeral')
  const [nx, ny] = [left + side * 0.56 - (drawn.width * high) / 2, y - high / 2]
  numeral.setAttribute('d', drawn.path)
  numeral.setAttribute('transform', `translate(${nx} ${ny}) scale(${high})`)
  numeral.setAttribute('stroke-width', String(STROKE))
  numeral.style.stroke = look.ink
}

function drawArrow(group: SVGElement, from: Point, to: Point, unitPx: number): void {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1])
  const [dx, dy] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length]
  const [long, half] = [HEAD[0] * unitPx, HEAD[1] * unitPx]
  const [bx, by] = [to[0] - dx * long, to[1] - dy * long]
  const shaft = `M${from[0]} ${from[1]}L${bx} ${by}`
  child(group, 'path', 'rim').setAttribute('d', shaft)
  child(group, 'path', 'line').setAttribute('d', shaft)
  const head = `M${to[0]} ${to[1]}L${bx - dy * half} ${by + dx * half}L${bx + dy * half} ${by - dx * half}Z`
  child(group, 'path', 'head').setAttribute('d', head)
}

function drawBadge(group: SVGElement, [x, y]: Point, number: number, unitPx: number): void {
  const disc = child(group, 'circle', 'badge')
  disc.setAttribute('cx', String(x))
  disc.setAttribute('cy', String(y))
  disc.setAttribute('r', String(BADGE * unitPx))
  const text = child(group, 'text', 'number')
  text.setAttribute('x', String(x))
  text.setAttribute('y', String(y))
  text.textContent = String(number)
}
