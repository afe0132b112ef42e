/**
 * Roman numerals as strokes, since no bundled font has U+2160 and on: drawn alike by SVG in the chips and by canvas on the map.
 * Unit: the height of the numeral is 1, its stroke `STROKE`.
 */
export const STROKE = 0.15

/** A drawn numeral: an SVG path and the width of its box. */
export interface Numeral {
  readonly path: string
  readonly width: number
}

const ROMAN: Readonly<Record<string, string>> = {
  Ⅰ: 'I',
  Ⅱ: 'II',
  Ⅲ: 'III',
  Ⅳ: 'IV',
  Ⅴ: 'V',
  Ⅵ: 'VI',
  Ⅶ: 'VII',
  Ⅷ: 'VIII',
  Ⅸ: 'IX',
  Ⅹ: 'X',
}

const ADVANCE = { I: 0.34, V: 0.7, X: 0.7 } as const
const SLAB = 0.1

function glyph(letter: 'I' | 'V' | 'X', x: number): string {
  const w = ADVANCE[letter]
  const [left, right, middle] = [x + 0.07, x + w - 0.07, x + w / 2]
  if (letter === 'I') return `M${middle} 0V1`
  if (letter === 'V') return `M${left} 0L${middle} 1L${right} 0`
  return `M${left} 0L${right} 1M${right} 0L${left} 1`
}

function isRoman(letter: string): letter is 'I' | 'V' | 'X' {
  return letter === 'I' || letter === 'V' || letter === 'X'
}

/** The strokes of a Roman numeral (`Ⅳ` or `IV`); null for anything else, which is set in type. */
export function numeralOf(text: string): Numeral | null {
  const letters = Array.from(ROMAN[text] ?? text)
  if (letters.length === 0 || !letters.every(isRoman)) return null
  let path = ''
  let x = SLAB
  let feet: number | null = null
  for (const letter of letters) {
    if (!isRoman(letter)) return null
    path += glyph(letter, x)
    // Feet join neighbouring strokes; a V has none.
    if (letter === 'I') feet ??= x
    if (letter !== 'I' && feet !== null) {
      path += `M${feet - SLAB / 2} 1H${x + SLAB / 4}`
      feet = null
    }
    x += ADVANCE[letter]
  }
  if (feet !== null) path += `M${feet - SLAB / 2} 1H${x + SLAB / 2}`
  path += `M${SLAB / 2} 0H${x + SLAB / 2}`
  return { path, width: x + SLAB }
}
