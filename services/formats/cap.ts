import { create } from 'xmlbuilder2'
import type { XMLBuilder } from 'xmlbuilder2/lib/interfaces.js'
import type { AlertPolicy } from '../core/alert-policy.ts'
import {
  categoryText,
  EXERCISE,
  levelText,
  matterText,
  placeText,
  STATES,
  timeText,
  valueText,
  type Language,
} from '../core/alert-text.ts'
import { levelId, type Rank, type Scheme } from '../core/level.ts'
import type { Plan } from '../core/plan.ts'
import { capGeocodes, capPolygons } from './cap-area.ts'
import { capTime, type CapMessage } from './cap-chain.ts'

/** Namespace of CAP 1.2 (OASIS Standard, 1 July 2010). */
export const CAP_NAMESPACE = 'urn:oasis:names:tc:emergency:cap:1.2'

/** What the operator says about their messages. */
export interface CapSettings {
  readonly sender: string
  /** Whom to ask; '' is left out. */
  readonly contact: string
  /** Who may read them; '' for everybody (`scope` Public). */
  readonly restriction: string
  /** How long a message holds that nothing replaces, ms. */
  readonly expiresMs: number
}

/** Codes of CAP (3.2.2) for headings that indicators are commonly grouped under; others are `Other`. */
const CATEGORIES: Readonly<Record<string, string>> = {
  air: 'Env',
  noise: 'Env',
  environment: 'Env',
  water: 'Met',
  flood: 'Met',
  weather: 'Met',
  traffic: 'Transport',
  parking: 'Transport',
  road: 'Transport',
  crowd: 'Safety',
  people: 'Safety',
  safety: 'Safety',
  security: 'Security',
  fire: 'Fire',
  health: 'Health',
  infrastructure: 'Infra',
  power: 'Infra',
  heating: 'Infra',
  geology: 'Geo',
  chemical: 'CBRNE',
}

/** Counted from the gravest level of the scheme down. */
const SEVERITIES = ['Extreme', 'Severe', 'Moderate', 'Minor'] as const

/** Severity of a rank: the gravest of its scheme is Extreme, three and more below it Minor. */
export function severityOf({ levels }: Scheme, rank: Rank): string {
  return SEVERITIES[Math.min(SEVERITIES.length - 1, Math.max(0, levels.length - 1 - rank))] ?? 'Unknown'
}

type Words = Readonly<Record<Language, string>>

/** What those who read it should do, by CAP's response type. */
const INSTRUCTIONS: Readonly<Record<'AllClear' | 'Avoid' | 'Monitor', Words>> = {
  AllClear: { zh: '警情已解除，无需采取措施。', en: 'The warning is lifted; nothing needs to be done.' },
  Avoid: {
    zh: '请尽量避开上述区域，听从现场人员指引。',
    en: 'Keep away from the area where you can and follow those on site.',
  },
  Monitor: { zh: '请留意后续信息。', en: 'Watch for further messages.' },
}

const LANGUAGES = [
  ['zh', 'zh-CN'],
  ['en', 'en-US'],
] as const

/** Control characters that XML 1.0 cannot hold, and halves of characters. */
// oxlint-disable-next-line no-control-regex
const UNFIT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g
/** Text that XML can hold. */
export const fitting = (text: string) => text.replace(/\p{Cs}/gu, '').replace(UNFIT, '')

/** A message as an XML document. */
export function capXml(message: CapMessage, plan: Plan, policy: AlertPolicy, settings: CapSettings): string {
  const { alert } = message
  const exercise = alert.exercise || policy.exercise
  const { restriction } = settings
  const document = create({ version: '1.0', encoding: 'UTF-8' })
  const root = document.ele(CAP_NAMESPACE, 'alert')
  say(root, 'identifier', message.identifier)
  say(root, 'sender', message.sender)
  say(root, 'sent', message.sent)
  say(root, 'status', exercise ? 'Exercise' : 'Actual')
  say(root, 'msgType', message.msgType)
  say(root, 'source', `Qingyu ${plan.grid.name.en}`)
  say(root, 'scope', restriction === '' ? 'Public' : 'Restricted')
  if (restriction !== '') say(root, 'restriction', restriction)
  // 3.2.1: an exercise says so in its note, too.
  if (exercise) say(root, 'note', `${EXERCISE} ${alert.id}`)
  if (message.references.length > 0) say(root, 'references', message.references.join(' '))
  say(root, 'incidents', alert.id)
  const cover = coverOf(message, plan)
  for (const [language, tag] of LANGUAGES)
    info(root, message, { plan, policy, settings, language, tag, cover })
  return document.end({ prettyPrint: true })
}

function say(parent: XMLBuilder, name: string, text: string): void {
  parent.ele(CAP_NAMESPACE, name).txt(fitting(text))
}

function pairs(parent: XMLBuilder, name: string, rows: readonly (readonly [string, string])[]): void {
  for (const [valueName, value] of rows) {
    const pair = parent.ele(CAP_NAMESPACE, name)
    say(pair, 'valueName', valueName)
    say(pair, 'value', value)
  }
}

interface Telling {
  readonly plan: Plan
  readonly policy: AlertPolicy
  readonly settings: CapSettings
  readonly language: Language
  readonly tag: string
  readonly cover: Cover
}

