/** One line of a bench report. `ratio` is `value / baseline`, larger is better unless the name says otherwise. */
export interface Row {
  readonly id: string
  readonly value: number
  readonly unit: string
  readonly baseline: number | null
  readonly ratio: number | null
  /** Smallest and largest of the rounds (of the ratio where there is a baseline). */
  readonly spread: readonly [number, number]
}

/** Collects what benches measure. */
export interface Measure {
  /** Both sides by turns, A B A B, five rounds after one that does not count; medians. */
  ratio(
    id: string,
    unit: string,
    sides: { ours: () => Promise<number>; baseline: () => Promise<number> },
  ): Promise<void>
  /** One side, five rounds; `baseline` is a fixed quantity such as the tick. */
  value(id: string, unit: string, run: () => Promise<number> | number, baseline?: number): Promise<void>
  /** One figure of a run that gives several, beside what was expected. */
  figure(id: string, unit: string, value: number, baseline: number): void
}

/** Rounds of each side. */
const ROUNDS = 5

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
const spread = (values: readonly number[]): readonly [number, number] => [
  Math.min(...values),
  Math.max(...values),
]

/** A collector that hands each finished row on. */
export function measureInto(emit: (row: Row) => void): Measure {
  return {
    async ratio(id, unit, { ours, baseline }) {
      const [a, b]: [number[], number[]] = [[], []]
      // Servers run for months: the first round of each side only warms it up.
      await ours()
      await baseline()
      for (let i = 0; i < ROUNDS; i++) {
        a.push(await ours())
        b.push(await baseline())
      }
      const ratios = a.map((value, i) => value / (b[i] ?? Number.NaN))
      emit({ id, value: median(a), unit, baseline: median(b), ratio: median(ratios), spread: spread(ratios) })
    },
    async value(id, unit, run, baseline) {
      const values: number[] = []
      for (let i = 0; i < ROUNDS; i++) values.push(await run())
      const ratio = baseline === undefined ? null : median(values) / baseline
      emit({ id, value: median(values), unit, baseline: baseline ?? null, ratio, spread: spread(values) })
    },
    figure(id, unit, value, baseline) {
      emit({ id, value, unit, baseline, ratio: value / baseline, spread: [value, value] })
    },
  }
}
