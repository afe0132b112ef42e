/** All of the wall's state that a link carries. */
export interface Address {
  readonly lang: 'zh' | 'en'
  readonly theme: 'dark' | 'light'
  readonly kiosk: boolean
  readonly table: boolean
  /** Code of the subtree's top; '' is the city. */
  readonly area: string
  /** Code of the chosen area; '' is none. */
  readonly cell: string
  readonly view: { readonly lon: number; readonly lat: number; readonly zoom: number } | null
}

const CODE = /^[\w.:-]{1,64}$/

function code(text: string | null): string {
  return text !== null && CODE.test(text) ? text : ''
}

function view(text: string | null): Address['view'] {
  const [lon = Number.NaN, lat = Number.NaN, zoom = Number.NaN] = (text ?? '').split(',').map(Number)
  const fits = Math.abs(lon) <= 180 && Math.abs(lat) <= 85 && zoom >= 0 && zoom <= 24
  return fits ? { lon, lat, zoom } : null
}

/** Reads a query string; what cannot be read is as if it were not there. `languages` are the browser's. */
export function readAddress(search: string, languages: readonly string[] = []): Address {
  const q = new URLSearchParams(search)
  const lang = q.get('lang')
  const preferred = languages.find((tag) => /^(zh|en)\b/i.test(tag)) ?? 'zh'
  return {
    lang: lang === 'zh' || lang === 'en' ? lang : /^en/i.test(preferred) ? 'en' : 'zh',
    theme: q.get('theme') === 'light' ? 'light' : 'dark',
    kiosk: q.has('kiosk') && q.get('kiosk') !== '0',
    table: q.has('table') && q.get('table') !== '0',
    area: code(q.get('area')),
    cell: code(q.get('cell')),
    view: view(q.get('at')),
  }
}

/** The query string of an address, with only what differs from the default, in a fixed order. */
export function writeAddress(address: Address): string {
  const parts = [`lang=${address.lang}`]
  if (address.theme !== 'dark') parts.push(`theme=${address.theme}`)
  if (address.kiosk) parts.push('kiosk=1')
  if (address.table) parts.push('table=1')
  if (address.area !== '') parts.push(`area=${address.area}`)
  if (address.cell !== '') parts.push(`cell=${address.cell}`)
  if (address.view !== null) {
    const { lon, lat, zoom } = address.view
    parts.push(`at=${lon.toFixed(5)},${lat.toFixed(5)},${zoom.toFixed(2)}`)
  }
  return `?${parts.join('&')}`
}