function responseOf({ msgType, rank }: CapMessage, { levels }: Scheme): keyof typeof INSTRUCTIONS {
  if (msgType === 'Cancel') return 'AllClear'
  return rank >= levels.length - 2 ? 'Avoid' : 'Monitor'
}

function urgencyOf({ msgType, rank, rising }: CapMessage, { levels }: Scheme): string {
  if (msgType === 'Cancel') return 'Past'
  return rising || rank >= levels.length - 2 ? 'Immediate' : 'Expected'
}

/** One language's part (3.2.2), in the order that the schema asks for. */
function info(root: XMLBuilder, message: CapMessage, telling: Telling): void {
  const { plan, policy, settings, language, tag } = telling
  const { alert, at, rank } = message
  const { scheme, grid } = plan
  const response = responseOf(message, scheme)
  const part = root.ele(CAP_NAMESPACE, 'info')
  say(part, 'language', tag)
  say(part, 'category', CATEGORIES[alert.category] ?? 'Other')
  say(part, 'event', categoryText(policy, alert.category, language))
  say(part, 'responseType', response)
  say(part, 'urgency', urgencyOf(message, scheme))
  say(part, 'severity', severityOf(scheme, rank))
  say(part, 'certainty', alert.incident === null ? 'Likely' : 'Observed')
  pairs(part, 'eventCode', [['qingyu:category', alert.category]])
  say(part, 'effective', message.sent)
  say(part, 'onset', capTime(grid.zone, alert.raised))
  say(part, 'expires', capTime(grid.zone, at + settings.expiresMs))
  say(part, 'senderName', grid.name[language])
  say(part, 'headline', headlineOf(message, plan, policy, language))
  say(part, 'description', descriptionOf(message, plan, language))
  say(part, 'instruction', INSTRUCTIONS[response][language])
  if (settings.contact !== '') say(part, 'contact', settings.contact)
  pairs(part, 'parameter', parametersOf(message, plan))
  area(part, telling)
}

/** At most 160 characters (3.2.2, headline); the drill, level, matter and place. */
export function headlineOf(message: CapMessage, plan: Plan, policy: AlertPolicy, language: Language): string {
  const { alert, rank, msgType } = message
  const mark = alert.exercise || policy.exercise ? EXERCISE : ''
  const lifted = { zh: '解除：', en: 'Lifted: ' }[language]
  const matter = matterText(alert, policy, language)
  const place = placeText(plan, holderOf(message, plan), [], language)
  return `${mark}${msgType === 'Cancel' ? lifted : ''}${levelText(plan.scheme, rank, language)} ${matter} ${place}`.slice(
    0,
    160,
  )
}

/** The smallest area that holds all of a scene; the alert's own may have become another since. */
function holderOf({ scene, alert }: CapMessage, { grid }: Plan): number {
  let held = new Set(scene.areas)
  if (held.size === 0) return alert.area
  while (held.size > 1) {
    const deepest = Math.max(...[...held].map((each) => grid.depths[each] ?? 0))
    held = new Set(
      [...held].map((each) =>
        (grid.depths[each] ?? 0) === deepest ? Math.max(0, grid.parents[each] ?? 0) : each,
      ),
    )
  }
  const [only = alert.area] = held
  return only
}

function descriptionOf(message: CapMessage, plan: Plan, language: Language): string {
  const { alert, scene, state, at } = message
  const { zone } = plan.grid
  const since = timeText(zone, alert.raised, at, language)
  return [
    placeText(plan, holderOf(message, plan), scene.areas, language),
    language === 'zh' ? `起始 ${since}` : `since ${since}`,
    valueText(plan, scene.worst, language),
    STATES[state][language],
  ]
    .filter((text) => text !== '')
    .join(language === 'zh' ? '；' : '; ')
}

function parametersOf({ alert, rank, scene, state }: CapMessage, { scheme }: Plan): [string, string][] {
  const { rule, value, limit } = scene.worst
  const rows: [string, string | number | null][] = [
    ['qingyu:level', levelId(scheme, rank)],
    ['qingyu:rank', rank],
    ['qingyu:numeral', scheme.levels[rank]?.numeral ?? ''],
    ['qingyu:value', value],
    ['qingyu:limit', limit],
    ['qingyu:rule', rule],
    ['qingyu:number', alert.number],
    ['qingyu:state', state],
  ]
  return rows.flatMap(([name, each]) => (each === null || each === '' ? [] : [[name, String(each)]]))
}

/** Where a message is about: the same in every language, and dear to draw. */
interface Cover {
  readonly holder: number
  readonly areas: readonly number[]
  readonly polygons: readonly string[]
  readonly geocodes: readonly (readonly [string, string])[]
}

function coverOf(message: CapMessage, plan: Plan): Cover {
  const holder = holderOf(message, plan)
  const areas = message.scene.areas.length === 0 ? [holder] : message.scene.areas
  const polygons = capPolygons(plan.grid, areas)
  return { holder, areas, polygons, geocodes: capGeocodes(plan.grid, areas) }
}

function area(part: XMLBuilder, { plan, language, cover }: Telling): void {
  const element = part.ele(CAP_NAMESPACE, 'area')
  say(element, 'areaDesc', placeText(plan, cover.holder, cover.areas, language))
  for (const polygon of cover.polygons) say(element, 'polygon', polygon)
  pairs(element, 'geocode', cover.geocodes)
}
