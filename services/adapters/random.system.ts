import { webcrypto } from 'node:crypto'
import type { Random } from '../ports.ts'

const POOL = 256

/** Numbers that nobody can foresee, drawn from the operating system a pool at a time. */
export function systemRandom(): Random {
  const pool = new Uint32Array(POOL)
  let next = POOL
  return {
    uint32() {
      if (next === POOL) {
        webcrypto.getRandomValues(pool)
        next = 0
      }
      return pool[next++] ?? 0
    },
  }
}
