import type { Random } from '../ports.ts'

/** The same numbers for the same seed on every machine (sfc32 by Chris Doty-Humphrey), for simulations and demos. */
export function seededRandom(seed: number): Random {
  let a = seed >>> 0
  let b = 0x9e3779b9
  let c = 0x243f6a88
  let counter = 1
  const uint32 = () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return sum >>> 0
  }
  // The first numbers of neighbouring seeds resemble each other.
  for (let i = 0; i < 12; i++) uint32()
  return { uint32 }
}
