import { describe, expect, it } from 'vitest'
import { alertOf, MINUTE, RAISED } from '../testdata/sample-alert.ts'
import { ClosedAlerts } from './closed-alerts.ts'

const WEEK = 7 * 1440 * MINUTE

describe('closed alerts', () => {
  it.each([
    [WEEK, 1],
    [WEEK + 1, 0],
  ])('[AL5] take one out for seven days, after a restart as before (%i ms: %i)', (after, taken) => {
    const straight = new ClosedAlerts()
    const entries = straight.add([alertOf({ id: 'a1', state: 'closed' })], RAISED)
    const stored = new Map(entries.map(({ key, value }) => [key, value ?? new Uint8Array()]))
    const restarted = new ClosedAlerts()
    restarted.restore(stored)
    for (const closed of [straight, restarted]) {
      expect([closed.find('a1', RAISED + after)].filter((found) => found !== undefined)).toHaveLength(taken)
      expect(closed.take('a1', RAISED + after)).toHaveLength(taken)
    }
  })
})
