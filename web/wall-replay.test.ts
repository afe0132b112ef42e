import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { CHROMIUM, coloursAt, cutTexts, launch, open } from './testdata/browser.ts'
import { FROM, SESSION, TO } from './testdata/fake-replay.ts'
import { startFakeServer } from './testdata/fake-server.ts'
import type { FakeServer } from './testdata/fake-server.ts'
import { pages } from './testdata/pages.ts'

const PATIENCE = { timeout: 40_000 }
const MINUTE = 60_000

describe.skipIf(CHROMIUM === undefined)('wall of a session in Chromium', () => {
  let dist = ''
  let browser: Browser
  let server: FakeServer
  let page: Page

  const time = (): Promise<string | null> => page.locator('header time').textContent()
  const session = () => {
    const found = server.sessions.open.get(SESSION)
    if (found === undefined) throw new Error('the session is gone')
    return found
  }
  const done = (from: number): string[] =>
    server.sessions.done.slice(from).filter((line) => line.startsWith('POST'))

  beforeAll(async () => {
    dist = await pages()
    browser = await launch()
    server = await startFakeServer({ dist, scene: 'calm', tickMs: 1000 })
    page = await open(browser, `${server.url}replay/${SESSION}/?lang=zh`)
    await page.waitForSelector('.rail .alert')
  }, 180_000)

  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  // Every test begins where the page was opened, whichever came before it.
  beforeEach(async () => {
    const own = session()
    own.do('pause', {})
    own.do('rate', { rate: 1 })
    own.do('loop', { from: null })
    own.do('seek', { at: FROM + 22 * MINUTE })
    await page.waitForSelector('header time:text-is("18:42:00")')
  })

  it('[WA50] names itself on a plate of one place in every view, and bears a broken edge', async () => {
    const place = async () => JSON.stringify(await page.locator('.session-mark').boundingBox())
    const home = await place()
    for (const key of ['t', 't', 'd', 'd', '?', 'Escape', 'l', 'Escape', 'g', 'g']) {
      await page.keyboard.press(key)
      expect(await place()).toBe(home)
      expect(await page.locator('.session-mark').textContent()).toMatch(/回放.*REPLAY/)
    }
    const [edge] = await coloursAt(page, [[8, 540]])
    const [ground] = await coloursAt(page, [[24, 540]])
    expect(edge).not.toBe(ground)
    // 60 units: legible at 200 × their height, 25 m before a wall of four metres.
    const size = await page
      .locator('.session-mark b')
      .first()
      .evaluate((one) => parseFloat(getComputedStyle(one).fontSize))
    expect(size).toBeGreaterThanOrEqual(60)
    expect(await page.title()).toMatch(/^回放 · /)
  })

  it('[WA50] is marked before it has heard anything, and in a kiosk', async () => {
    const other = await browser.newPage({ viewport: { width: 1920, height: 1080 } })
    onTestFinished(() => other.close())
    await other.route('**/api/**', (route) => route.abort())
    await other.goto(`${server.url}replay/${SESSION}/?lang=en&kiosk=1&table=1`)
    await other.waitForSelector('.session-mark:has-text("REPLAY")')
    expect(await other.getAttribute('html', 'data-session')).toBe('replay')
    expect(await other.locator('.player-strip button').count()).toBe(0)
  })

  it('[WA51] shows the time that it was, dated and in a box, with how it moves', async () => {
    expect(await time()).toBe('18:42:00')
    expect(await page.locator('.clock.then small').textContent()).toBe('2026年11月22日 周日暂停')
    const border = await page
      .locator('.clock.then time')
      .evaluate((one) => getComputedStyle(one).borderTopWidth)
    expect(parseFloat(border)).toBeGreaterThan(1)
    session().set({ kind: 'drill' })
    await page.waitForSelector('.session-mark:has-text("演练DRILL")')
    session().set({ kind: 'replay' })
  })

  it('[WA58] marks every alert that is listed as an exercise', async () => {
    expect(await page.locator('.rail .alert').count()).toBe(3)
    expect(await page.locator('.rail .alert .exercise').allTextContents()).toEqual(['演练', '演练', '演练'])
  })

  it('[WA18] cuts no text of a session at 1920 × 1080', async () => {
    await page.waitForSelector('.trend .chart')
    await page.evaluate(() => document.fonts.ready)
    expect(await cutTexts(page)).toEqual([])
    await page.keyboard.press('g')
    await page.waitForSelector('html[lang=en]')
    await page.keyboard.press('?')
    expect(await cutTexts(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.keyboard.press('g')
    await page.waitForSelector('html[lang=zh-CN]')
  })

  it('[WA52] steps, strides, goes to both ends and to a place on the line', async () => {
    await page.keyboard.press('ArrowRight')
    await expect.poll(time, PATIENCE).toBe('18:42:01')
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('ArrowUp')
    await expect.poll(time, PATIENCE).toBe('18:42:10')
    await page.keyboard.press('ArrowDown')
    await expect.poll(time, PATIENCE).toBe('18:42:00')
    await page.keyboard.press('Home')
    await expect.poll(time, PATIENCE).toBe('18:20:00')
    await page.keyboard.press('End')
    await expect.poll(time, PATIENCE).toBe('18:50:00')
    const line = await page.locator('.scrubber .line').boundingBox()
    await page.mouse.click((line?.x ?? 0) + (line?.width ?? 0) / 2, (line?.y ?? 0) + 3)
    await expect.poll(time, PATIENCE).toBe('18:35:00')
  })

  it('[WA52] plays and stands by the space bar, at the rate that brackets choose', async () => {
    const before = server.sessions.done.length
    await page.keyboard.press(']')
    await page.keyboard.press(']')
    await expect.poll(() => session().view.rate, PATIENCE).toBe(5)
    await page.keyboard.press('[')
    await expect.poll(() => session().view.rate, PATIENCE).toBe(2)
    await page.keyboard.press(' ')
    await page.waitForSelector('.clock.then small:has-text("×2")')
    await expect.poll(() => session().view.at, PATIENCE).toBeGreaterThan(FROM + 22 * MINUTE)
    await page.keyboard.press(' ')
    await page.waitForSelector('.clock.then small:has-text("暂停")')
    expect(done(before)).toEqual(
      [
        ['rate', { rate: 2 }],
        ['rate', { rate: 5 }],
        ['rate', { rate: 2 }],
        ['play', {}],
        ['pause', {}],
      ].map(([verb, body]) => `POST ${SESSION}/${verb as string} ${JSON.stringify(body)}`),
    )
  })

  it('[WA52] loops between two marks, set in either order', async () => {
    const at = session().view.at
    await page.keyboard.press('o')
    await page.waitForSelector('.player-strip button:has-text("循环终点？")')
    await page.keyboard.press('ArrowDown')
    await expect.poll(time, PATIENCE).toBe('18:41:50')
    await page.keyboard.press('o')
    await expect.poll(() => session().view.loop, PATIENCE).toEqual({ from: at - 10_000, to: at })
    await page.keyboard.press('o')
    await expect.poll(() => session().view.loop, PATIENCE).toBe(null)
  })

  it('[WA52] walks the cells with the shift key', async () => {
    const at = session().view.at
    await page.keyboard.press('Shift+ArrowRight')
    await page.waitForSelector('.explain .sentence')
    expect(session().view.at).toBe(at)
    await page.keyboard.press('Escape')
    await page.waitForSelector('.explain', { state: 'detached' })
  })

  it('[WA53] is not stale while it stands, though nothing comes for long', async () => {
    const other = await browser.newPage()
    onTestFinished(() => other.close())
    await other.clock.install()
    await other.goto(`${server.url}replay/${SESSION}/?table=1`)
    await other.waitForSelector('.wall[data-fresh=live]')
    await other.clock.fastForward(5 * MINUTE)
    expect(await other.getAttribute('.wall', 'data-fresh')).toBe('live')
    expect(await other.locator('.banner').count()).toBe(0)
  })

  it('[WA54] begins its lists anew where it was taken, and tells no news of going back', async () => {
    session().do('rate', { rate: 10 })
    session().do('play', {})
    await page.waitForSelector('.changes li')
    session().do('pause', {})
    session().do('seek', { at: FROM + 10 * MINUTE })
    await expect.poll(time, PATIENCE).toBe('18:30:00')
    expect(await page.locator('.changes li').count()).toBe(0)
    await page.waitForSelector('.past .chart canvas')
    expect(await page.locator('.past .marks').textContent()).toMatch(/18:30$/)
  })

  it('[WA55] draws gaps and incidents on the line', async () => {
    const line = await page.locator('.scrubber .line').boundingBox()
    const hole = await page.locator('.scrubber .hole').boundingBox()
    const share = (x: number): number => (x - (line?.x ?? 0)) / (line?.width ?? 1)
    expect(share(hole?.x ?? 0)).toBeCloseTo(4 / 30, 2)
    expect((hole?.width ?? 0) / (line?.width ?? 1)).toBeCloseTo(2 / 30, 2)
    expect(await page.locator('.scrubber .marks i').count()).toBe(3)
    expect(await page.locator('.player-strip > time').allTextContents()).toEqual(['18:20', '18:50'])
  })

  it('[WA52] tells why a verb was refused', async () => {
    const answer = { status: 422, json: { code: 'RY-field', detail: 'rate is 3', hint: 'Correct rate.' } }
    await page.route('**/rate', (route) => route.fulfill(answer))
    await page.keyboard.press(']')
    await page.waitForSelector('.player-strip [role=status]:has-text("没有做成：rate is 3. Correct rate.")')
    await page.unroute('**/rate')
    await page.keyboard.press('ArrowRight')
    await page.waitForSelector('.player-strip [role=status]:has-text("没有做成")', { state: 'detached' })
  })

  it('[WA56] opens the last ten minutes from the live wall, and comes back', async () => {
    const live = await open(browser, `${server.url}?lang=en&theme=light`)
    onTestFinished(() => live.close())
    await live.waitForSelector('.wall[data-fresh=live]')
    const before = Date.now()
    server.sessions.refusal = '8 replays are open, at most 8'
    await live.keyboard.press('r')
    await live.waitForSelector('.banner.mild:has-text("8 replays are open, at most 8")')
    await live.keyboard.press('Escape')
    await live.waitForSelector('.banner', { state: 'detached' })
    server.sessions.refusal = ''
    await live.keyboard.press('r')
    await live.waitForURL(/\/replay\/[0-9a-f]{16}\/\?lang=en&theme=light/)
    await live.waitForSelector('.session-mark')
    const asked = server.sessions.done.filter((line) => line.startsWith('POST  {')).at(-1) ?? ''
    const { at } = JSON.parse(asked.slice(6)) as { at: number }
    expect(Math.abs(before - 10 * MINUTE - at)).toBeLessThan(MINUTE)
    const own = /replay\/([0-9a-f]+)/.exec(live.url())?.[1] ?? ''
    await live.keyboard.press('Escape')
    await live.waitForURL(`${server.url}?lang=en&theme=light`)
    await live.waitForSelector('.wall[data-fresh=live]')
    await expect.poll(() => server.sessions.done, PATIENCE).toContain(`DELETE ${own}`)
  })

  it('[WA57] says that a session was closed, and leads back', async () => {
    const id = '00000000000000ff'
    server.sessions.add(id).do('seek', { at: TO })
    const other = await open(browser, `${server.url}replay/${id}/?lang=zh&table=1`)
    onTestFinished(() => other.close())
    await other.waitForSelector('.wall[data-fresh=live]')
    server.sessions.close(id)
    await other.waitForSelector('.banner:has-text("这段回放已经关闭")', PATIENCE)
    expect(await other.locator('.session-mark').isVisible()).toBe(true)
    await other.click('.banner button')
    await other.waitForURL(`${server.url}?lang=zh&table=1`)
    await other.waitForSelector('.wall[data-fresh=live]')
    expect(await other.locator('.session-mark').count()).toBe(0)
    // It came as a link: to close it was not ours.
    expect(server.sessions.done).not.toContain(`DELETE ${id}`)
  })
})
