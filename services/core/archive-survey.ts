import type { Damage, Manifest, Span } from './archive.ts'

/** What an archive holds of one log. */
export interface LogSurvey {
  readonly epoch: string
  /** Ticks without a gap, oldest first. */
  readonly spans: readonly Span[]
  readonly segments: number
  readonly ticks: number
  readonly observations: number
  readonly bytes: number
  readonly keyframes: number
  /** Hashes of the plan documents, in the order in which they came into force. */
  readonly plans: readonly string[]
  /** What is wrong with how segments follow each other, in words. */
  readonly faults: readonly string[]
}

/** What a look at every file of an archive found. */
export interface ArchiveCheck {
  /** By log, oldest first. */
  readonly logs: readonly LogSurvey[]
  readonly damages: readonly Damage[]
  /** Files whose checksums were compared. */
  readonly files: number
  /** Files that no manifest names: of a crash, or being written. */
  readonly unnamed: readonly string[]
}

/** What is wrong between two segments that should follow each other. */
function faultBetween(before: Manifest, next: Manifest): string | null {
  const [from, to] = [`segments/${before.to}.json`, `segments/${next.to}.json`]
  if (next.after < before.to) return `${to} overlaps ${from}`
  if (next.after > before.to) return null
  const odd = next.offsets.find(({ partition, from: first }) => {
    const end = before.offsets.find((each) => each.partition === partition)?.end
    return end !== undefined && end !== first
  })
  if (odd === undefined) return null
  return `${to} begins at offset ${odd.from} of partition ${odd.partition}, which is not where ${from} ends`
}

/** What the segments of one log hold together; sorted by where they begin. */
export function surveyOf(segments: readonly Manifest[]): LogSurvey {
  const spans: { epoch: string; after: number; to: number }[] = []
  const faults: string[] = []
  for (const [i, { epoch, after, to }] of segments.entries()) {
    const [before, next] = [segments[i - 1], segments[i]]
    const fault = before && next ? faultBetween(before, next) : null
    if (fault !== null) faults.push(fault)
    const span = spans.at(-1)
    if (span?.to === after && fault === null) span.to = to
    else spans.push({ epoch, after, to })
  }
  const sum = (of: (segment: Manifest) => number) =>
    segments.reduce((total, segment) => total + of(segment), 0)
  const files = segments.flatMap((segment) => segment.files)
  return {
    epoch: segments[0]?.epoch ?? '',
    spans,
    segments: segments.length,
    ticks: sum(({ ticks }) => ticks),
    observations: sum(({ digest }) => digest.observations),
    bytes: files.reduce((total, { bytes }) => total + bytes, 0),
    keyframes: files.filter(({ table }) => table === 'keyframe').length,
    plans: [...new Set(segments.map(({ plan }) => plan))],
    faults,
  }
}
