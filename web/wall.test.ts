import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { LEGAL_SCHEME } from '../services/core/level.ts'
import { centreOf, cityOf } from './city.ts'
import { blobCity } from './testdata/blob-city.ts'
import { CHROMIUM, coloursAt, cutTexts, launch, open } from './testdata/browser.ts'
import { startFakeServer } from './testdata/fake-server.ts'
import type { FakeServer } from './testdata/fake-server.ts'
import { ranksOf } from './testdata/scenes.ts'
import type { Scene } from './testdata/scenes.ts'

const city = cityOf(blobCity())
const VIEW = { lon: 118.92, lat: 32.1, zoom: 14.2 }

/** Cells well inside the glass at {@link VIEW}. */
const seen = city.cells.filter((cell) => {
  const [lon, lat] = centreOf(city, cell)
  return Math.abs(lon - VIEW.lon) < 0.014 && Math.abs(lat - VIEW.lat) < 0.011
})

let dist = ''
let browser: Browser
let server: FakeServer | null = null
let page: Page | null = null

async function start(
  scene: Scene,
  query: string,
  size: readonly [number, number] = [1920, 1080],
): Promise<Page> {
  // Software draws eight million pixels in seconds: the larger wall gets fewer ticks, still within the bound of staleness.
  server = await startFakeServer({ dist, scene, tickMs: size[0] > 2000 ? 4000 : 1000 })
  page = await open(browser, server.url + query, ...size)
  await page.waitForSelector('.labels span', { state: 'attached' })
  return page
}

function running(): FakeServer {
  if (server === null) throw new Error('no server')
  return server
}

