import { describe, expect, it } from 'vitest'
import { seededRandom } from './adapters/random.seeded.ts'
import { VirtualClock } from './adapters/clock.virtual.ts'
import { createHotline, type HotlineParts } from './hotline.ts'
import { FakeIntake } from './testdata/fake-intake.ts'
import { smallPlan } from './testdata/small-city.ts'

const service = { name: { zh: '噪声', en: 'Noise' }, indicator: 'call.noise', group: '', keywords: '' }

function desk() {
  const intake = new FakeIntake()
  intake.instant = true
  let searched = 0
  const parts: HotlineParts = {
    config: {
      hotline: { vendor: 'hotline', jurisdiction: '', services: { noise: service } },
      state: { history: 1_000, resumeTicks: 1 },
    },
    plan: smallPlan(),
    intake,
    log: {
      partitions: 2,
      end: () => (searched++, Promise.resolve(0)),
      start: () => Promise.resolve(0),
      read: () => {
        throw new Error('there is nothing to read')
      },
    },
    state: { offsetAt: () => Promise.resolve(undefined) },
    clock: new VirtualClock(1_000_000_000_000),
    random: seededRandom(1),
  }
  return { intake, hotline: createHotline(parts), searched: () => searched }
}

describe('hotline desk', () => {
  it('[HL15] remembers the last 10,000 calls, no more', async () => {
    const { hotline, searched } = desk()
    const call = (n: number) => hotline.report({ service: 'noise', id: String(n), area: '3201001' })
    const first = await call(0)
    const second = await call(1)
    for (let n = 2; n <= 10_000; n++) await call(n)
    expect(await hotline.request(second.id)).toEqual(second)
    expect(searched()).toBe(0)
    expect(await hotline.request(first.id)).toBeUndefined()
    expect(searched()).toBe(1)
  })

  it('[HL16] asks callers to come back when the log is behind', async () => {
    const { hotline, intake } = desk()
    intake.congested = true
    await expect(hotline.report({ service: 'noise', area: '3201001' })).rejects.toMatchObject({
      code: 'HL-busy',
    })
    expect(intake.taken).toEqual([])
    intake.congested = false
    expect((await hotline.report({ service: 'noise', area: '3201001' })).time).toBe(1_000_000_000_000)
  })

  it('[HL17] hands on nothing but the fields of an observation', async () => {
    const { hotline, intake } = desk()
    const told = { service: 'noise', area: '3201001', id: 'A', name: 'Wang', phone: '138' }
    await hotline.report(told)
    expect(intake.taken).toEqual([
      {
        sender: 'hotline/noise',
        text: '{"indicator":"call.noise","value":1,"time":1000000000000,"id":"noise:A","area":"3201001"}',
      },
    ])
  })
})
