import type { Knowledge } from '../../services/core/history-wire.ts'
import type { BundleView, DrillScore } from '../../services/core/replay-wire.ts'
import { alerts, BEGIN, doc, incidents, LIVE } from './analyst-days.ts'

const HOUR = 3_600_000

export const BUNDLES: readonly BundleView[] = [
  {
    id: '00000000000000b1',
    name: '文澜路积水 11-20',
    city: doc.name,
    grid: doc.grid,
    from: BEGIN + 40 * HOUR,
    to: BEGIN + 43 * HOUR,
    bytes: 1_843_200,
    made: LIVE - 20 * HOUR,
    signature: 'own',
    key: 'ab12:cd34:ef56:7890:ab12:cd34',
    incident: incidents[3]?.id ?? '',
    source: 'kept',
  },
  {
    id: '00000000000000b2',
    name: '',
    city: { zh: '龙岗区', en: 'Longgang' },
    grid: '00000000000000ff',
    from: BEGIN,
    to: BEGIN + HOUR,
    bytes: 412_000,
    made: LIVE - 200 * HOUR,
    signature: 'unknown',
    key: '99aa:bb00:1122:3344:5566:7788',
    incident: '',
    source: 'brought',
  },
]

/** Who knew what when of an alert. */
export function knowledgeOf(alert: string): Knowledge {
  const found = alerts.find(({ id }) => id === alert)
  const at = found?.raised ?? BEGIN
  const line = (after: number, person: string, what: string, channel = '') => ({
    at: at + after,
    person,
    role: 'officer',
    what,
    channel,
    rank: found?.peak ?? 2,
    state: 'raised',
    detail: '',
  })
  return {
    alert,
    lines: [
      line(0, '', 'raised'),
      line(1000, 'xiaoyu', 'told', 'desk'),
      line(2000, 'xiaoyu', 'delivered', 'desk'),
      line(48_000, 'xiaoyu', 'seen'),
      line(120_000, 'xiaoyu', 'acknowledge'),
      line(260_000, 'xingye', 'dispatch'),
    ],
  }
}

const step = (
  duty: 'acknowledge' | 'dispatch' | 'handle' | 'verify',
  took: number | null,
  limit: number,
  life: number,
) => ({
  duty,
  took,
  limit,
  by: took === null ? '' : 'xiaoyu',
  life,
  inTime: took === null ? null : took <= limit,
})

export const SCORE: DrillScore = {
  state: 'running',
  from: BEGIN,
  at: BEGIN + HOUR,
  hastened: 0,
  alerts: [1, 2, 3].map((n) => ({
    id: `a${n}`,
    number: n,
    headline: '',
    rank: 5 - n,
    raised: BEGIN,
    state: n === 1 ? 'closed' : 'acknowledged',
    steps: [
      step('acknowledge', 71_000 * n, 120_000, 95_000),
      step('dispatch', n === 3 ? null : 240_000, 300_000, 260_000),
      step('handle', n === 1 ? 1_500_000 : null, 1_800_000, 2_100_000),
      step('verify', n === 1 ? 300_000 : null, 900_000, 400_000),
    ],
  })),
  people: [
    { person: 'xiaoyu', acts: 7, refused: 1, acknowledge: 71_000 },
    { person: 'xingye', acts: 3, refused: 0, acknowledge: null },
  ],
  inTime: 0.83,
  overdue: 1,
}
