import { effect } from '@preact/signals'
import { writeMoment } from './analyst-address.ts'
import * as page from './analyst-store.ts'
import { a } from './analyst-store.ts'
import { writeAddress } from './address.ts'
import { area, lang, theme, view } from './store.ts'

/** While it plays the address follows no faster: browsers allow a hundred changes in half a minute, ms. */
const EVERY = 1000

function query(): string {
  const map = writeAddress({
    lang: lang.value,
    theme: theme.value,
    kiosk: false,
    table: false,
    area: area.value,
    cell: '',
    view: view.value,
  })
  const { head, span, rate, incidentId, compare, panel, rehearsalId, againstId, version, bundle } = page
  // A view that reaches up to now is not one stretch: it goes on.
  const [seen, all] = [span.value, page.bounds.value]
  const isFixed = seen !== null && (all === null || seen.to < all.to - 1000 || head.value !== null)
  return (
    map +
    writeMoment({
      t: head.value,
      from: isFixed ? seen.from : null,
      to: isFixed ? seen.to : null,
      rate: rate.value,
      incident: incidentId.value,
      compare: compare.value,
      panel: panel.value,
      rehearsal: rehearsalId.value,
      against: againstId.value,
      version: version.value,
      bundle: bundle.value,
    })
  )
}

/** Keeps the page's address a link to what it shows; once, for its life. */
export function keepAddress(): void {
  let timer = 0
  let last = 0
  effect(() => {
    const text = query()
    clearTimeout(timer)
    const write = (): void => {
      last = performance.now()
      if (text !== location.search) window.history.replaceState(null, '', text + location.hash)
    }
    const wait = last + EVERY - performance.now()
    if (wait <= 0) write()
    else timer = window.setTimeout(write, wait)
  })
}

/** Copies a link to this moment. */
export async function share(): Promise<void> {
  const url = new URL(query(), location.href).href
  window.history.replaceState(null, '', url)
  try {
    await navigator.clipboard.writeText(url)
    page.speak(a('shared'))
  } catch {
    // Outside of TLS browsers keep the clipboard to themselves.
    page.speak(a('shareFailed', { url }), true)
  }
}
