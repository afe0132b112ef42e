import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Registry, RegistryEntry } from '../ports.ts'
import type { VirtualClock } from './clock.virtual.ts'
import { MOST_ENTRIES } from './registry-table.ts'

/** A fresh registry under test, on a clock that the test moves. */
export interface RegistryBench {
  readonly registry: Registry
  readonly clock: VirtualClock
  dispose(): Promise<void>
}

/** A session of somebody that is over in a minute. */
export function sessionOf(person: string, key: string, clock: VirtualClock, value = '{}'): RegistryEntry {
  return { kind: 'session', key, person, value, expires: clock.now() + 60_000 }
}

/** What every Registry does; run it over each twin. */
export function registryContract(name: string, open: () => Promise<RegistryBench>): void {
  describe(`registry in ${name}`, () => {
    let bench: RegistryBench
    beforeEach(async () => {
      bench = await open()
    })
    afterEach(() => bench.dispose())

    it('[SE1] answers what was put last under a kind and key', async () => {
      const { registry, clock } = bench
      await registry.put(sessionOf('li', 'a', clock, '1'))
      await registry.put(sessionOf('li', 'a', clock, '2'))
      await registry.put({ ...sessionOf('li', 'a', clock, '3'), kind: 'token' })
      expect((await registry.get('session', 'a'))?.value).toBe('2')
      expect((await registry.get('token', 'a'))?.value).toBe('3')
      expect(await registry.get('push', 'a')).toBeUndefined()
      await registry.drop('session', 'a')
      expect(await registry.get('session', 'a')).toBeUndefined()
      expect(await registry.list('session', 'li')).toEqual([])
      await registry.drop('session', 'a')
    })

    it('[SE1] lists what belongs to a person, oldest first', async () => {
      const { registry, clock } = bench
      for (const key of ['c', 'a', 'b']) await registry.put(sessionOf('li', key, clock))
      await registry.put(sessionOf('wang', 'd', clock))
      // The same browser, now of somebody else.
      await registry.put(sessionOf('wang', 'a', clock))
      expect((await registry.list('session', 'li')).map(({ key }) => key)).toEqual(['c', 'b'])
      expect((await registry.list('session', 'wang')).map(({ key }) => key)).toEqual(['d', 'a'])
    })

    it('[SE2] answers nothing that has expired', async () => {
      const { registry, clock } = bench
      await registry.put(sessionOf('li', 'a', clock))
      clock.advance(59_999)
      expect(await registry.get('session', 'a')).toBeDefined()
      clock.advance(1)
      expect(await registry.get('session', 'a')).toBeUndefined()
      expect(await registry.list('session', 'li')).toEqual([])
      expect((await registry.found(sessionOf('li', 'a', clock, 'new'))).value).toBe('new')
    })

    it('[SE2] renews what stands and brings back nothing that was dropped', async () => {
      const { registry, clock } = bench
      await registry.put(sessionOf('li', 'a', clock, 'old'))
      expect(await registry.renew(sessionOf('li', 'a', clock, 'new'))).toBe(true)
      expect((await registry.get('session', 'a'))?.value).toBe('new')
      await registry.drop('session', 'a')
      expect(await registry.renew(sessionOf('li', 'a', clock))).toBe(false)
      await registry.put(sessionOf('li', 'b', clock))
      clock.advance(60_000)
      expect(await registry.renew(sessionOf('li', 'b', clock))).toBe(false)
      expect(await registry.list('session', 'li')).toEqual([])
    })

    it('[SE3] pushes out the oldest of a person at the bound', async () => {
      const { registry, clock } = bench
      await registry.put(sessionOf('wang', 'w', clock))
      const keys = Array.from({ length: MOST_ENTRIES + 8 }, (_, n) => `k${n}`)
      await Promise.all(keys.map((key) => registry.put(sessionOf('li', key, clock))))
      expect((await registry.list('session', 'li')).map(({ key }) => key)).toEqual(keys.slice(8))
      expect(await registry.get('session', 'k7')).toBeUndefined()
      expect(await registry.get('session', 'w')).toBeDefined()
    })

    it('[SE4] makes a secret once, whoever asks first', async () => {
      const { registry, clock } = bench
      const secret = (value: string) =>
        ({ kind: 'secret', key: 'push', person: '', value, expires: clock.now() + 1_000 }) as const
      const found = await Promise.all(['a', 'b', 'c'].map((value) => registry.found(secret(value))))
      expect(new Set(found.map(({ value }) => value)).size).toBe(1)
      expect((await registry.get('secret', 'push'))?.value).toBe(found[0]?.value)
    })
  })
}
