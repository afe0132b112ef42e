import { describe, expect, it } from 'vitest'
import { decodeKeyframe, encodeKeyframe } from '../core/keyframe-bytes.ts'
import { unzstd, zstd } from './zstd.ts'

const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => (i * i) % 251)
const refused = 'cannot be used'

describe('what the archive compresses', () => {
  it('[AV19] comes back as it was, in every size', () => {
    for (const size of [0, 1, 255, 256, 65_791, 65_792, 100_000]) {
      const some = bytes.subarray(0, size)
      expect(Buffer.from(unzstd(zstd(some), 100_000)).equals(some)).toBe(true)
    }
  })

  it('[AV19] is refused where it says more than is allowed, is cut short or is none', () => {
    const frame = zstd(bytes)
    expect(() => unzstd(frame, 99_999)).toThrow(refused)
    // A frame whose head tells of 2^50 bytes.
    const bomb = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0)
    expect(() => unzstd(bomb, 1 << 30)).toThrow(refused)
    for (const wrong of [new Uint8Array(0), Uint8Array.of(1, 2, 3, 4, 5, 6, 7), bytes])
      expect(() => unzstd(wrong, 1 << 30)).toThrow(refused)
    expect(() => unzstd(frame.subarray(0, 50), 1 << 30)).toThrow('Failed')
  })

  it('[AV19] is a keyframe only where all of it is there', () => {
    const entries = new Map([
      ['b', Uint8Array.of(2)],
      ['a', Uint8Array.of(1, 1)],
    ])
    const keyframe = { at: 7, parts: [{ offset: 1, at: 7, entries }], levels: [], calls: [] }
    const whole = encodeKeyframe(keyframe)
    expect(decodeKeyframe(whole, 'x')).toEqual(keyframe)
    for (let length = 0; length < whole.length; length++)
      expect(() => decodeKeyframe(whole.subarray(0, length), 'x')).toThrow(refused)
    expect(() => decodeKeyframe(Uint8Array.of(...whole, 0), 'x')).toThrow(refused)
  })
})
