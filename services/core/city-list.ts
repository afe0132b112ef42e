import { dongcheng } from './city-dongcheng.ts'
import { longgang } from './city-longgang.ts'
import { xianlin } from './city-xianlin.ts'

/** Cities that can be made: each gives the text of its grid file, the same on every machine. */
export const CITIES: ReadonlyMap<string, () => string> = new Map([
  ['xianlin', xianlin],
  ['longgang', longgang],
  ['dongcheng', dongcheng],
])
