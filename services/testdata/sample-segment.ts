import type { Digest, DigestAlert, DigestIncident, Manifest } from '../core/archive.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** An incident of a digest. */
export const sampleIncidentLine = (id: string, more: Partial<DigestIncident> = {}): DigestIncident => ({
  id,
  number: 1,
  rule: 'pm25-high',
  category: 'air',
  born: HOUR,
  over: null,
  rank: 2,
  peak: 2,
  count: 1,
  centre: [118, 32],
  ...more,
})

/** An alert of a digest. */
export const sampleAlertLine = (id: string, more: Partial<DigestAlert> = {}): DigestAlert => ({
  id,
  number: 1,
  incident: '',
  category: 'air',
  headline: '',
  area: 1,
  raised: HOUR,
  rank: 2,
  peak: 2,
  state: 'raised',
  closed: null,
  ...more,
})

/** A segment of an hour, the `nth`, told every 15 min, red at its middle. */
export function sampleSegment(
  nth: number,
  digest: Partial<Digest> = {},
  more: Partial<Manifest> = {},
): Manifest {
  const levels = [{ normal: 9 }, { normal: 8, red: 1 }, { normal: 9 }, { normal: 9, unknown: 4 }]
  return {
    format: 1,
    epoch: 'e',
    after: nth * HOUR,
    to: (nth + 1) * HOUR,
    ticks: 3600,
    plan: 'p',
    grid: 'g',
    rules: 'v1',
    program: '1',
    clock: 'wall',
    offsets: [],
    files: [],
    digest: {
      stepMs: 15 * MINUTE,
      levels,
      incidents: [],
      alerts: [],
      actions: [],
      observations: 0,
      ...digest,
    },
    ...more,
  }
}
