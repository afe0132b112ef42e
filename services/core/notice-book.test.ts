import { describe, expect, it } from 'vitest'
import { clock } from '../testdata/timeline.ts'
import { ToldCity } from '../testdata/told-city.ts'
import type { AlertPolicy } from './alert-policy.ts'
import type { SilenceSpec } from './silence.ts'
import type { SubscriptionSpec } from './subscription.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

const wish = (part: Partial<SubscriptionSpec> = {}) => ({
  verb: 'subscribe' as const,
  subscription: {
    area: '32',
    rank: 1,
    category: '',
    schedule: null,
    channels: ['push'],
    ...part,
  } as SubscriptionSpec,
})
const hush = (part: Partial<SilenceSpec> = {}) => ({
  verb: 'silence' as const,
  silence: {
    reason: 'fireworks',
    from: clock('08:00'),
    until: clock('10:00'),
    area: '3201',
    ring: [],
    category: '',
    most: 3,
    ...part,
  },
})
const raised = { state: 'raised', rank: 2, peak: 2 } as const
const orange = { state: 'raised', rank: 3, peak: 3 } as const
const red = { state: 'raised', rank: 4, peak: 4 } as const
const duty = (...people: string[]) => ({
  to: people.map((person) => ({ person, why: 'duty' as const })),
  subscribers: false,
})

