import { describe, expect, it } from 'vitest'
import { createAccounts, hashPassword } from './accounts.scrypt.ts'

const bytes = (text: string) => Buffer.from(text)

describe('accounts', () => {
  it('[MQ17] tells the right password from wrong ones', async () => {
    const accounts = createAccounts({ acme: { password: await hashPassword('secret'), maxPayload: 9 } })
    expect(await accounts.verify('acme', bytes('secret'))).toBe('right')
    expect(await accounts.verify('acme', bytes('secret'))).toBe('right')
    expect(await accounts.verify('acme', bytes('Secret'))).toBe('wrong')
    expect(await accounts.verify('acme', bytes(''))).toBe('wrong')
    expect(await accounts.verify('nobody', bytes('secret'))).toBe('wrong')
    expect([accounts.maxPayload('acme'), accounts.maxPayload('nobody')]).toEqual([9, undefined])
  })

  it('[MQ17] salts each hash and keeps no password', async () => {
    const [one, other] = [await hashPassword('secret'), await hashPassword('secret')]
    expect(one).toMatch(/^scrypt\$[\w-]{22}\$[\w-]{43}$/)
    expect(one).not.toBe(other)
    expect(one).not.toContain('secret')
  })

  it.each(['', 'secret', 'scrypt$$', 'scrypt$abc$def', 'md5$a$b', 'scrypt$a$b$c'])(
    '[MQ17] lets nobody in by a broken hash: %j',
    async (password) => {
      expect(await createAccounts({ acme: { password } }).verify('acme', bytes('secret'))).toBe('wrong')
    },
  )

  it('[MQ18] verifies few at once and refuses more than may wait', async () => {
    const accounts = createAccounts({ acme: { password: await hashPassword('secret') } }, 4)
    const verdicts = await Promise.all(
      Array.from({ length: 10 }, (_, i) => accounts.verify('acme', bytes(`wrong ${i}`))),
    )
    expect(verdicts.filter((verdict) => verdict === 'busy')).toHaveLength(10 - 4 - 2)
    expect(verdicts.filter((verdict) => verdict === 'right')).toEqual([])
    const fleet = Array.from({ length: 100 }, () => accounts.verify('acme', bytes('secret')))
    expect(new Set(await Promise.all(fleet))).toEqual(new Set(['right']))
  })
})
