import { describe, expect, it } from 'vitest'
import { decided, smallPlan } from '../testdata/small-city.ts'
import type { Reason } from './change.ts'
import { explain, limitsById, scheduleText, whatClears, type Case } from './explain.ts'
import { UNKNOWN } from './level.ts'

const plan = smallPlan()
const rule = plan.rules.rules[1] ?? null
const terms =
  rule === null
    ? null
    : { limits: rule.limits, deadband: 5, onDelayMs: 60_000, offDelayMs: 120_000, off: false }

function about(reason: Reason, rank = 2, part: Partial<Case> = {}): Case {
  return {
    area: { zh: '河西', en: 'West' },
    rank,
    decision: decided(rank, 83, { reason }),
    rule,
    terms,
    indicator: plan.indicators.list[1] ?? null,
    scheme: plan.scheme,
    ...part,
  }
}

const REASONS: readonly Reason[] = [
  'within-limits',
  'above-limit',
  'below-limit',
  'held-by-deadband',
  'held-by-on-delay',
  'held-by-off-delay',
  'n-of-m-not-met',
  'insufficient-samples',
  'insufficient-sources',
  'capped-single-source',
  'out-of-schedule',
  'no-data',
  'no-source',
  'worst-child',
  'share-of-children',
]

describe('explanations', () => {
  it('[GW47] has a sentence of its own for every reason', () => {
    const sentences = REASONS.map((reason) => explain(about(reason)))
    for (const { zh, en } of sentences) {
      expect(en).toMatch(/^West is Yellow: \S.*\.$/)
      expect(zh).toMatch(/^河西为黄色：.+。$/)
      expect(`${zh}${en}`).not.toMatch(/undefined|null|NaN|\{|\}/)
    }
    expect(new Set(sentences.map(({ en }) => en)).size).toBe(REASONS.length)
    expect(new Set(sentences.map(({ zh }) => zh)).size).toBe(REASONS.length)
  })

  it('[GW48] spells value, window, limit and delays', () => {
    expect(explain(about('held-by-off-delay')).en).toBe(
      'West is Yellow: PM2.5, mean of the last 5 min, is 83 µg/m³ (5 observations, 2 sources), back for less than 2 min.',
    )
    expect(explain(about('above-limit')).zh).toBe(
      '河西为黄色：细颗粒物近5分钟平均值为 83 µg/m³（样本/来源 5/2），达到限值 75 µg/m³。',
    )
    expect(explain(about('no-source', UNKNOWN, { decision: null })).en).toBe(
      'West: no rule has decided here yet.',
    )
  })

  it('[GW49] says what would clear a level', () => {
    expect(whatClears(about('above-limit')).en).toBe(
      'Back to normal when the value is at most 70 µg/m³ for 2 min.',
    )
    expect(whatClears(about('within-limits', 0)).en).toBe('Nothing to clear.')
    expect(whatClears(about('no-data', UNKNOWN)).en).toBe('Enough new observations bring it back.')
    expect(whatClears(about('worst-child', 2, { rule: null, terms: null })).en).toContain('areas below')
    const below = rule === null ? null : { ...rule, direction: 'below' as const }
    const sharp = terms === null ? null : { ...terms, deadband: 0, offDelayMs: 0 }
    expect(whatClears(about('below-limit', 2, { rule: below, terms: sharp })).en).toBe(
      'Back to normal when the value is above 75 µg/m³.',
    )
  })

  it('[GW50] names limits and schedules in words', () => {
    if (terms === null) throw new Error('the plan has a second rule')
    expect(limitsById(terms, plan.scheme)).toEqual({ blue: 75, yellow: 115, orange: 150, red: 250 })
    expect(scheduleText({ days: [1, 2], from: 450, to: 1440, zone: 'Asia/Shanghai' })).toBe(
      'Mon Tue 07:30–24:00 Asia/Shanghai',
    )
  })
})
