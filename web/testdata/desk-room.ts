import type { Browser, Page } from 'playwright-core'
import { expect } from 'vitest'
import type { AreasDocument } from '../../services/core/areas.ts'
import type { AlertsAnswer } from '../../services/core/desk-wire.ts'
import { liveCity, sound } from '../../services/testdata/live-city.ts'
import type { LiveCity } from '../../services/testdata/live-city.ts'
import { launch } from './browser.ts'
import { pages } from './pages.ts'

/** For what waits for ticks and a browser, on a machine that does other things. */
export const PATIENCE = { timeout: 40_000 }
/** Sizes that people hold or sit before. */
export const PHONE = { width: 390, height: 844 }
export const SCREEN = { width: 1440, height: 900 }
/** Cells of one incident lie so near, and incidents so far from each other, degrees. */
const NEAR = 0.0012
const FAR = 0.006

/** The whole program with the demo street and its people, without the simulator: what happens is what a test sends. */
export interface DeskRoom {
  readonly city: LiveCity
  readonly browser: Browser
  readonly grid: AreasDocument
  /** A page of somebody's own, signed in by one tap. `url`: another address of the same server. */
  deskOf(person: string, options?: DeskOptions): Promise<Page>
  /** Dust far beyond every limit in two neighbouring cells where nothing was before: the id of its alert, red. */
  dust(by: Page): Promise<string>
  /** Ids of open alerts that `by` may see. */
  close(): Promise<void>
}

/** How a desk is opened. */
export interface DeskOptions {
  readonly size?: { readonly width: number; readonly height: number }
  readonly query?: string
  readonly url?: string
  /** Runs in the page before anything of it. */
  readonly before?: () => void
}

/** Pairs of neighbouring cells, each pair well away from the others. */
function spots(grid: AreasDocument): readonly (readonly [number, number])[] {
  const deepest = Math.max(...grid.depths)
  const cells = [...grid.depths.keys()].filter((area) => grid.depths[area] === deepest)
  const apart = (a: number, b: number): number => {
    const [[x, y] = [0, 0], [u, v] = [0, 0]] = [grid.centres[a], grid.centres[b]]
    return Math.hypot((x - u) * Math.cos((y * Math.PI) / 180), y - v)
  }
  const taken: (readonly [number, number])[] = []
  for (const cell of cells) {
    if (taken.some(([other]) => apart(other, cell) < FAR)) continue
    const next = cells.find(
      (other) => other !== cell && apart(other, cell) < NEAR && grid.parents[other] === grid.parents[cell],
    )
    if (next !== undefined) taken.push([cell, next])
  }
  return taken
}

/** Builds the pages and starts everything. */
export async function openDeskRoom(): Promise<DeskRoom> {
  const dist = await pages()
  const city = await liveCity({
    http: { port: 0, web: dist },
    demo: { enabled: true },
    cluster: { stages: 'ingest,aggregate,alert,gateway' },
  })
  const device = await city.device(5)
  const browser = await launch()
  const grid = await city.get<AreasDocument>('/api/v1/areas')
  const free = [...spots(grid)]
  let sources = 0
  return {
    city,
    browser,
    grid,
    async deskOf(person, { size = PHONE, query = '?lang=zh', url = city.app.http, before } = {}) {
      const context = await browser.newContext({ viewport: size, reducedMotion: 'reduce' })
      if (before !== undefined) await context.addInitScript(before)
      const page = await context.newPage()
      page.setDefaultTimeout(PATIENCE.timeout)
      await page.goto(new URL(`desk${query}`, url).href)
      await page.waitForSelector('.demo-people')
      const more = page.locator('.demo-people .link')
      if (await more.isVisible()) await more.click()
      await page.click(`[data-person=${person}]`)
      await page.waitForSelector('.frame[data-fresh=live]')
      return page
    },
    async dust(by) {
      const spot = free.shift() ?? [0, 0]
      // Two sources for each cell: what a single one says is held down.
      for (const cell of [...spot, ...spot]) {
        const [lon, lat] = grid.centres[cell] ?? [0, 0]
        const sent = await device.send(
          `dust-${++sources}`,
          sound({ indicator: 'pm25', value: 400, lon, lat }),
        )
        expect(sent.reason).toBe(0)
      }
      const codes = spot.map((cell) => grid.codes[cell])
      const found = async (): Promise<string> => {
        const answer = await by.request.get(new URL('api/v1/alerts?limit=500', city.app.http).href)
        const { alerts } = (await answer.json()) as AlertsAnswer
        const alert = alerts.find(({ worst, rank }) => codes.includes(worst.area.code) && rank === 4)
        return alert?.id ?? ''
      }
      await expect.poll(found, PATIENCE).not.toBe('')
      return found()
    },
    async close() {
      await browser.close()
      await city.stop()
    },
  }
}

/** Text that does not fit the width of its box or the glass, with what it says; what can be scrolled to is no fault. */
export function clipped(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('body *')]
      .filter((element) => !element.closest('.desk-map, svg, .unseen'))
      .filter((element) => {
        const box = element.getBoundingClientRect()
        if (box.width === 0 || box.height === 0 || getComputedStyle(element).display === 'inline')
          return false
        const beside = element.childElementCount === 0 && (box.right > innerWidth + 1 || box.left < -1)
        return beside || element.scrollWidth > element.clientWidth + 1
      })
      .map(
        (element) => `${element.tagName}.${element.className}: ${(element.textContent ?? '').slice(0, 60)}`,
      ),
  )
}

/** Buttons and links of a phone that a thumb would miss, with their size in pixels. */
export function tooSmall(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('button, a, [role=tab]')]
      .map((element) => ({ element, box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0 && (box.height < 30 || box.width < 24))
      .map(({ element, box }) => `${element.className} ${element.textContent} ${box.width}×${box.height}`),
  )
}
