/** Units that are words; symbols of the SI are the same in both languages. */
const UNIT_WORDS: Readonly<Record<string, string>> = {
  people: '人',
  'people/h': '人/时',
  'people/m²': '人/m²',
  vehicles: '辆',
  'vehicles/h': '辆/时',
  calls: '次',
}

/** A unit as it follows its number, with the gap between; `%` and `°` stand close. */
export function unitAfter(unit: string, lang: 'zh' | 'en'): string {
  if (unit === '' || /^[%°℃]/.test(unit)) return unit
  return ` ${lang === 'zh' ? (UNIT_WORDS[unit] ?? unit) : unit}`
}
