import { describe, expect, it } from 'vitest'
import { partitionOfRequest, requestIdOfKey, serviceSource } from './request-id.ts'

describe('request ids', () => {
  it('[HL13] names a call by partition and key for ever', () => {
    const id = requestIdOfKey(37, 'noise:A-1')
    expect(id).toMatch(/^11-[0-9a-f]{16}$/)
    expect(requestIdOfKey(37, 'noise:A-1')).toBe(id)
    expect(requestIdOfKey(37, 'noise:A-2')).not.toBe(id)
    expect(partitionOfRequest(id)).toBe(37)
    for (const other of ['', 'x', '11-0', `${id}0`, '-0000000000000000', '1111-0000000000000000'])
      expect(partitionOfRequest(other)).toBeUndefined()
  })

  it('[HL14] gives every service a source of its own', () => {
    expect(serviceSource('noise')).toBe('noise')
    const names = ['Noise', 'noise ', '噪声', '积水', 'a'.repeat(65), `${'a'.repeat(64)}b`, ''].map(
      serviceSource,
    )
    for (const name of names) expect(name).toMatch(/^[a-z0-9-]{1,64}$/)
    expect(new Set(names).size).toBe(names.length)
  })
})
