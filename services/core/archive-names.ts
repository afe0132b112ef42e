/** How tables of an archive name what records of the log number: areas by their codes, values in the indicator's unit. */
export interface ArchiveNames {
  /** By area number of the grid that the log was written with. */
  readonly codes: readonly string[]
  readonly numbers: ReadonlyMap<string, number>
  /** Indicators in the order of `scales`. */
  readonly indicators: readonly string[]
  readonly index: ReadonlyMap<string, number>
  readonly scales: readonly Scale[]
}

/** A resolution as the exact way from steps to the unit and back: 0.1 is a division by 10, so that 3 steps are 0.3. */
export interface Scale {
  readonly by: number
  readonly divides: boolean
}

/** Names of a grid's areas and of indicators with their resolutions. */
export function archiveNames(
  codes: readonly string[],
  resolutions: readonly { readonly code: string; readonly resolution: number }[],
): ArchiveNames {
  return {
    codes,
    numbers: new Map(codes.map((code, area) => [code, area])),
    indicators: resolutions.map(({ code }) => code),
    index: new Map(resolutions.map(({ code }, i) => [code, i])),
    scales: resolutions.map(({ resolution }) => {
      const parts = Math.round(1 / resolution)
      return parts > 1 && 1 / parts === resolution
        ? { by: parts, divides: true }
        : { by: resolution, divides: false }
    }),
  }
}

/** A value in the unit from steps of the resolution. Rate: per observation. */
export function inUnit({ by, divides }: Scale, steps: number): number {
  return divides ? steps / by : steps * by
}

/** Reads back {@link inUnit}, for whole steps. Rate: per observation. */
export function inSteps({ by, divides }: Scale, value: number): number {
  return Math.round(divides ? value * by : value / by)
}
