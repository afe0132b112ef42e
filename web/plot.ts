import uPlot from 'uplot'

/** A chart that fills its box, is made anew when its shape changes and fed when only its data do. */
export class Chart {
  readonly #box: HTMLElement
  #plot: uPlot | null = null
  #key = ''

  constructor(box: HTMLElement) {
    this.#box = box
  }

  /** Draws data; `key` names everything of `options` that matters, with the size of the box added here. */
  draw(key: string, data: uPlot.AlignedData, options: () => Omit<uPlot.Options, 'width' | 'height'>): void {
    const { clientWidth: width, clientHeight: height } = this.#box
    if (width < 20 || height < 20) return
    const wanted = `${key}/${width}/${height}`
    if (this.#plot !== null && wanted === this.#key) {
      this.#plot.setData(data)
      return
    }
    this.clear()
    this.#key = wanted
    this.#plot = new uPlot({ ...options(), width, height }, data, this.#box)
  }

  /** Takes the chart away. */
  clear(): void {
    this.#plot?.destroy()
    this.#plot = null
  }
}

/** A colour of the page's tokens. */
export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
}

/** What both charts of the wall have off: they are read from across a room, not pointed at. */
export const QUIET = {
  legend: { show: false },
  cursor: { show: false },
  select: { show: false, left: 0, top: 0, width: 0, height: 0 },
} as const

/** A font of the wall for canvas, `size` in units. */
export function font(size: number, unitPx: number): string {
  return `${size * unitPx}px "Inter Variable", "Noto Sans SC Variable", sans-serif`
}
