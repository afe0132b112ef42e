import type { AlertState, Entry } from '../services/core/alert.ts'
import type { Verb } from '../services/core/action.ts'
import type { Channel, Notice, Occasion } from '../services/core/notice.ts'
import type { Role } from '../services/core/person.ts'
import type { Trend } from '../services/core/incident.ts'

type Pair = { readonly zh: string; readonly en: string }

/** Where an alert stands. */
export const STATE: Readonly<Record<AlertState, Pair>> = {
  raised: { zh: '待确认', en: 'Not acknowledged' },
  acknowledged: { zh: '已确认', en: 'Acknowledged' },
  dispatched: { zh: '已派遣', en: 'Dispatched' },
  handled: { zh: '已处置', en: 'Handled' },
  verified: { zh: '已核查', en: 'Verified' },
  closed: { zh: '已关闭', en: 'Closed' },
}

/** What can be done, as a button says it. */
export const VERB: Readonly<Partial<Record<Verb, Pair>>> = {
  acknowledge: { zh: '确认', en: 'Acknowledge' },
  dispatch: { zh: '派遣', en: 'Dispatch' },
  whistle: { zh: '吹哨', en: 'Whistle' },
  'report-in': { zh: '报到', en: 'Report in' },
  handle: { zh: '处置完毕', en: 'Handled' },
  verify: { zh: '核查通过', en: 'Verify' },
  reject: { zh: '退回重办', en: 'Reject' },
  close: { zh: '关闭', en: 'Close' },
  reopen: { zh: '重新打开', en: 'Reopen' },
  shelve: { zh: '搁置', en: 'Shelve' },
  unshelve: { zh: '取消搁置', en: 'Unshelve' },
  note: { zh: '记一笔', en: 'Add a note' },
  silence: { zh: '静默', en: 'Silence' },
}

/** What was done, as a line of the record says it; `{who}` and the like are filled in. */
export const DONE: Readonly<Record<Entry['what'], Pair>> = {
  raise: { zh: '发起告警', en: 'raised it' },
  acknowledge: { zh: '确认', en: 'acknowledged' },
  dispatch: { zh: '派遣给{to}', en: 'dispatched {to}' },
  whistle: { zh: '吹哨，召集{to}', en: 'blew the whistle for {to}' },
  'report-in': { zh: '{unit}报到', en: '{unit} reported in' },
  handle: { zh: '处置完毕', en: 'says it is handled' },
  verify: { zh: '核查通过', en: 'verified' },
  reject: { zh: '核查退回', en: 'rejected: not done' },
  close: { zh: '关闭', en: 'closed' },
  reopen: { zh: '重新打开', en: 'reopened' },
  note: { zh: '备注', en: 'noted' },
  shelve: { zh: '搁置', en: 'shelved' },
  unshelve: { zh: '取消搁置', en: 'took it off the shelf' },
  see: { zh: '已看', en: 'saw it' },
  silence: { zh: '静默', en: 'silenced' },
  unsilence: { zh: '结束静默', en: 'ended the silence' },
  subscribe: { zh: '订阅', en: 'subscribed' },
  unsubscribe: { zh: '退订', en: 'unsubscribed' },
  roster: { zh: '更新值班表', en: 'set the roster' },
  cover: { zh: '替班', en: 'arranged a cover' },
  handover: { zh: '交班留言', en: 'left a handover note' },
  'save-rules': { zh: '保存规则', en: 'saved rules' },
  'publish-rules': { zh: '发布规则', en: 'published rules' },
  'sign-in': { zh: '登录', en: 'signed in' },
  'sign-out': { zh: '退出', en: 'signed out' },
  delivery: { zh: '通知送达', en: 'delivered' },
  severity: { zh: '等级变为{level}', en: 'Level is now {level}' },
  'condition-ended': { zh: '情况自行解除', en: 'The condition ended by itself' },
  'condition-back': { zh: '情况再次出现', en: 'The condition came back' },
  escalate: { zh: '升级通知{to}', en: 'Escalated to {to}' },
  warn: { zh: '时限将至', en: 'Time is running out' },
  overdue: { zh: '已超时', en: 'Overdue' },
  inhibited: { zh: '被更大的告警覆盖', en: 'Covered by a wider alert' },
  released: { zh: '不再被覆盖', en: 'No longer covered' },
  moved: { zh: '扩大或移动到别处', en: 'It has moved or grown' },
  merged: { zh: '并入另一告警', en: 'Became part of another alert' },
  'shelve-ended': { zh: '搁置到期', en: 'The shelving ran out' },
  missed: { zh: '未按时完成', en: 'Missed' },
}

/** Ways to a person. */
export const CHANNEL: Readonly<Record<Channel, Pair>> = {
  desk: { zh: '值班台', en: 'desk' },
  webhook: { zh: 'Webhook', en: 'webhook' },
  mail: { zh: '邮件', en: 'mail' },
  push: { zh: '推送', en: 'push' },
  mqtt: { zh: 'MQTT', en: 'MQTT' },
  cap: { zh: 'CAP', en: 'CAP' },
}

/** Why somebody was told. */
export const OCCASION: Readonly<Record<Occasion, Pair>> = {
  raised: { zh: '新告警', en: 'new' },
  graver: { zh: '加重', en: 'graver' },
  eased: { zh: '减轻', en: 'eased' },
  ended: { zh: '已解除', en: 'ended' },
  escalated: { zh: '升级', en: 'escalated' },
  warning: { zh: '将超时', en: 'running out' },
  overdue: { zh: '超时', en: 'overdue' },
  dispatched: { zh: '派遣', en: 'dispatched' },
  whistle: { zh: '吹哨', en: 'whistle' },
  repeat: { zh: '再次提醒', en: 'reminder' },
  reopened: { zh: '重新打开', en: 'reopened' },
  handled: { zh: '待核查', en: 'handled' },
  closed: { zh: '关闭', en: 'closed' },
  digest: { zh: '汇总', en: 'digest' },
}

/** What became of a notice, after the name of its channel. */
export const DELIVERY: Readonly<Record<Notice['state'], Pair>> = {
  queued: { zh: '待发', en: ' queued' },
  sent: { zh: '已送', en: ' sent' },
  failed: { zh: '失败', en: ' failed' },
  suppressed: { zh: '未发', en: ' held back' },
}

/** What people are. */
export const ROLE: Readonly<Record<Role, Pair>> = {
  viewer: { zh: '查看', en: 'Viewer' },
  officer: { zh: '值班员', en: 'Officer' },
  supervisor: { zh: '监督', en: 'Supervisor' },
  commander: { zh: '指挥', en: 'Commander' },
  vendor: { zh: '厂商', en: 'Vendor' },
  admin: { zh: '管理员', en: 'Administrator' },
}

/** Where an incident is going. */
export const TREND: Readonly<Record<Trend, Pair>> = {
  growing: { zh: '扩大', en: 'growing' },
  shrinking: { zh: '缩小', en: 'shrinking' },
  moving: { zh: '移动', en: 'moving' },
  steady: { zh: '稳定', en: 'steady' },
}
