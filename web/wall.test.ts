import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { LEGAL_SCHEME } from '../services/core/level.ts'
import { ancestorAt, centreOf, cityOf } from './city.ts'
import { luminance } from './look.ts'
import { blobCity } from './testdata/blob-city.ts'
import { CHROMIUM, coloursAt, cutTexts, launch, open } from './testdata/browser.ts'
import { startFakeServer } from './testdata/fake-server.ts'
import type { FakeServer } from './testdata/fake-server.ts'
import { pages } from './testdata/pages.ts'
import { PERIOD, ranksOf } from './testdata/scenes.ts'

const city = cityOf(blobCity())
const VIEW = { lon: 118.917, lat: 32.1, zoom: 14.2 }
/** For what waits for software to draw, on a machine that does other things. */
const PATIENCE = { timeout: 40_000 }

const storm = Array.from({ length: PERIOD }, (_, beat) => ranksOf(city.doc, 'storm', beat))

/** Cells well inside the glass at {@link VIEW} that keep their rank while the storms sway. */
const steady = city.cells.filter((cell) => {
  const [lon, lat] = centreOf(city, cell)
  const inside = Math.abs(lon - VIEW.lon) < 0.012 && Math.abs(lat - VIEW.lat) < 0.01
  return inside && storm.every((ranks) => ranks[cell] === storm[0]?.[cell])
})
const cellOf = (rank: number): number => steady.find((cell) => storm[0]?.[cell] === rank) ?? -1

