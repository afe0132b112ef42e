import type { Plan } from './plan.ts'
import { RuleCell } from './rule-cell.ts'
import type { RuleBook } from './rule-book.ts'
import { Series, Track } from './series.ts'

/** The series of one partition by (area, indicator), made when first observed and dropped when they can matter no more. */
export class SeriesTable {
  readonly tracks: readonly Track[]
  readonly #book: RuleBook
  // One number for both keys: a string key would cost an allocation per observation.
  readonly #series = new Map<number, Series>()

  constructor(plan: Plan, book: RuleBook) {
    this.#book = book
    this.tracks = plan.indicators.list.map((indicator, column) => new Track(plan, column, indicator))
  }

  get size(): number {
    return this.#series.size
  }

  all(): IterableIterator<Series> {
    return this.#series.values()
  }

  /** Rate: per observation. */
  get(area: number, column: number): Series | undefined {
    return this.#series.get(area * this.tracks.length + column)
  }

  /** Makes a series whose observations also go to `up`, with a cell per rule of the area's level. */
  create(area: number, column: number, up: Series | null): Series {
    const track = this.tracks[column]
    if (!track) throw new RangeError(`indicator ${column} is not in the plan`)
    const { grid } = this.#book.plan
    const cells = this.#book.of(grid.depths[area] ?? 0, column).flatMap((use) => {
      const terms = this.#book.terms(use, area)
      return terms.off ? [] : [new RuleCell(use, terms, track.window, track.pane)]
    })
    const series = new Series(area, track, up, cells)
    this.#series.set(area * this.tracks.length + column, series)
    return series
  }

  /** Only for a series that none below points to. */
  drop(series: Series): void {
    this.#series.delete(series.area * this.tracks.length + series.track.column)
    if (series.up) series.up.below--
  }
}
