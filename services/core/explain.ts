import type { Decision } from './change.ts'
import type { FoldName, Indicator } from './indicator.ts'
import { levelId, UNKNOWN, type Rank, type Scheme } from './level.ts'
import type { Rule, Schedule, Terms } from './rule.ts'
import { spell } from './time.ts'
import { unitAfter } from './unit.ts'

type Names = { readonly zh: string; readonly en: string }

/** All that the sentences about one area's level speak of. `rule` is null where the level comes from the areas below. */
export interface Case {
  readonly area: Names
  readonly rank: Rank
  readonly decision: Decision | null
  readonly rule: Rule | null
  readonly terms: Terms | null
  readonly indicator: Indicator | null
  readonly scheme: Scheme
}

const FOLDS: Readonly<Record<FoldName, Names>> = {
  count: { zh: '次数', en: 'count' },
  sum: { zh: '合计', en: 'sum' },
  mean: { zh: '平均值', en: 'mean' },
  min: { zh: '最小值', en: 'lowest value' },
  max: { zh: '最大值', en: 'highest value' },
  last: { zh: '最新值', en: 'latest value' },
  sources: { zh: '来源数', en: 'number of sources' },
  p50: { zh: '中位数', en: 'median' },
  p95: { zh: '95分位值', en: '95th percentile' },
}

const CHINESE_UNITS: Readonly<Record<string, string>> = {
  d: '天',
  h: '小时',
  min: '分钟',
  s: '秒',
  ms: '毫秒',
}

/** A length of time in Chinese, as `2小时5分钟`. */
function spellChinese(ms: number): string {
  return spell(ms).replace(
    /(\d+) (\w+) ?/g,
    (_, count: string, unit: string) => count + (CHINESE_UNITS[unit] ?? unit),
  )
}

function levelName(scheme: Scheme, rank: Rank): Names {
  return scheme.levels[rank]?.name ?? { zh: '无数据', en: 'Unknown' }
}

