import type { Bundles } from './bundle.ts'
import type { ApiParts } from './api-parts.ts'
import type { TimelineParts } from './timeline.ts'

/** The past as routes see it: what timelines are made from, and bundles; null where this process keeps none. */
export interface HistoryDoor extends TimelineParts {
  readonly bundles: Pick<Bundles, 'list' | 'make' | 'bring' | 'file' | 'drop'> | null
  readonly past?: ApiParts['past']
}