/** Where a place lies on the glass, by Web Mercator of its own. */
async function onGlass(on: Page, [lon, lat]: readonly [number, number]): Promise<[number, number]> {
  const box = await on.locator('.gl').boundingBox()
  const scale = (512 * 2 ** VIEW.zoom) / 360
  const y = (degrees: number): number =>
    (Math.log(Math.tan(Math.PI / 4 + (degrees * Math.PI) / 360)) * 180) / Math.PI
  const [cx, cy] = [(box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + (box?.height ?? 0) / 2]
  return [cx + (lon - VIEW.lon) * scale, cy - (y(lat) - y(VIEW.lat)) * scale]
}

describe.skipIf(CHROMIUM === undefined)('wall in Chromium', () => {
  beforeAll(async () => {
    dist = mkdtempSync(join(tmpdir(), 'qingyu-wall-'))
    const root = fileURLToPath(new URL('.', import.meta.url))
    await build({
      root,
      configFile: join(root, 'vite.config.ts'),
      logLevel: 'error',
      build: { outDir: dist },
    })
    browser = await launch()
  }, 180_000)

  afterEach(async () => {
    await page?.close()
    await server?.close()
    page = null
    server = null
  })

  afterAll(async () => {
    await browser?.close()
    rmSync(dist, { recursive: true, force: true })
  })

  it('[WA15] draws each cell in the colour of its level', async () => {
    const on = await start('storm', `?lang=en&at=${VIEW.lon},${VIEW.lat},${VIEW.zoom}`)
    const ranks = ranksOf(city.doc, 'storm', 0)
    // Plain levels only, a quarter of a cell off the centre: clear of pattern and numeral. Cells that no storm moves over.
    const still = (cell: number): boolean =>
      [3, 6, 9, 12].every((beat) => ranksOf(city.doc, 'storm', beat)[cell] === ranks[cell])
    const off = city.cellSize * 0.3
    for (const rank of [0, 1, 4]) {
      const cell = seen.find((i) => ranks[i] === rank && still(i)) ?? -1
      const [lon, lat] = centreOf(city, cell)
      const place = await onGlass(on, [lon + off, lat + off])
      await expect
        .poll(async () => (await coloursAt(on, [place]))[0], { timeout: 30_000 })
        .toBe(LEGAL_SCHEME.levels[rank]?.colour)
    }
  })

  it('[WA16] says so when the data stop', async () => {
    const on = await start('storm', '?lang=en')
    running().stall()
    await on.waitForSelector('.banner:has-text("Data has stopped")', { timeout: 10_000 })
    expect(await on.getAttribute('.wall', 'data-fresh')).toBe('stopped')
    running().resume()
    await on.waitForSelector('.banner', { state: 'detached' })
  })

  it('[WA16] says so when the connection is cut, and resumes', async () => {
    const on = await start('storm', '?lang=zh')
    await expect.poll(() => running().heard.some((message) => message.type === 'drawn')).toBe(true)
    running().cut()
    await on.waitForSelector('.banner:has-text("连接中断")', { timeout: 10_000 })
    const before = running().heard.length
    running().resume()
    await on.waitForSelector('.banner', { state: 'detached', timeout: 30_000 })
    const again = running()
      .heard.slice(before)
      .find((message) => message.type === 'subscribe')
    expect(again?.resume?.epoch).toMatch(/^[0-9a-f]{16}$/)
    expect(again?.resume?.tick).toBeGreaterThan(0)
  })

  it('[WA17] explains a cell that is clicked', async () => {
    const on = await start('storm', `?lang=en&at=${VIEW.lon},${VIEW.lat},${VIEW.zoom}`)
    const [cell = -1] = seen
    await on.mouse.click(...(await onGlass(on, centreOf(city, cell))))
    await on.waitForSelector(`.explain .head:has-text("${city.doc.names[cell]?.en}")`)
    await on.waitForSelector('.explain .sentence')
    expect(on.url()).toContain(`cell=${city.doc.codes[cell]}`)
    await on.keyboard.press('ArrowRight')
    await expect.poll(() => on.url()).not.toContain(`cell=${city.doc.codes[cell]}&`)
    await on.keyboard.press('Escape')
    await expect.poll(() => on.url()).not.toContain('cell=')
  })

  it.each([
    ['zh', 1920, 1080],
    ['en', 1920, 1080],
    ['zh', 3840, 2160],
    ['en', 3840, 2160],
  ] as const)('[WA18] cuts no text in %s at %i × %i', async (lang, width, height) => {
    const on = await start('storm', `?lang=${lang}`, [width, height])
    await on.waitForSelector('.trend .chart')
    await on.waitForSelector('.explain .sentence')
    await on.evaluate(() => document.fonts.ready)
    expect(await cutTexts(on)).toEqual([])
  })

  it('[WA19] asks its own server for all it needs', async () => {
    server = await startFakeServer({ dist, scene: 'storm', tickMs: 1000 })
    page = await browser.newPage()
    const foreign: string[] = []
    page.on('request', (request) => {
      if (!request.url().startsWith(running().url) && !/^(data|blob):/.test(request.url()))
        foreign.push(request.url())
    })
    await page.goto(server.url)
    await page.waitForSelector('.labels span', { state: 'attached' })
    expect(foreign).toEqual([])
    // Of a hundred font files those whose characters are on the wall.
    expect(server.asked.filter((path) => path.endsWith('.woff2')).length).toBeLessThan(40)
  })

  it('[WA20] shows a table where there is no WebGL', async () => {
    const plain = await launch(['--disable-gpu', '--disable-3d-apis'])
    try {
      server = await startFakeServer({ dist, scene: 'storm', tickMs: 1000 })
      const on = await open(plain, `${server.url}?lang=en`)
      await on.waitForSelector('.table:has-text("No WebGL here")')
      expect(await on.locator('.table li').count()).toBeGreaterThan(100)
      await expect.poll(() => running().heard.some((message) => message.type === 'drawn')).toBe(true)
    } finally {
      await plain.close()
    }
  })

  it('[WA21] draws again after a lost context', async () => {
    const on = await start('allred', `?lang=en&at=${VIEW.lon},${VIEW.lat},${VIEW.zoom}`)
    const place = await onGlass(on, [VIEW.lon + city.cellSize * 0.25, VIEW.lat + city.cellSize * 0.25])
    await expect.poll(async () => (await coloursAt(on, [place]))[0]).toBe('#ff3d3d')
    await on.evaluate(() =>
      document
        .querySelector<HTMLCanvasElement>('#deckgl-overlay')
        ?.getContext('webgl2')
        ?.getExtension('WEBGL_lose_context')
        ?.loseContext(),
    )
    await on.waitForSelector('.missing')
    await on.waitForSelector('.missing', { state: 'detached' })
    await expect.poll(async () => (await coloursAt(on, [place]))[0], { timeout: 30_000 }).toBe('#ff3d3d')
    expect(await on.locator('#deckgl-overlay').count()).toBe(1)
  })

  it('[WA22] always marks invented data', async () => {
    const on = await start('calm', '?lang=zh&table=1')
    expect(await on.locator('.demo').isVisible()).toBe(true)
    await on.keyboard.press('g')
    await on.waitForSelector('.demo:has-text("Demo data")')
    await expect.poll(() => on.getAttribute('html', 'lang')).toBe('en')
  })
})