/** Where a place lies on the glass, by a Web Mercator of the test's own. */
async function onGlass(page: Page, [lon, lat]: readonly [number, number]): Promise<[number, number]> {
  const box = await page.locator('.gl').boundingBox()
  const scale = (512 * 2 ** VIEW.zoom) / 360
  const y = (degrees: number): number =>
    (Math.log(Math.tan(Math.PI / 4 + (degrees * Math.PI) / 360)) * 180) / Math.PI
  const [cx, cy] = [(box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + (box?.height ?? 0) / 2]
  return [cx + (lon - VIEW.lon) * scale, cy - (y(lat) - y(VIEW.lat)) * scale]
}

/** Colour of a cell a third off its centre: clear of numeral and gap. */
async function colourOf(page: Page, cell: number): Promise<string | undefined> {
  const [lon, lat] = centreOf(city, cell)
  const off = city.cellSize * 0.3
  return (await coloursAt(page, [await onGlass(page, [lon + off, lat + off])]))[0]
}

async function readable(page: Page): Promise<void> {
  await page.waitForSelector('.trend .chart')
  await page.waitForSelector('.rail .alert')
  await page.evaluate(() => document.fonts.ready)
  expect(await cutTexts(page)).toEqual([])
}

describe.skipIf(CHROMIUM === undefined)('wall in Chromium', () => {
  let dist = ''
  let browser: Browser
  let server: FakeServer
  // One page for all that leave it as they found it: software takes seconds to draw the first picture.
  let page: Page
  const foreign: string[] = []

  /** Nothing is missing any longer, and the map has its whole place again. */
  async function back(): Promise<void> {
    server.miss([])
    await page.waitForSelector('.gap', { state: 'detached' })
    await expect.poll(() => colourOf(page, cellOf(4)), PATIENCE).toBe(LEGAL_SCHEME.levels[4]?.colour)
  }

  beforeAll(async () => {
    dist = await pages()
    browser = await launch()
    server = await startFakeServer({ dist, scene: 'storm', tickMs: 1000 })
    page = await open(browser, 'about:blank')
    page.on('request', (request) => {
      if (!request.url().startsWith(server.url) && !/^(data|blob):/.test(request.url()))
        foreign.push(request.url())
    })
    await page.goto(`${server.url}?lang=zh&at=${VIEW.lon},${VIEW.lat},${VIEW.zoom}`)
    await page.waitForSelector('.labels span', { state: 'attached' })
  }, 180_000)

  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  it('[WA15] draws each cell in the colour of its level', async () => {
    // Plain levels: the others have a pattern over their colour.
    for (const rank of [0, 1, 4])
      await expect.poll(() => colourOf(page, cellOf(rank)), PATIENCE).toBe(LEGAL_SCHEME.levels[rank]?.colour)
  })

  it('[WA16] says so when the data stop', async () => {
    server.stall()
    await page.waitForSelector('.banner:has-text("数据停滞")', { timeout: 10_000 })
    expect(await page.getAttribute('.wall', 'data-fresh')).toBe('stopped')
    server.resume()
    await page.waitForSelector('.banner', { state: 'detached' })
  })

  it('[WA16] says so when cut off, and resumes', async () => {
    await expect.poll(() => server.heard.some(({ type }) => type === 'drawn'), PATIENCE).toBe(true)
    server.cut()
    await page.waitForSelector('.banner:has-text("连接中断")', { timeout: 10_000 })
    const before = server.heard.length
    server.resume()
    await page.waitForSelector('.banner', { state: 'detached' })
    const again = server.heard.slice(before).find((message) => message.type === 'subscribe')
    expect(again?.resume?.epoch).toMatch(/^[0-9a-f]{16}$/)
    expect(again?.resume?.tick).toBeGreaterThan(0)
  })

  it('[WA17] explains a cell that is clicked', async () => {
    const cell = cellOf(0)
    await page.mouse.click(...(await onGlass(page, centreOf(city, cell))))
    await page.waitForSelector(`.explain .head:has-text("${city.doc.names[cell]?.zh}")`)
    await page.waitForSelector('.explain .sentence')
    expect(await cutTexts(page)).toEqual([])
    expect(page.url()).toContain(`cell=${city.doc.codes[cell]}&`)
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => page.url()).not.toContain(`cell=${city.doc.codes[cell]}&`)
    await page.keyboard.press('Escape')
    await expect.poll(() => page.url()).not.toContain('cell=')
  })

  it('[WA42] lists alerts with what is left, and marks what is overdue on the map too', async () => {
    const rows = page.locator('.rail .alert')
    expect(await rows.count()).toBe(3)
    expect(await rows.first().textContent()).toMatch(/^3.*噪声.*分钟.*待确认.*已超 0\d:\d\d/)
    expect(await rows.last().textContent()).toMatch(/到场 2\/3/)
    expect(await page.locator('.rail h2').textContent()).toContain('1 条超时')
    await page.waitForSelector('.incident[data-number="1"] .line')
    expect(await page.locator('.incident .number').allTextContents()).toEqual(['1', '2', '3'])
    expect(await page.locator('.incident.overdue .number').allTextContents()).toEqual(['3'])
    expect(await page.locator('.incident .sign + .numeral').count()).toBe(3)
    expect(await page.locator('.incident .coming').count()).toBeGreaterThan(0)
    await rows.last().click()
    await page.waitForSelector('.explain .sentence')
    await page.keyboard.press('Escape')
    await page.waitForSelector('.explain', { state: 'detached' })
  })

  it('[WA18] cuts no text at 1920 × 1080', async () => {
    await readable(page)
    await page.keyboard.press('g')
    await page.waitForSelector('html[lang=en]')
    await readable(page)
    await page.keyboard.press('g')
    await page.waitForSelector('html[lang=zh-CN]')
  })

  it('[WA18] cuts no text just after midnight', async () => {
    const start = Date.parse('2026-11-23T00:08:00+08:00')
    const night = await startFakeServer({ dist, scene: 'storm', tickMs: 1000, start })
    const late = await open(browser, `${night.url}?lang=en`)
    await late.waitForSelector('.item .why:has-text("since 23:")')
    await readable(late)
    await late.close()
    await night.close()
  })

  it('[WA18] cuts no text while something is missing', async () => {
    onTestFinished(() => server.miss([]))
    server.miss([1, 2, 3])
    await page.waitForSelector('.gap')
    await readable(page)
    await page.keyboard.press('g')
    await page.waitForSelector('.gap:has-text("15 of 16 parts")')
    await readable(page)
    await page.keyboard.press('g')
    await page.waitForSelector('html[lang=zh-CN]')
    await back()
  })

  it('[WA18] cuts no text at 3840 × 2160', async () => {
    // Software draws eight million pixels in seconds: fewer ticks, still within the bound of staleness.
    const calm = await startFakeServer({ dist, scene: 'storm', tickMs: 4000 })
    const large = await open(browser, `${calm.url}?lang=en`, 3840, 2160)
    large.setDefaultTimeout(120_000)
    await readable(large)
    calm.miss([1, 2, 3])
    await large.waitForSelector('.gap')
    await large.keyboard.press('g')
    await large.waitForSelector('html[lang=zh-CN]')
    await readable(large)
    await large.close()
    await calm.close()
  }, 300_000)

  it('[WA19] asks its own server for all it needs', () => {
    expect(foreign).toEqual([])
    // Of a hundred font files those whose characters are on the wall.
    expect(server.asked.filter((path) => path.endsWith('.woff2')).length).toBeLessThan(60)
  })

  it('[WA20] shows a table where there is no WebGL', async () => {
    const plain = await launch(['--disable-gpu', '--disable-3d-apis'])
    const own = await startFakeServer({ dist, scene: 'storm', tickMs: 1000 })
    const on = await open(plain, `${own.url}?lang=en`)
    await on.waitForSelector('.table:has-text("No WebGL here")')
    expect(await on.locator('.table li').count()).toBeGreaterThan(100)
    await expect.poll(() => own.heard.some(({ type }) => type === 'drawn'), PATIENCE).toBe(true)
    await plain.close()
    await own.close()
  })

  it('[WA21] draws again after a lost context', async () => {
    const cell = cellOf(1)
    await expect.poll(() => colourOf(page, cell), PATIENCE).toBe(LEGAL_SCHEME.levels[1]?.colour)
    await page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('#deckgl-overlay')
      canvas?.getContext('webgl2')?.getExtension('WEBGL_lose_context')?.loseContext()
    })
    await page.waitForSelector('.missing')
    await page.waitForSelector('.missing', { state: 'detached' })
    await expect.poll(() => colourOf(page, cell), PATIENCE).toBe(LEGAL_SCHEME.levels[1]?.colour)
    expect(await page.locator('#deckgl-overlay').count()).toBe(1)
  })

  it('[WA28] draws what is missing under a net, until it is back', async () => {
    onTestFinished(() => server.miss([]))
    const lost = cellOf(4)
    const red = LEGAL_SCHEME.levels[4]?.colour
    const quarter = ancestorAt(city, lost, 1)
    const other = steady.find((cell) => storm[0]?.[cell] === 0 && ancestorAt(city, cell, 1) !== quarter) ?? -1
    await expect.poll(() => colourOf(page, lost), PATIENCE).toBe(red)
    server.miss([quarter])
    await page.waitForSelector(`.gap:has-text("${city.doc.names[quarter]?.zh}自")`)
    await expect.poll(() => colourOf(page, lost), PATIENCE).not.toBe(red)
    expect(luminance((await colourOf(page, lost)) ?? '')).toBeLessThan(0.15)
    expect(await colourOf(page, other)).toBe(LEGAL_SCHEME.levels[0]?.colour)
    expect(await page.getAttribute('.wall', 'data-fresh')).toBe('live')
    await back()
  }, 120_000)

  it('[WA29] counts nothing that is missing as known', async () => {
    const numbers = async () =>
      (await page.locator('.counts .count:not(:has(.veiled))').allTextContents()).map((text) =>
        Number(text.replace(/\D/g, '')),
      )
    const total = (list: number[]) => list.reduce((sum, one) => sum + one, 0)
    onTestFinished(() => server.miss([]))
    server.miss([1, 2, 3, 4, 5, 6])
    await page.waitForSelector('.gap')
    await expect.poll(async () => total(await numbers()), PATIENCE).toBe(0)
    expect(await page.locator('.count:has(.veiled)').textContent()).toContain('1,156')
    expect(await page.locator('.state').count()).toBe(0)
    await page.keyboard.press('t')
    await page.waitForSelector('.table button.veiled')
    await page.keyboard.press('t')
    await back()
    expect(total(await numbers())).toBeGreaterThan(0)
  }, 180_000)

  it('[WA22] always marks invented data', async () => {
    await page.waitForSelector('.demo:has-text("演示数据")')
    await page.keyboard.press('t')
    await page.waitForSelector('.table')
    expect(await page.locator('.demo').isVisible()).toBe(true)
    await page.keyboard.press('t')
    await page.waitForSelector('.table', { state: 'detached' })
  })
})
