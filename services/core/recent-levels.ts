import type { LevelHistory } from './commit.ts'

/** Walls show the course of levels so far back, ms. */
const LEVELS_MS = 6 * 3_600_000
/** Lines kept beside those in force; the oldest go first. */
const MOST_LEVELS = 1_048_576
/** Lines may come in beyond what is kept, until it is worth looking through all. */
const SLACK = 65_536

/** Decisions of the last six hours with the one in force before, by tick, then area. Bound: twice the areas + {@link MOST_LEVELS}, and as much again before they are looked through. */
export class RecentLevels {
  readonly #most: number
  #lines: LevelHistory[]
  #looked: number

  constructor(lines: readonly LevelHistory[] = [], most = MOST_LEVELS) {
    this.#lines = [...lines]
    this.#looked = lines.length
    this.#most = most
  }

  /** Adds the lines of tick `at`. Rate: per tick; looks through all once they have doubled. */
  add(lines: readonly LevelHistory[], at: number): void {
    for (const line of lines.toSorted((a, b) => a.area - b.area)) this.#lines.push(line)
    if (this.#lines.length > 2 * this.#looked + SLACK) this.#forget(at)
  }

  /** All that count at tick `at`. */
  at(at: number): readonly LevelHistory[] {
    this.#forget(at)
    return [...this.#lines]
  }

  #forget(at: number): void {
    const last = new Map(this.#lines.map((line) => [line.area, line]))
    const isLast = (line: LevelHistory) => last.get(line.area) === line
    const courses = this.#lines.filter((line) => line.at >= at - LEVELS_MS && !isLast(line))
    const dropped = Math.max(at - LEVELS_MS - 1, courses[courses.length - this.#most - 1]?.at ?? 0)
    // What was in force when the course begins is part of it.
    const before = new Map(
      this.#lines.filter((line) => line.at <= dropped).map((line) => [line.area, line] as const),
    )
    this.#lines = this.#lines.filter((line) => line.at > dropped || before.get(line.area) === line)
    this.#looked = this.#lines.length
  }
}
