import { hintOf, messageOf, type ErrorCode } from './errors.ts'

/** What the check of a grid file found; a grid with fatal findings is not used. */
export interface Finding {
  readonly code: ErrorCode
  readonly fatal: boolean
  readonly message: string
  readonly hint: string
  readonly parameters: Readonly<Record<string, string | number>>
}

/** Findings beyond this many are dropped: a file that is wrong throughout is not read to its end by anyone. */
export const MOST_FINDINGS = 1_000

/** Codes that leave the grid usable: its overlaps and gaps have a defined owner. */
const WARNINGS: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['GR-overlap', 'GR-gap'])

/** A list of findings that keeps at most {@link MOST_FINDINGS}. */
export class Findings {
  readonly list: Finding[] = []
  /** True once a fatal finding came in, kept or not. */
  fatal = false

  add(code: ErrorCode, parameters: Readonly<Record<string, string | number>>): void {
    const fatal = !WARNINGS.has(code)
    if (fatal) this.fatal = true
    if (this.list.length >= MOST_FINDINGS) return
    this.list.push({
      code,
      fatal,
      message: messageOf(code, parameters),
      hint: hintOf(code, parameters),
      parameters,
    })
  }
}
