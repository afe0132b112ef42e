import { expect, it } from 'vitest'
import { MOST_AT_ONCE, MOST_WAITING, Reports } from './reports.ts'
import { RAISED, simplePolicy } from './testdata/sample-alert.ts'
import { smallPlan } from './testdata/small-city.ts'

it('[RP9] makes few at a time, has some wait in turn, and refuses the next', async () => {
  const held: (() => void)[] = []
  const begun: number[] = []
  const reports = new Reports({
    plan: smallPlan(),
    policy: simplePolicy(),
    state: {
      tick: () => new Promise((resolve) => held.push(() => resolve(RAISED))),
      levelAt: (area) => {
        begun.push(area)
        return Promise.resolve(undefined)
      },
      levels: () => Promise.resolve([]),
      entries: () => Promise.resolve(new Map()),
    },
  })
  const most = MOST_AT_ONCE + MOST_WAITING
  const asked = Array.from({ length: most }, (_, area) => reports.make(area % 3, 'day', RAISED))
  expect(begun).toHaveLength(MOST_AT_ONCE)
  await expect(reports.make(0, 'day', RAISED)).rejects.toThrow(`${MOST_WAITING} reports wait`)
  for (let made = 0; made < most; made++) {
    held.shift()?.()
    await asked[made]
    expect(held.length).toBeLessThanOrEqual(MOST_AT_ONCE)
  }
  await Promise.all(asked)
  expect(begun).toEqual(Array.from({ length: most }, (_, area) => area % 3))
})
