import { create } from 'xmlbuilder2'
import type { XMLBuilder } from 'xmlbuilder2/lib/interfaces.js'
import type { Alert } from '../core/alert.ts'
import type { AlertPolicy } from '../core/alert-policy.ts'
import type { Plan } from '../core/plan.ts'
import { CAP_NAMESPACE, fitting, headlineOf, severityOf, type CapSettings } from './cap.ts'
import { capMessages, capTime, type CapMessage } from './cap-chain.ts'

const ATOM = 'http://www.w3.org/2005/Atom'

/** Media types of what is served. */
export const CAP_MEDIA = {
  feed: 'application/atom+xml; charset=utf-8',
  message: 'application/cap+xml; charset=utf-8',
} as const

/** Messages that one feed lists; the newest. */
const MOST_ENTRIES = 200
/** Cancelled alerts stay listed so long behind the newest message, ms. */
const CANCELLED_MS = 24 * 3_600_000

/** Path of a message below the server's address. */
export const capPath = (identifier: string) => `/cap/v1/alerts/${encodeURIComponent(identifier)}.xml`

/** When something was last written about an alert; cheaper than its chain. */
const lastOf = ({ closed, record, raised }: Alert) => closed ?? record.at(-1)?.at ?? raised

/** The newest message of each alert that is open or was cancelled within a day of the newest of all, newest first. */
function listed(alerts: Iterable<Alert>, plan: Plan, sender: string): CapMessage[] {
  const held = [...alerts]
  const newest = held.reduce((latest, alert) => Math.max(latest, lastOf(alert)), 0)
  return held
    .filter(({ closed }) => closed === null || newest - closed <= CANCELLED_MS)
    .flatMap((alert) => capMessages(alert, plan, sender).slice(-1))
    .filter(({ msgType, at }) => msgType !== 'Cancel' || newest - at <= CANCELLED_MS)
    .sort((a, b) => b.at - a.at || (a.identifier < b.identifier ? -1 : 1))
    .slice(0, MOST_ENTRIES)
}

/**
 * An Atom feed (RFC 4287) of what is warned of now and what was lately cancelled; `base` is the address of this server without a
 * slash at its end. It says the same from every gateway that stands at the same tick.
 */
export function capFeed(
  alerts: Iterable<Alert>,
  plan: Plan,
  policy: AlertPolicy,
  settings: CapSettings,
  base: string,
): string {
  const { grid } = plan
  const messages = listed(alerts, plan, settings.sender)
  const document = create({ version: '1.0', encoding: 'UTF-8' })
  const feed = document.ele(ATOM, 'feed').att('http://www.w3.org/XML/1998/namespace', 'xml:lang', 'zh-CN')
  feed.att('http://www.w3.org/2000/xmlns/', 'xmlns:cap', CAP_NAMESPACE)
  say(feed, 'id', `urn:qingyu:cap:feed:${encodeURIComponent(grid.city)}`)
  say(feed, 'title', `${grid.name.zh} ${grid.name.en}: CAP 1.2`)
  say(feed, 'updated', capTime(grid.zone, messages[0]?.at ?? 0))
  say(feed.ele(ATOM, 'author'), 'name', settings.sender)
  link(feed, 'self', `${base}/cap/v1/alerts.atom`, CAP_MEDIA.feed)
  for (const message of messages) entry(feed, message, plan, policy, base)
  return document.end({ prettyPrint: true })
}

function say(parent: XMLBuilder, name: string, text: string): void {
  parent.ele(ATOM, name).txt(fitting(text))
}

function link(parent: XMLBuilder, rel: string, href: string, media: string): void {
  const type = media.split(';', 1)[0] ?? media
  parent.ele(ATOM, 'link').att({ rel, type, href })
}

function entry(feed: XMLBuilder, message: CapMessage, plan: Plan, policy: AlertPolicy, base: string): void {
  const element = feed.ele(ATOM, 'entry')
  // Of the alert, not the message: readers then show one line for one alert, renewed (4.2.6).
  say(element, 'id', `urn:qingyu:cap:alert:${encodeURIComponent(plan.grid.city)}:${message.alert.id}`)
  say(element, 'title', headlineOf(message, plan, policy, 'zh'))
  say(element, 'updated', message.sent)
  say(element, 'published', capTime(plan.grid.zone, message.alert.raised))
  link(element, 'alternate', base + capPath(message.identifier), CAP_MEDIA.message)
  say(element, 'summary', headlineOf(message, plan, policy, 'en'))
  const facts: readonly (readonly [string, string])[] = [
    ['identifier', message.identifier],
    ['msgType', message.msgType],
    ['status', message.alert.exercise || policy.exercise ? 'Exercise' : 'Actual'],
    ['severity', severityOf(plan.scheme, message.rank)],
  ]
  for (const [name, value] of facts) element.ele(CAP_NAMESPACE, `cap:${name}`).txt(value)
}