const shown = (value: number | null) => (value === null ? '–' : String(Number(value.toPrecision(6))))

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`

/** The measured part: what was folded over which window, and what came out. */
function measured({ decision, indicator }: Case): Names {
  if (decision === null) return { zh: '', en: '' }
  const name = indicator?.name ?? { zh: decision.indicator, en: decision.indicator }
  const fold = FOLDS[decision.fold]
  const unit = unitOf(indicator)
  const evidence = `${decision.samples}/${decision.sources}`
  return {
    zh: `${name.zh}近${spellChinese(decision.windowMs)}${fold.zh}为 ${shown(decision.value)}${unit.zh}（样本/来源 ${evidence}）`,
    en: `${name.en}, ${fold.en} of the last ${spell(decision.windowMs)}, is ${shown(decision.value)}${unit.en} (${counted(decision.samples, 'observation')}, ${counted(decision.sources, 'source')})`,
  }
}

function unitOf(indicator: Indicator | null): Names {
  return { zh: unitAfter(indicator?.unit ?? '', 'zh'), en: unitAfter(indicator?.unit ?? '', 'en') }
}

function limitText({ decision, indicator }: Case): Names {
  const [limit, unit] = [shown(decision?.limit ?? null), unitOf(indicator)]
  return { zh: `${limit}${unit.zh}`, en: `${limit}${unit.en}` }
}

/** Why the area has its level, as one sentence in each language. */
export function explain(about: Case): Names {
  const { area, rank, decision, scheme } = about
  const level = levelName(scheme, rank)
  if (decision === null)
    return { zh: `${area.zh}：尚无规则作出判断。`, en: `${area.en}: no rule has decided here yet.` }
  const value = measured(about)
  const limit = limitText(about)
  const head: Names = { zh: `${area.zh}为${level.zh}：`, en: `${area.en} is ${level.en}: ` }
  const tail = because(about, value, limit)
  return { zh: `${head.zh}${tail.zh}。`, en: `${head.en}${tail.en}.` }
}

function because({ decision, rule, terms }: Case, value: Names, limit: Names): Names {
  const onDelay = terms?.onDelayMs ?? 0
  const offDelay = terms?.offDelayMs ?? 0
  switch (decision?.reason) {
    case 'above-limit':
      return { zh: `${value.zh}，达到限值 ${limit.zh}`, en: `${value.en}, at or above the limit ${limit.en}` }
    case 'below-limit':
      return { zh: `${value.zh}，低至限值 ${limit.zh}`, en: `${value.en}, at or below the limit ${limit.en}` }
    case 'within-limits':
      return { zh: `${value.zh}，未达限值 ${limit.zh}`, en: `${value.en}, within the limit ${limit.en}` }
    case 'held-by-deadband':
      return {
        zh: `${value.zh}，回落未超过回差 ${shown(terms?.deadband ?? 0)}`,
        en: `${value.en}, not yet back beyond the deadband of ${shown(terms?.deadband ?? 0)}`,
      }
    case 'held-by-on-delay':
      return {
        zh: `${value.zh}，超限未满${spellChinese(onDelay)}`,
        en: `${value.en}, beyond a limit for less than ${spell(onDelay)}`,
      }
    case 'held-by-off-delay':
      return {
        zh: `${value.zh}，恢复未满${spellChinese(offDelay)}`,
        en: `${value.en}, back for less than ${spell(offDelay)}`,
      }
    case 'n-of-m-not-met':
      return {
        zh: `${value.zh}，最近${rule?.panes?.m ?? 0}个时段中超限不足${rule?.panes?.n ?? 0}个`,
        en: `${value.en}, beyond the limit in fewer than ${rule?.panes?.n ?? 0} of the last ${rule?.panes?.m ?? 0} panes`,
      }
    case 'insufficient-samples':
      return {
        zh: `样本不足（${decision.samples}，至少需要${rule?.minSamples ?? 1}）`,
        en: `too few observations (${decision.samples}, at least ${rule?.minSamples ?? 1} are needed)`,
      }
    case 'insufficient-sources':
      return {
        zh: `来源不足（${decision.sources}，至少需要${rule?.minSources ?? 1}）`,
        en: `too few sources (${decision.sources}, at least ${rule?.minSources ?? 1} are needed)`,
      }
    case 'capped-single-source':
      return {
        zh: `${value.zh}，仅一个来源，等级受限`,
        en: `${value.en}, held down because a single source says so`,
      }
    case 'out-of-schedule':
      return { zh: '当前不在规则的生效时段', en: 'the rule is not in force at this time' }
    case 'no-data':
      return {
        zh: `来源沉默超过${spellChinese(rule?.noDataAfterMs ?? 0)}`,
        en: `its sources have been silent for more than ${spell(rule?.noDataAfterMs ?? 0)}`,
      }
    case 'worst-child':
      return { zh: '取下级区域中最严重的等级', en: 'it takes the gravest level of the areas below' }
    case 'share-of-children':
      return {
        zh: '达到该等级的下级区域比例超过设定',
        en: 'enough of the areas below are at this level',
      }
    case 'no-source':
    case undefined:
      return { zh: '没有数据来源', en: 'it has no source' }
  }
}

/** What would bring the level back to calm, or back at all, as one sentence in each language. */
export function whatClears(about: Case): Names {
  const { rank, decision, rule, terms, indicator } = about
  if (decision === null || rank === 0) return { zh: '无需处置。', en: 'Nothing to clear.' }
  if (rank === UNKNOWN)
    return { zh: '收到足够的新数据后恢复。', en: 'Enough new observations bring it back.' }
  if (rule === null || terms === null)
    return { zh: '下级区域恢复后随之恢复。', en: 'It follows when the areas below come back.' }
  const unit = unitOf(indicator)
  const lowest = terms.limits.find((limit) => limit !== null) ?? null
  const above = rule.direction === 'above'
  const goal = lowest === null ? null : above ? lowest - terms.deadband : lowest + terms.deadband
  const loose = terms.deadband > 0
  const hold: Names =
    terms.offDelayMs > 0
      ? { zh: `并保持${spellChinese(terms.offDelayMs)}`, en: ` for ${spell(terms.offDelayMs)}` }
      : { zh: '', en: '' }
  return {
    zh: `数值${above ? (loose ? '不高于' : '低于') : loose ? '不低于' : '高于'} ${shown(goal)}${unit.zh} ${hold.zh}后恢复正常。`,
    en: `Back to ${levelName(about.scheme, 0).en.toLowerCase()} when the value is ${above ? (loose ? 'at most' : 'below') : loose ? 'at least' : 'above'} ${shown(goal)}${unit.en}${hold.en}.`,
  }
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** A schedule in words: days, times of day, zone. */
export function scheduleText({ days, from, to, zone }: Schedule): string {
  const clock = (minutes: number) =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
  return `${days.map((day) => DAYS[day]).join(' ')} ${clock(from)}–${clock(to)} ${zone}`
}

/** The limits of a rule by level id, as they hold in an area. */
export function limitsById(terms: Terms, scheme: Scheme): Record<string, number> {
  return Object.fromEntries(
    terms.limits.flatMap((limit, rank) => (limit === null ? [] : [[levelId(scheme, rank), limit]])),
  )
}