describe.each([
  ['one process', false],
  ['a restart before every tick', true],
])('telling people, by %s', (_, restarts) => {
  /** Li has asked for everything on push; it is 08:00. */
  const city = (part: Partial<AlertPolicy> = {}) => {
    const made = new ToldCity(part, restarts)
    made.act('li', wish()).at('08:00')
    return made
  }

  it('[NT10] tells each person once on each channel', () => {
    const run = city().act('li', wish({ area: '3201', channels: ['mail', 'push'] }))
    expect(run.alert('a1', raised, 'raised').at('08:05')).toEqual(['li mail raised a1', 'li push raised a1'])
    expect(run.last?.notices[0]).toMatchObject({ state: 'queued', settled: null, seen: null })
  })

  it('[NT11] tells what asks most of several events of a tick', () => {
    const run = city()
    run.alert('a1', raised, 'raised').alert('a1', {}, 'graver').alert('a1', {}, 'escalated', duty('li'))
    expect(run.at('08:05')).toEqual([
      'li desk escalated a1',
      'li push escalated a1',
      `li push raised a1 (grouped:n${clock('08:05').toString(36)}-2)`,
      `li push graver a1 (grouped:n${clock('08:05').toString(36)}-2)`,
    ])
  })

  it('[NT11] unites two events of one occasion', () => {
    const run = city()
    run.alert('a1', raised, 'escalated', duty('li')).alert('a1', {}, 'escalated', duty('wang', 'li'))
    expect(run.at('08:05')).toEqual([
      'li desk escalated a1',
      'li push escalated a1',
      'wang desk escalated a1',
    ])
  })

  it('[NT12] reaches who is told by office on all their channels at any hour', () => {
    const run = city()
    const hours = { days: [0], from: 0, to: 1, zone: 'Asia/Shanghai' }
    run.act('wang', wish({ area: '3202', channels: ['mail'], schedule: hours })).at('08:01')
    run.alert('a1', { ...raised, area: 8, areas: [8] }, 'raised', { ...duty('wang'), subscribers: true })
    expect(run.at('08:05')).toEqual(['wang desk raised a1', 'wang mail raised a1', 'li push raised a1'])
    expect(run.last?.notices.map(({ why }) => why)).toEqual([
      'duty',
      'duty',
      `subscription:s${clock('08:00').toString(36)}-1`,
    ])
  })

  it('[NT13] says aloud when nobody by that name can be told', () => {
    const run = city().alert('a1', raised, 'raised', duty('nobody'))
    expect(run.at('08:05')).toEqual(['nobody desk raised a1 (failed)'])
    expect(run.last?.notices[0]).toMatchObject({ why: 'unknown person', settled: clock('08:05') })
  })

  it('[NT14] tells the end to all who heard of the gravest', () => {
    const run = new ToldCity({}, restarts)
    run
      .act('li', wish({ rank: 4 }))
      .alert('a1', red, 'raised')
      .at('08:00')
    expect(run.alert('a1', { rank: 2 }, 'eased').at('08:05')).toEqual(['li push eased a1'])
    expect(run.alert('a1', { rank: 3 }, 'warning').at('08:06')).toEqual([])
    expect(run.alert('a1', { rank: 0, ended: clock('08:10') }, 'ended').at('08:10')).toEqual([
      'li push ended a1',
    ])
    expect(run.alert('a1', { state: 'closed' }, 'closed').at('08:15')).toEqual(['li push closed a1'])
  })

  it('[NT15] takes the desk for live, and marks what was seen', () => {
    const run = city().act('li', wish({ channels: ['desk'] }))
    expect(run.alert('a1', raised, 'raised').at('08:05')).toEqual(['li desk raised a1', 'li push raised a1'])
    expect(run.last?.notices[0]).toMatchObject({ state: 'sent', settled: clock('08:05') })
    run.act('li', { verb: 'see', alert: 'a1' }).act('wang', { verb: 'see', alert: 'a1' }).at('08:06')
    expect(run.last?.notices.map(({ channel, seen }) => [channel, seen])).toEqual([['desk', clock('08:06')]])
    expect(run.last?.outcomes).toMatchObject([
      { code: null, subject: 'a1' },
      { code: null, subject: 'a1' },
    ])
    run.act('li', { verb: 'see', alert: 'a2' }).at('08:07')
    expect(run.last?.outcomes).toMatchObject([{ code: 'AL-unknown', parameters: { value: 'a2' } }])
  })

  it('[NT16] proves delivery by person and channel', () => {
    const run = city().act('li', wish({ channels: ['mail', 'webhook'] }))
    run.alert('a1', raised, 'raised').at('08:05')
    const ids = run.last?.notices.map(({ id }) => id) ?? []
    const said = { verb: 'delivery', attempts: 1 } as const
    run.act('', { ...said, notice: ids[0] ?? '', channel: 'webhook', state: 'sent', why: '' })
    run.act('', { ...said, notice: ids[1] ?? '', channel: 'mail', state: 'failed', why: 'no mailbox x@y.cn' })
    run.act('', { ...said, notice: ids[0] ?? '', channel: 'webhook', state: 'failed', why: 'again' })
    run.at('08:06')
    expect(run.last?.notices).toMatchObject([
      { channel: 'webhook', state: 'sent', settled: clock('08:06') },
      { channel: 'mail', state: 'failed', why: 'refused by the receiver', settled: clock('08:06') },
    ])
    expect(run.last?.outcomes.map(({ code }) => code)).toEqual([null, null, null])
    run.act('zhao', { ...said, notice: ids[2] ?? '', channel: 'push', state: 'sent', why: '' }).at('08:07')
    expect(run.last?.outcomes).toMatchObject([{ code: 'AL-role' }])
    expect(run.last?.notices).toEqual([])
  })

  it('[NT20] mutes what a wider alert covers', () => {
    const run = city().alert('street', { ...orange, area: 1, areas: [1] }, 'raised')
    run.at('08:05')
    run.alert('cell', { ...raised, area: 5, areas: [5] }, 'raised')
    expect(run.at('08:06')).toEqual(['li push raised cell (inhibited:street)'])
    expect(run.last?.muted).toEqual(new Map([['cell', 'inhibited:street']]))
    expect(run.alert('cell', {}, 'warning').at('08:07')).toEqual(['li push warning cell (inhibited:street)'])
  })

  it('[NT21] mutes in the tick that raises both', () => {
    const run = city()
    run.alert('cell', { ...raised, area: 5, areas: [5] }, 'raised')
    run.alert('street', { ...orange, area: 1, areas: [1] }, 'raised')
    expect(run.at('08:05')).toEqual(['li push raised street', 'li push raised cell (inhibited:street)'])
  })

  it('[NT22] tells a muted alert once its cover ends', () => {
    const run = city()
    run.alert('cell', { ...raised, area: 5, areas: [5] }, 'raised')
    run.alert('street', { ...orange, area: 1, areas: [1] }, 'raised').at('08:05')
    run.alert('street', { ended: clock('08:20') }, 'ended')
    expect(run.at('08:20')).toEqual(['li push ended street', 'li push raised cell'])
    expect(run.last?.muted).toEqual(new Map([['cell', '']]))
    expect(run.alert('street', { state: 'closed' }, 'closed').at('08:30')).toEqual(['li push closed street'])
  })

  it('[NT22] says nothing of an acknowledged one when its cover closes', () => {
    const run = city()
    run.alert('cell', { ...raised, area: 5, areas: [5] }, 'raised')
    run.alert('street', { ...orange, area: 1, areas: [1] }, 'raised').at('08:05')
    run.alert('cell', { state: 'acknowledged' }).at('08:10')
    expect(run.alert('street', { state: 'closed' }).at('08:30')).toEqual([])
    expect(run.last?.muted).toEqual(new Map([['cell', '']]))
  })

  it('[NT22] tells who has it in hand that it grew graver unheard', () => {
    const run = city()
    run.alert('cell', { ...raised, area: 5, areas: [5] }, 'raised')
    run.alert('street', { ...orange, area: 1, areas: [1] }, 'raised').at('08:05')
    run.alert('cell', { state: 'acknowledged' }).at('08:10')
    run.alert('cell', { rank: 3 }, 'graver').at('08:11')
    expect(run.alert('street', { state: 'closed' }).at('08:30')).toEqual(['li push graver cell'])
  })

  it('[NT22] tells who took it, though they are not on duty', () => {
    const run = city()
    const inHand = { state: 'acknowledged', acknowledgedBy: 'wang', onDuty: ['li'] } as const
    run.alert('cell', { ...raised, area: 5, areas: [5] }, 'raised')
    run.alert('street', { ...orange, area: 1, areas: [1] }, 'raised').at('08:05')
    run.alert('cell', { ...inHand, rank: 3 }, 'graver').at('08:11')
    const told = run.alert('street', { state: 'closed' }).at('08:30')
    expect(told.filter((each) => each.includes('desk'))).toEqual([
      'wang desk graver cell',
      'li desk graver cell',
    ])
  })

  it('[NT23] lets a graver part speak', () => {
    const run = city().alert('street', { ...raised, area: 1, areas: [1] }, 'raised')
    run.at('08:05')
    expect(run.alert('cell', { ...red, area: 5, areas: [5] }, 'raised').at('08:06')).toEqual([
      'li push raised cell',
    ])
  })

  it('[NT24] keeps drills and other categories apart', () => {
    const run = city()
    run.alert('drill', { ...red, area: 0, areas: [0], exercise: true }, 'raised')
    run.alert('air', { ...red, area: 0, areas: [0], category: 'air' }, 'raised').at('08:05')
    expect(run.alert('cell', raised, 'raised').at('08:06')).toEqual(['li push raised cell'])
  })

  it('[NT25] never mutes an order', () => {
    const run = city().alert('street', { ...orange, area: 1, areas: [1] }, 'raised')
    run.alert('cell', { ...raised, area: 5, areas: [5] }, 'raised').at('08:05')
    const to = [{ person: 'wang', why: 'dispatched' as const }]
    run.alert('cell', { state: 'dispatched' }, 'dispatched', { to, subscribers: false })
    expect(run.at('08:06')).toEqual(['wang desk dispatched cell'])
  })

  it('[NT30] keeps back what a silence covers, up to its rank', () => {
    const run = city().act('chen', hush())
    run.alert('a1', raised, 'raised').alert('a2', { ...red, area: 5, areas: [5], category: 'air' }, 'raised')
    run.alert('a3', { ...raised, area: 8, areas: [8] }, 'raised')
    const id = `q${clock('08:05').toString(36)}-1`
    expect(run.at('08:05')).toEqual([
      'li push raised a2',
      `li push raised a1 (silence:${id})`,
      'li push raised a3',
    ])
    expect(run.last?.silences).toMatchObject([{ id, by: 'chen', area: '3201', endedBy: '' }])
    expect(run.last?.muted).toEqual(new Map([['a1', `silence:${id}`]]))
    expect(run.alert('a1', { rank: 4 }, 'graver').at('08:20')).toEqual([
      'li push raised a1',
      expect.stringMatching(/^li push graver a1 \(grouped:/),
    ])
    expect(run.alert('a1', { rank: 1 }, 'eased').at('08:30')).toEqual(['li push eased a1'])
  })

  it('[NT31] tells what is unacknowledged when a silence ends, once', () => {
    const run = city().act('chen', hush()).alert('a1', raised, 'raised')
    run.alert('a2', { ...raised, area: 5, areas: [5] }, 'raised').at('08:05')
    run.alert('a2', { state: 'acknowledged' }).at('08:30')
    expect(run.at('09:59')).toEqual([])
    expect(run.at('10:00')).toEqual(['li push raised a1'])
    expect(run.at('10:01')).toEqual([])
  })

  it('[NT31] reminds of what was told before the silence began', () => {
    const run = city().alert('a1', raised, 'raised')
    run.act('chen', hush({ from: clock('09:00') })).at('08:05')
    expect(run.last?.muted.size).toBe(0)
    run.at('09:00')
    expect(run.last?.muted.size).toBe(1)
    expect(run.at('10:00')).toEqual(['li push repeat a1'])
  })

  it('[NT31] ends a silence at the word of its author or whoever answers for the place', () => {
    const run = city().act('chen', hush()).alert('a1', raised, 'raised')
    run.at('08:05')
    const [silence = ''] = run.last?.silences.map(({ id }) => id) ?? []
    const other = { person: 'gu', role: 'commander', area: '3202', unit: '' } as const
    run.act(other, { verb: 'unsilence', silence, comment: '' }).at('08:06')
    expect(run.last?.outcomes).toMatchObject([{ code: 'AL-area', parameters: { value: '3201' } }])
    run.act('sun', { verb: 'unsilence', silence, comment: 'over' })
    expect(run.at('08:07')).toEqual(['li push raised a1'])
    expect(run.last?.silences).toMatchObject([{ id: silence, endedBy: 'sun', until: clock('08:07') }])
    run.act('sun', { verb: 'unsilence', silence, comment: 'over' }).at('08:08')
    expect(run.last?.outcomes).toMatchObject([{ code: 'AL-unknown', subject: silence }])
  })

  it('[NT32] keeps a drawn silence to areas with their centre in the ring', () => {
    const ring: readonly (readonly [number, number])[] = [
      [118, 32],
      [118.02, 32],
      [118.02, 32.01],
      [118, 32.01],
      [118, 32],
    ]
    const run = city().act('chen', hush({ area: '', ring }))
    run.alert('a1', { ...raised, area: 1, areas: [4, 5] }, 'raised')
    run.alert('a2', { ...raised, area: 1, areas: [5, 6], category: 'air' }, 'raised')
    expect(run.at('08:05')).toEqual([
      expect.stringMatching(/^li push raised a1 \(silence:/),
      'li push raised a2',
    ])
    expect(run.last?.silences).toMatchObject([{ area: '3201' }])
    run.alert('a1', { areas: [4, 5, 6] })
    expect(run.at('08:06')).toEqual(['li push raised a1'])
  })

  it('[NT35] keeps back what is shelved', () => {
    const run = city().alert('a1', raised, 'raised')
    run.at('08:05')
    const shelved = { at: clock('08:06'), until: clock('09:00'), by: 'li', reason: 'crane' }
    expect(run.alert('a1', { shelved }, 'warning').at('08:06')).toEqual(['li push warning a1 (shelved)'])
    expect(run.last?.muted).toEqual(new Map([['a1', 'shelved']]))
    expect(run.alert('a1', { shelved: null }).at('09:00')).toEqual(['li push repeat a1'])
  })

  it('[NT36] keeps back what a maintenance window covers, in local hours', () => {
    const schedule = { days: [0], from: 16 * 60 + 10, to: 16 * 60 + 30, zone: 'Asia/Shanghai' }
    const maintenance = [{ name: 'pump-1', area: '3201', category: 'noise', schedule }]
    const run = city({ maintenance }).alert('a1', raised, 'raised')
    expect(run.at('08:05')).toEqual(['li push raised a1'])
    run.alert('a2', { ...raised, area: 5, areas: [5] }, 'raised')
    expect(run.at('08:10')).toEqual(['li push raised a2 (maintenance:pump-1)'])
    expect([...(run.last?.muted.keys() ?? [])]).toEqual(['a1', 'a2'])
    expect(run.at('08:30')).toEqual(['li push repeat a1', 'li push raised a2'])
  })

  it('[NT3] keeps to the hours of a subscription and says so', () => {
    const schedule = { days: [0], from: 17 * 60, to: 18 * 60, zone: 'Asia/Shanghai' }
    const run = new ToldCity({}, restarts).act('li', wish({ schedule }))
    expect(run.alert('a1', raised, 'raised').at('08:59')).toEqual(['li push raised a1 (schedule)'])
    expect(run.alert('a1', {}, 'graver').at('09:00')).toEqual(['li push graver a1'])
  })

  it('[NT40] tells again of what nobody acknowledges', () => {
    const run = city({ repeatMs: 15 * MINUTE }).alert('a1', { ...raised, onDuty: ['wang'] }, 'raised')
    run.at('08:00')
    expect(run.at('08:14')).toEqual([])
    expect(run.at('08:15')).toEqual(['wang desk repeat a1', 'li push repeat a1'])
    run.alert('a1', { rank: 3 }, 'graver').at('08:20')
    expect(run.at('08:30')).toEqual([])
    expect(run.at('08:35')).toEqual(['wang desk repeat a1', 'li push repeat a1'])
    run.alert('a1', { state: 'acknowledged' }).at('08:40')
    expect(run.at('10:00')).toEqual([])
  })

  it('[NT41] does not repeat what is muted', () => {
    const run = city({ repeatMs: 15 * MINUTE })
      .act('chen', hush())
      .alert('a1', raised, 'raised')
    run.at('08:05')
    expect(run.at('09:30')).toEqual([])
    expect(run.at('10:00')).toEqual(['li push raised a1'])
    expect(run.at('10:15')).toEqual(['li push repeat a1'])
  })

  it('[NT42] holds back what exceeds the rate and gives one digest', () => {
    const run = city({ rate: { most: 2, perMs: 10 * MINUTE } }).act(
      'li',
      wish({ channels: ['mail', 'desk'] }),
    )
    for (const id of ['a1', 'a2', 'a3', 'a4'])
      run.alert(id, { ...raised, category: id, rank: id === 'a4' ? 1 : 2, peak: 2 }, 'raised')
    expect(run.at('08:05')).toEqual([
      ...['desk', 'mail', 'push'].map((channel) => `li ${channel} raised a1`),
      ...['desk', 'mail', 'push'].map((channel) => `li ${channel} raised a2`),
      ...['desk', 'mail (rate)', 'push (rate)'].map((word) => {
        const [channel, by] = word.split(' ')
        return `li ${channel} raised a3${by === undefined ? '' : ` ${by}`}`
      }),
      'li desk raised a4',
      'li mail raised a4 (rate)',
      'li push raised a4 (rate)',
    ])
    expect(run.at('08:14')).toEqual([])
    expect(run.at('08:15')).toEqual(['li mail digest a3+a4', 'li push digest a3+a4'])
    expect(run.at('08:40')).toEqual([])
    expect([...run.state.keys()].filter((key) => key.startsWith('b/'))).toEqual([])
  })

  it('[NT43] lets the gravest, orders and escalations through', () => {
    const run = city({ rate: { most: 1, perMs: 10 * MINUTE } })
    run.alert('a1', raised, 'raised').alert('a2', { ...red, category: 'air' }, 'raised')
    run.alert('a3', { ...raised, area: 8, areas: [8] }, 'escalated', duty('li'))
    run.alert('a4', { ...raised, area: 12, areas: [12] }, 'raised')
    expect(run.at('08:05')).toEqual([
      'li push raised a2',
      'li push raised a1 (rate)',
      'li desk escalated a3',
      'li push escalated a3',
      'li push raised a4 (rate)',
    ])
  })

  it('[NT44] sends no digest of what is all over', () => {
    const run = city({ rate: { most: 1, perMs: 10 * MINUTE } })
    run.alert('a1', raised, 'raised').at('08:05')
    run.alert('a2', { ...raised, category: 'air' }, 'raised').at('08:06')
    run.alert('a2', { state: 'closed' }, 'closed').at('08:07')
    expect(run.at('08:15')).toEqual(['li push digest a2 (over)'])
    expect([...run.state.keys()].filter((key) => key.startsWith('n/')).length).toBe(1)
  })

  it('[NT51] lets notices leave with their alert once they are settled', () => {
    const run = city().act('li', wish({ channels: ['desk'] }))
    run.alert('a1', raised, 'raised').at('08:05')
    run.alert('a1', { state: 'closed' }, 'closed').at('08:06')
    const kept = () => [...run.state.keys()].filter((key) => /^[nu]\//.test(key)).length
    expect(kept()).toBe(2)
    for (const key of [...run.state.keys()].filter((each) => each.startsWith('n/')))
      run.act('', {
        verb: 'delivery',
        notice: key.slice(2),
        channel: 'push',
        state: 'sent',
        why: '',
        attempts: 1,
      })
    run.at('08:07')
    expect(run.last?.notices.map(({ state }) => state)).toEqual(['sent', 'sent'])
    expect(kept()).toBe(0)
  })

  it('[NT33] forgets a silence a day after its end', () => {
    const run = city().act('chen', hush())
    run.at('08:05')
    run.at('10:00')
    const kept = () => [...run.state.keys()].filter((key) => key.startsWith('q/')).length
    run.at(clock('10:00') + 24 * HOUR - 1000)
    expect(kept()).toBe(1)
    run.at(clock('10:00') + 24 * HOUR)
    expect(kept()).toBe(0)
  })
})
