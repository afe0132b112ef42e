import { describe, expect, it } from 'vitest'
import { alertOf, MINUTE, noticeOf, RAISED, simplePolicy } from '../testdata/sample-alert.ts'
import { smallPlan } from '../testdata/small-city.ts'
import type { Alert, Duty } from './alert.ts'
import { noted } from './alert-entry.ts'
import { CHANNELS, type Notice, type Occasion } from './notice.ts'
import { render } from './letter-text.ts'

const plan = smallPlan()
const policy = simplePolicy()

const zh = (notice: Partial<Notice> = {}, alert: Partial<Alert> = {}) =>
  render(noticeOf(notice), [alertOf(alert)], 'zh', plan, policy)
const en = (notice: Partial<Notice> = {}, alert: Partial<Alert> = {}) =>
  render(noticeOf(notice), [alertOf(alert)], 'en', plan, policy)
/** The line of a body that begins with a word. */
const line = (body: string, head: string) => body.split('\n').find((each) => each.startsWith(head)) ?? ''
const clock = (duty: Duty, minutes: number, warned = false, overdue = false) => ({
  duty,
  due: RAISED + minutes * MINUTE,
  warnAt: RAISED,
  warned,
  overdue,
})

describe('letters', () => {
  it('[CH70] say what, where, how grave, since when, value, state, what is asked by when, and why', () => {
    expect(zh().body.split('\n')).toEqual([
      'Ⅱ级橙色 空气 3201区：新警情',
      '地点：3201区，2个网格',
      '起始：08:05',
      '实测：细颗粒物 161.3 µg/m³，限值 150 µg/m³',
      '状态：待确认',
      '要求：请在 08:15 前确认',
      '缘由：您正在值班',
    ])
    expect(en().body.split('\n')).toEqual([
      'Ⅱ Orange Air 3201: new alert',
      'Where: 3201, 2 cells',
      'Since: 08:05',
      'Measured: PM2.5 161.3 µg/m³, limit 150 µg/m³',
      'State: raised',
      'Asked: please acknowledge by 08:15',
      'Because: you are on duty',
    ])
  })

  it('[CH71] say a drill before all else, whoever marked it', () => {
    expect(zh({}, { exercise: true }).subject).toBe('【演练 Exercise】Ⅱ级橙色 空气 3201区：新警情')
    const drilling = render(noticeOf(), [alertOf()], 'en', plan, simplePolicy({ exercise: true }))
    expect(drilling.subject).toMatch(/^【演练 Exercise】/)
  })

  it('[CH72] tell times on the clocks of the city, with the date on another day', () => {
    const late = { at: RAISED + 24 * 60 * MINUTE, occasion: 'repeat' } as const
    expect(line(zh(late).body, '起始')).toBe('起始：11月22日 08:05')
    expect(line(en(late).body, 'Since')).toBe('Since: 22 Nov 08:05')
    expect(line(zh(late).body, '要求')).toBe('要求：请立即确认（期限 11月22日 08:15）')
  })

  it('[CH73] ask for the duty of their occasion', () => {
    const asked = (occasion: Occasion, ...deadlines: Alert['deadlines']) =>
      line(en({ occasion }, { deadlines }).body, 'Asked')
    expect(asked('dispatched', clock('handle', 240))).toBe('Asked: please handle by 12:05')
    expect(asked('whistle', clock('handle', 240), clock('report-in', 15))).toBe(
      'Asked: please report in by 08:20',
    )
    expect(asked('handled', clock('verify', 30))).toBe('Asked: please verify by 08:35')
    expect(asked('warning', clock('dispatch', 20, true), clock('handle', 240))).toBe(
      'Asked: please dispatch by 08:25',
    )
    expect(asked('overdue', clock('acknowledge', 0, true, true))).toBe(
      'Asked: acknowledge at once (was due 08:05)',
    )
    expect(asked('raised')).toBe('Asked: please acknowledge')
    expect(asked('closed')).toBe('Asked: nothing, for your information')
  })

  it('[CH74] say why this person is told', () => {
    const why = (text: string, part: Partial<Alert> = {}) =>
      line(en({ why: text, person: 'desk' }, part).body, 'Because').slice('Because: '.length)
    expect(why('duty')).toBe('you are on duty')
    expect(why('duty', { byDefault: true })).toBe('nobody stands on the roster and you are the named default')
    const { record } = noted(alertOf(), RAISED, 'escalate', { comment: 'default:desk' })
    expect(why('duty', { record })).toBe('nobody on duty took it and you are the named default')
    expect(why('dispatched')).toBe('it was dispatched to you or your unit')
    expect(why('whistle')).toBe('your unit was called by whistle')
    expect(why('subscription:s1-1')).toBe('you subscribed to it')
    expect(why('role')).toBe('your role is told of it')
  })

  it('[CH75] say that the condition is over, and how grave it was', () => {
    const { subject, body } = zh(
      { occasion: 'ended', at: RAISED + 9 * MINUTE },
      { rank: 0, ended: RAISED + 9 * MINUTE },
    )
    expect(subject).toBe('Ⅱ级橙色 空气 3201区：现象已消失，未关闭')
    expect(line(body, '状态')).toBe('状态：待确认，现象 08:14 消失')
  })

  it('[CH76] fit a lock screen and one message, whatever was written', () => {
    const wordy = '很长的标题\r\n'.repeat(400)
    const { subject, body } = zh({}, { headline: wordy })
    expect(subject.length).toBeLessThanOrEqual(120)
    expect(subject).not.toMatch(/[\r\n]/)
    expect(body.length).toBeLessThanOrEqual(2_000)
    const forged = zh({}, { headline: 'a\n要求：无\u202e' }).body
    expect(forged.split('\n')[0]).toBe('Ⅱ级橙色 a 要求：无 3201区：新警情')
  })

  it('[CH77] gather a digest, gravest first, and count what they do not name', () => {
    const ids = Array.from({ length: 30 }, (_, n) => `a1-${n}`)
    const alerts = ids.slice(0, 25).map((id, n) => alertOf({ id, rank: n === 7 ? 4 : 2, exercise: n === 3 }))
    const notice = noticeOf({ occasion: 'digest', alerts: ids })
    const { subject, body } = render(notice, alerts, 'zh', plan, policy)
    expect(subject).toBe('汇总：30件警情，最高Ⅰ级红色')
    const lines = body.split('\n')
    expect(lines[1]).toBe('Ⅰ级红色 空气 3201区 待确认 08:05')
    expect(lines).toHaveLength(22)
    expect(lines.at(-1)).toBe('另有10件，见工作台')
    expect(lines.filter((each) => each.startsWith('【演练 Exercise】'))).toHaveLength(1)
    const english = render(
      noticeOf({ occasion: 'digest' }),
      [alertOf({ exercise: true })],
      'en',
      plan,
      policy,
    )
    expect(english.subject).toBe('【演练 Exercise】Digest: 1 alert, gravest Ⅱ Orange')
  })

  it('[CH78] are made for every occasion and channel, also without the alert', () => {
    const occasions: readonly Occasion[] = [
      'raised',
      'graver',
      'eased',
      'ended',
      'escalated',
      'warning',
      'overdue',
      'dispatched',
      'whistle',
      'repeat',
      'reopened',
      'handled',
      'closed',
      'digest',
    ]
    for (const occasion of occasions)
      for (const channel of CHANNELS)
        for (const alerts of [[], [alertOf()]])
          for (const language of ['zh', 'en'] as const) {
            const { subject, body } = render(noticeOf({ occasion, channel }), alerts, language, plan, policy)
            expect(subject + body).not.toMatch(/undefined|null|NaN/)
            expect(subject).not.toBe('')
          }
  })
})
