import { namesSomebody } from './personal.ts'

/** Where every topic of ours begins (design §7). */
export const TOPIC_ROOT = 'qingyu/v1/'
/** Longest topic and filter taken, bytes of UTF-8. */
export const MAX_TOPIC_BYTES = 256
/** Source name under which refusals are told that belong to no source, such as a wrong topic. */
export const NO_SOURCE = '-'

const NAME = /^[a-z0-9-]{1,64}$/
const OBSERVATIONS = /^qingyu\/v1\/([a-z0-9-]{1,64})\/([a-z0-9-]{1,64})\/observations$/
const FEEDBACK = /^qingyu\/v1\/([a-z0-9-]{1,64})\/([a-z0-9-]{1,64}|\+)\/feedback$/

/** The two names of a topic. */
export interface TopicNames {
  readonly vendor: string
  readonly source: string
}

/** A subscription to feedback; `source` null stands for `+`, all sources of the vendor. */
export interface FeedbackFilter {
  readonly vendor: string
  readonly source: string | null
}

/** Whether a vendor's or a source's name is one: `[a-z0-9-]`, 1 to 64. */
export function isName(name: string): boolean {
  return NAME.test(name)
}

/** The names in `qingyu/v1/{vendor}/{source}/observations`; null for every other topic. */
export function parseObservationsTopic(topic: string): TopicNames | null {
  const match = OBSERVATIONS.exec(topic)
  return match?.[1] !== undefined && match[2] !== undefined ? { vendor: match[1], source: match[2] } : null
}

/** What a filter asks of `qingyu/v1/{vendor}/{source or +}/feedback`; null for every other filter. */
export function parseFeedbackFilter(filter: string): FeedbackFilter | null {
  const match = FEEDBACK.exec(filter)
  if (match?.[1] === undefined || match[2] === undefined) return null
  return { vendor: match[1], source: match[2] === '+' ? null : match[2] }
}

/** A topic as a message may repeat it: of parts that are no codes, or somebody's number, only that they are there. */
export function shownTopic(topic: string): string {
  return topic
    .split('/')
    .map((part) => (/^[A-Za-z0-9._+#$-]{0,64}$/.test(part) && !namesSomebody(part) ? part : '…'))
    .join('/')
}

/** The topic to which a source publishes. */
export function observationsTopic(vendor: string, source: string): string {
  return `${TOPIC_ROOT}${vendor}/${source}/observations`
}

/** The topic on which a source is told of refusals. */
export function feedbackTopic(vendor: string, source: string): string {
  return `${TOPIC_ROOT}${vendor}/${source}/feedback`
}

/** Whether a filter of {@link parseFeedbackFilter} takes what is told to this source. */
export function takesFeedback(filter: FeedbackFilter, vendor: string, source: string): boolean {
  return filter.vendor === vendor && (filter.source === null || filter.source === source)
}

/** The filter by which several processes share the observations of an existing broker. */
export function sharedObservationsFilter(group: string): string {
  return `$share/${group}/${TOPIC_ROOT}+/+/observations`
}
