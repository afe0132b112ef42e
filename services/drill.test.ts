import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AlertAnswer } from './core/desk-wire.ts'
import type { DrillScore, ReplayView, Timeline } from './core/replay-wire.ts'
import { openDrillRoom, PATIENCE, type DrillRoom, type Somebody } from './testdata/drill-room.ts'

const SECOND = 1000
/** What live writes down of itself meanwhile. */
const BY_ITSELF = ['sign-in', 'delivery', 'roster', 'see']

describe('a drill', { timeout: 180_000 }, () => {
  let room: DrillRoom

  const steer = (drill: ReplayView, verb: string, body: unknown = {}, who = room.supervisor) =>
    who.ask('POST', `api/v1/replays/${drill.id}/${verb}`, body)
  const end = (drill: ReplayView) => room.supervisor.ask('DELETE', `api/v1/replays/${drill.id}`)

  beforeAll(async () => {
    room = await openDrillRoom(12 * SECOND)
  }, 180_000)

  afterAll(async () => {
    await room?.close()
  })

  it('[DR1] is opened by who may, with people who may act', async () => {
    const { officer, supervisor, lived } = room
    const open = (who: Somebody, more: object) =>
      who.ask('POST', 'api/v1/replays', { kind: 'drill', incident: lived.incident, ...more })
    expect((await open(officer, { people: ['officer'] })).status).toBe(403)
    for (const people of [[], ['offcer'], ['viewer']])
      expect(await open(supervisor, { people })).toMatchObject({ status: 422, body: { code: 'RY-field' } })
    const replay = { at: lived.raised, people: ['officer'] }
    expect((await supervisor.ask('POST', 'api/v1/replays', replay)).status).toBe(422)
  })

  it('[DR4] [DR7] lets trainees act, and neither live nor anybody outside hears of it', async () => {
    const { officer, night, supervisor, commander, lived } = room
    const told = room.told()
    const onDuty = async () => ({ ...(await officer.get<object>('api/v1/roster?area=320113010')), at: 0 })
    const before = {
      alerts: await officer.alerts(),
      roster: await onDuty(),
      audit: await supervisor.get('api/v1/audit'),
    }
    const drill = await room.open(['officer', 'supervisor', 'commander'])
    const path = drill.path.slice(1)
    expect(await officer.alerts(path)).toEqual([])
    await steer(drill, 'play')
    await expect
      .poll(async () => (await officer.alerts(path)).map(({ id }) => id), PATIENCE)
      .toEqual([lived.id])
    const [mine] = await officer.alerts(path)
    expect(mine).toMatchObject({
      exercise: true,
      state: 'raised',
      acknowledgedBy: '',
      onDuty: ['officer'],
      mine: true,
    })
    const act = (who: Somebody, verb: string, body: object = { comment: '' }) =>
      who.ask('POST', `${path}api/v1/alerts/${lived.id}/${verb}`, body)
    expect(await act(night, 'acknowledge')).toMatchObject({ status: 403, body: { code: 'RY-drill' } })
    expect(await act(officer, 'acknowledge')).toMatchObject({ status: 200 })
    const whistle = { units: ['water'], by: lived.raised + 60 * SECOND, comment: '' }
    expect((await act(commander, 'whistle', whistle)).status).toBe(200)
    // Nobody verifies their own work, here either; and what was never handled cannot be verified.
    expect((await act(supervisor, 'verify')).status).toBe(409)
    const wish = { rank: 1, category: '', schedule: null, channels: ['mail'] }
    expect(await officer.ask('POST', `${path}api/v1/subscriptions`, wish)).toMatchObject({
      body: { code: 'RY-drill' },
    })
    const { told: notices, alert } = await officer.get<AlertAnswer>(`${path}api/v1/alerts/${lived.id}`)
    expect(alert.state).toBe('acknowledged')
    expect(new Set(notices.map(({ channel }) => channel))).toEqual(new Set(['desk']))
    expect(new Set(notices.map(({ person }) => person))).toEqual(
      new Set(['officer', 'commander', 'supervisor']),
    )
    const score = await supervisor.get<DrillScore>(`api/v1/replays/${drill.id}/score`)
    const [step] = score.alerts[0]?.steps ?? []
    expect(step).toMatchObject({ duty: 'acknowledge', by: 'officer', inTime: true, limit: 3600 * SECOND })
    expect(step?.life).toBe((lived.since ?? 0) - lived.raised)
    expect(score.people).toMatchObject([
      { person: 'commander', acts: 1, refused: 0, acknowledge: null },
      { person: 'officer', acts: 1, refused: 0, acknowledge: step?.took },
      { person: 'supervisor', acts: 0, refused: 1, acknowledge: null },
    ])
    const { body: table } = await supervisor.ask('GET', `api/v1/replays/${drill.id}/score.csv`)
    expect(String(table).split('\r\n')[1]).toContain(`${lived.id},1,`)
    await end(drill)
    expect((await supervisor.ask('GET', `api/v1/replays/${drill.id}/score`)).status).toBe(404)
    expect({
      alerts: await officer.alerts(),
      roster: await onDuty(),
      audit: await supervisor.get('api/v1/audit'),
    }).toEqual(before)
    expect(room.told()).toEqual(told)
    // The log itself: what is archived of the time of the drill holds no act of anybody.
    const now = Date.now()
    const line = () =>
      supervisor.get<Timeline>(`api/v1/timeline?from=${lived.raised - 60_000}&to=${Date.now()}`)
    await expect.poll(async () => (await line()).held.at(-1)?.to ?? 0, PATIENCE).toBeGreaterThan(now)
    const acts = (await line()).actions.filter(({ verb }) => !BY_ITSELF.includes(verb))
    expect(acts.map(({ verb, person }) => `${person} ${verb}`)).toEqual(['night acknowledge'])
  })

  it('[DR5] goes only forwards, is steered by who may, and ends', async () => {
    const { officer, supervisor, lived } = room
    const drill = await room.open(['officer'], { to: lived.raised + 3 * SECOND })
    for (const [verb, body] of [
      ['seek', { at: lived.raised }],
      ['step', { ticks: -1 }],
      ['loop', { from: drill.from, to: drill.to }],
    ] as const)
      expect(await steer(drill, verb, body)).toMatchObject({ status: 422, body: { code: 'RY-field' } })
    expect((await steer(drill, 'play', {}, officer)).status).toBe(403)
    expect((await officer.ask('DELETE', `api/v1/replays/${drill.id}`)).status).toBe(403)
    await steer(drill, 'rate', { rate: 60 })
    await steer(drill, 'play')
    const view = () => supervisor.get<ReplayView>(`api/v1/replays/${drill.id}`)
    await expect.poll(async () => (await view()).state, PATIENCE).toBe('ended')
    const score = await officer.get<DrillScore>(`api/v1/replays/${drill.id}/score`)
    expect(score).toMatchObject({ state: 'over', at: (await view()).at })
    expect(score.hastened).toBeGreaterThan(0)
    expect((await steer(drill, 'play')).status).toBe(422)
    await end(drill)
  })
})
