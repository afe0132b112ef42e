import type { RulesText, RuleVersion } from '../../services/core/rules-wire.ts'
import { BEGIN, doc, VERSION_AT } from './analyst-days.ts'

const HOUR = 3_600_000

const rule = (id: string, zh: string, en: string, limits: Record<string, number>, more: object = {}) => ({
  id,
  name: { zh, en },
  indicator: 'water.level',
  level: 'cell',
  window: 30_000,
  fold: 'mean',
  direction: 'above',
  limits,
  deadband: 0.01,
  onDelay: 5000,
  offDelay: 30_000,
  minSamples: 1,
  minSources: 1,
  overrides: {},
  ...more,
})

export const RULES: RulesText = {
  rules: [
    rule(
      'flooding',
      '道路积水',
      'Flooded road',
      { blue: 0.06, yellow: 0.1, orange: 0.15, red: 0.3 },
      {
        overrides: { [doc.codes[60] ?? '']: { limits: { blue: 0.1, yellow: 0.15, orange: 0.2, red: 0.4 } } },
      },
    ),
    rule(
      'crowd',
      '人群聚集',
      'Crowd',
      { blue: 200, yellow: 350, orange: 500, red: 700 },
      { indicator: 'people.count' },
    ),
    rule(
      'noise-day',
      '昼间噪声',
      'Noise by day',
      { blue: 70, yellow: 75, orange: 80, red: 90 },
      {
        indicator: 'noise.level',
        minSamples: 2,
        schedule: { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '06:00', to: '22:00' },
      },
    ),
    rule(
      'jam',
      '交通拥堵',
      'Traffic jam',
      { blue: 20, yellow: 15, orange: 10, red: 6 },
      { indicator: 'traffic.speed', direction: 'below' },
    ),
    rule(
      'dust',
      '扬尘',
      'Dust',
      { blue: 75, yellow: 115, orange: 150, red: 250 },
      { indicator: 'pm25', window: 180_000 },
    ),
  ],
  parents: [{ level: 'medium', kind: 'worst' }],
}

export const VERSIONS: readonly RuleVersion[] = [
  {
    version: 'c0ffee0011223344',
    name: '汛期限值',
    saved: VERSION_AT - HOUR,
    by: 'jinglei',
    published: [{ at: VERSION_AT, by: 'jinglei', why: '暴雨预报：积水限值下调' }],
    current: true,
    pending: false,
    file: false,
    text: RULES,
  },
  {
    version: '0011223344556677',
    name: '',
    saved: BEGIN,
    by: '',
    published: [{ at: BEGIN, by: '', why: '' }],
    current: false,
    pending: false,
    file: true,
    text: RULES,
  },
]

/** What the room reads out of any file: the flood limits lower. */
export const TRIED: RulesText = {
  ...RULES,
  rules: RULES.rules.map((one) =>
    one.id === 'flooding' ? { ...one, limits: { blue: 0.06, yellow: 0.1, orange: 0.12, red: 0.3 } } : one,
  ),
}
