import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Chromium of this machine; undefined, and said aloud, where there is none. */
export const CHROMIUM = PLACES.find((path) => existsSync(path))
if (CHROMIUM === undefined)
  console.warn(
    `\nSKIPPED: the wall is not tested in a browser, for want of Chromium at ${PLACES.join(', ')}.\n`,
  )

const FLAGS = [
  '--headless=new',
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--no-sandbox',
  '--disable-gpu-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
]

/** Starts it with WebGL drawn in software. */
export function launch(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM ?? '', args: [...FLAGS, ...more] })
}

/** A page of a size, without motion, so that what is seen is what will stay. */
export async function open(browser: Browser, url: string, width = 1920, height = 1080): Promise<Page> {
  const page = await browser.newPage({ viewport: { width, height }, reducedMotion: 'reduce' })
  page.setDefaultTimeout(50_000)
  await page.goto(url)
  return page
}

/** Colours of the glass at some places, as `#rrggbb`: the commonest of the nine by nine pixels around each. */
export async function coloursAt(
  page: Page,
  places: readonly (readonly [number, number])[],
): Promise<string[]> {
  const shot = (await page.screenshot()).toString('base64')
  return page.evaluate(
    async ([image, points]) => {
      const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${image}`)).blob())
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height)
      const pen = canvas.getContext('2d')
      pen?.drawImage(bitmap, 0, 0)
      return points.map(([x, y]) => {
        const data = pen?.getImageData(Math.round(x) - 4, Math.round(y) - 4, 9, 9).data ?? []
        const seen = new Map<string, number>()
        for (let i = 0; i < data.length; i += 4) {
          const colour = `#${[0, 1, 2].map((k) => (data[i + k] ?? 0).toString(16).padStart(2, '0')).join('')}`
          seen.set(colour, (seen.get(colour) ?? 0) + 1)
        }
        return [...seen].sort((a, b) => b[1] - a[1])[0]?.[0] ?? ''
      })
    },
    [shot, places] as const,
  )
}

/** Texts that do not fit their boxes, with what they say. */
export function cutTexts(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('body *')]
      .filter((element) => !element.closest('.gl, svg') && !element.matches('.whole-rows'))
      .filter((element) => {
        const box = element.getBoundingClientRect()
        const shown = box.width > 0 && getComputedStyle(element).display !== 'inline'
        const row = element.closest('.whole-rows')?.getBoundingClientRect()
        // Rows that found no room stand beside their box, out of sight.
        if (!shown || (row !== undefined && box.left >= row.right)) return false
        const outside =
          element.childElementCount === 0 && (box.right > innerWidth + 1 || box.bottom > innerHeight + 1)
        return (
          outside ||
          element.scrollWidth > element.clientWidth + 1 ||
          (element.matches('aside, header, footer') && element.scrollHeight > element.clientHeight + 1)
        )
      })
      .map(
        (element) => `${element.tagName}.${element.className}: ${(element.textContent ?? '').slice(0, 60)}`,
      ),
  )
}
