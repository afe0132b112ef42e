import type { Rate } from '../services/core/replay-wire.ts'

/** Panels beside the map. */
export const PANELS = ['moment', 'rules', 'rehearsal', 'bundles', 'drill'] as const
export type Panel = (typeof PANELS)[number]

/** What of the analyst's page a link carries, beside what every map's link carries (address). Times in ms; null and '' for none. */
export interface Moment {
  /** Moment that is replayed; null: live. */
  readonly t: number | null
  /** Span of the timeline that is seen. */
  readonly from: number | null
  readonly to: number | null
  readonly rate: Rate
  readonly incident: string
  readonly compare: boolean
  readonly panel: Panel
  readonly rehearsal: string
  /** Another rehearsal beside it. */
  readonly against: string
  /** Version of the rules that is edited. */
  readonly version: string
  readonly bundle: string
}

const ID = /^[\w.:-]{1,80}$/

function id(text: string | null): string {
  return text !== null && ID.test(text) ? text : ''
}

/** ISO 8601 with its offset: a link means the same moment everywhere. */
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/

/** A time as ms or ISO 8601 with an offset; null for what is none. */
export function timeIn(text: string | null): number | null {
  if (text === null) return null
  const ms = /^\d{1,15}$/.test(text) ? Number(text) : ISO.test(text) ? Date.parse(text) : Number.NaN
  return Number.isFinite(ms) && ms >= 0 ? ms : null
}

function rateIn(text: string | null): Rate {
  if (text === 'max') return 'max'
  const rate = Number(text)
  return rate >= 1 && rate <= 3600 ? rate : 60
}

/** Reads a query string; what cannot be read is as if it were not there. */
export function readMoment(search: string): Moment {
  const q = new URLSearchParams(search)
  const [from, to] = [timeIn(q.get('from')), timeIn(q.get('to'))]
  const isSpan = from !== null && to !== null && to > from
  return {
    t: timeIn(q.get('t')),
    from: isSpan ? from : null,
    to: isSpan ? to : null,
    rate: rateIn(q.get('rate')),
    incident: id(q.get('incident')),
    compare: q.has('compare') && q.get('compare') !== '0',
    panel: PANELS.find((name) => name === q.get('panel')) ?? 'moment',
    rehearsal: id(q.get('rehearsal')),
    against: id(q.get('against')),
    version: id(q.get('version')),
    bundle: id(q.get('bundle')),
  }
}

/** A time as it stands in a link: to be read by people, in UTC. */
function written(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z')
}

/** The query of a moment, to stand behind that of the map, with only what differs from the default, in a fixed order. */
export function writeMoment(moment: Moment): string {
  const parts: string[] = []
  const add = (name: string, value: string): void => void (value !== '' && parts.push(`&${name}=${value}`))
  if (moment.t !== null) add('t', written(moment.t))
  if (moment.from !== null && moment.to !== null) {
    add('from', written(moment.from))
    add('to', written(moment.to))
  }
  if (moment.rate !== 60) add('rate', String(moment.rate))
  add('incident', moment.incident)
  if (moment.compare) add('compare', '1')
  if (moment.panel !== 'moment') add('panel', moment.panel)
  add('rehearsal', moment.rehearsal)
  add('against', moment.against)
  add('version', moment.version)
  add('bundle', moment.bundle)
  return parts.join('')
}
