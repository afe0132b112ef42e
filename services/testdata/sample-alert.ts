import type { Alert, Entry } from '../core/alert.ts'
import type { AlertPolicy } from '../core/alert-policy.ts'
import type { Notice } from '../core/notice.ts'
import type { Plan } from '../core/plan.ts'
import { render } from '../core/letter-text.ts'
import type { Letter } from '../ports.ts'

/** 22 November 2026, 08:05 in Shanghai. */
export const RAISED = Date.UTC(2026, 10, 22, 0, 5)
export const MINUTE = 60_000

/** A line of a record, by the program where no person is named. */
export function entryOf(what: Entry['what'], at: number, part: Partial<Entry> = {}): Entry {
  return { at, what, person: '', role: '', unit: '', comment: '', rank: 3, ...part }
}

/** An orange alert of two cells of the first street of a small city (areas 3 and 4), raised at {@link RAISED}. */
export function alertOf(part: Partial<Alert> = {}): Alert {
  return {
    id: 'amia2-1',
    incident: 'imia2-1',
    number: 3,
    category: 'air',
    headline: '',
    exercise: false,
    area: 1,
    areas: [3, 4],
    rank: 3,
    peak: 3,
    worst: { area: 3, rule: 'pm25-high', value: 161.25, limit: 150 },
    state: 'raised',
    raised: RAISED,
    since: RAISED,
    ended: null,
    closed: null,
    done: { acknowledge: null, dispatch: null, handle: null, verify: null },
    unit: '',
    person: '',
    acknowledgedBy: '',
    handledBy: '',
    deadlines: [
      {
        duty: 'acknowledge',
        due: RAISED + 10 * MINUTE,
        warnAt: RAISED + 7 * MINUTE,
        warned: false,
        overdue: false,
      },
    ],
    missed: [],
    step: 0,
    onDuty: ['li'],
    stepDue: null,
    byDefault: false,
    whistle: null,
    shelved: null,
    mutedBy: '',
    record: [entryOf('raise', RAISED)],
    ...part,
  }
}

/** A policy that names the categories of the small city; everything else is at its simplest. */
export function simplePolicy(part: Partial<AlertPolicy> = {}): AlertPolicy {
  return {
    version: 'p1',
    incidents: { rank: 2, by: 'category', gap: 0, gapMetres: 5, offDelayMs: 120_000 },
    categoryOf: new Map([
      ['pm25-high', 'air'],
      ['noise-calls', 'noise'],
    ]),
    categories: new Map([
      ['air', { id: 'air', name: { zh: '空气', en: 'Air' } }],
      ['noise', { id: 'noise', name: { zh: '噪声', en: 'Noise' } }],
    ]),
    limits: () => ({ acknowledge: 600_000, dispatch: 1_200_000, handle: 14_400_000, verify: 86_400_000 }),
    warnAfter: 0.75,
    stepMs: 300_000,
    repeatMs: 900_000,
    rate: { most: 20, perMs: 600_000 },
    reportInMs: 900_000,
    historyMs: 7_776_000_000,
    fallback: 'li',
    people: new Map(),
    defaults: new Map(),
    maintenance: [],
    units: new Map([['water', { zh: '水务', en: 'Water' }]]),
    exercise: false,
    ...part,
  }
}

/** A queued notice of {@link alertOf} to the officer on duty. */
export function noticeOf(part: Partial<Notice> = {}): Notice {
  return {
    id: 'nmia2-1',
    at: RAISED,
    person: 'li',
    channel: 'webhook',
    occasion: 'raised',
    alerts: ['amia2-1'],
    state: 'queued',
    by: '',
    why: 'duty',
    settled: null,
    seen: null,
    ...part,
  }
}

/** A letter as the outbox makes it. */
export function letterOf(plan: Plan, to: string, notice = noticeOf(), alerts = [alertOf()]): Letter {
  return {
    notice,
    alerts,
    person: {
      id: 'li',
      name: { zh: '李', en: 'Li' },
      role: 'officer',
      area: '3201',
      unit: 'water',
    },
    to,
    ...render(notice, alerts, 'zh', plan, simplePolicy()),
    link: 'https://qingyu.example/desk?alert=amia2-1',
  }
}
