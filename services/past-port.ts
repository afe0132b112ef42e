import type { BundleOrder } from './bundle-port.ts'
import type { TellableFault } from './thread.ts'

/** Which levels of the past are asked for: at `at` (ms), of an area by code and those below it down to a level of the grid. */
export interface PastLevels {
  readonly at: number
  readonly area: string | undefined
  readonly depth: string | undefined
}

/** What a thread is to do with the past: copy a span, look whether a bundle can be opened, or tell levels from an archive. */
export type PastTask =
  | { readonly order: BundleOrder }
  | { readonly inspected: string }
  | { readonly levels: PastLevels; readonly archive: string; readonly epoch: string }

/** What it says at its end. */
export type PastNews<Done> = { readonly done: Done } | { readonly fault: TellableFault }
