import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { ReplayView } from '../services/core/replay-wire.ts'
import { openDrillRoom } from '../services/testdata/drill-room.ts'
import type { DrillRoom } from '../services/testdata/drill-room.ts'
import { CHROMIUM, launch } from './testdata/browser.ts'
import { PATIENCE, PHONE, SCREEN, clipped } from './testdata/desk-room.ts'
import { pages } from './testdata/pages.ts'

describe.skipIf(CHROMIUM === undefined)('desk of a session in Chromium', { timeout: 180_000 }, () => {
  let dist = ''
  let browser: Browser
  let room: DrillRoom

  /** The desk at an address, as somebody who signed in there. */
  async function desk(path: string, person: string, size = PHONE): Promise<Page> {
    const context = await browser.newContext({ viewport: size, reducedMotion: 'reduce' })
    onTestFinished(() => context.close())
    const page = await context.newPage()
    page.setDefaultTimeout(PATIENCE.timeout)
    await page.goto(new URL(`${path}desk?lang=zh`, room.city.app.http).href)
    await page.waitForSelector('.demo-people')
    const more = page.locator('.demo-people .link')
    if (await more.isVisible()) await more.click()
    await page.click(`[data-person=${person}]`)
    await page.waitForSelector('.frame')
    return page
  }

  beforeAll(async () => {
    dist = await pages()
    room = await openDrillRoom(12_000, dist)
    browser = await launch()
  }, 300_000)

  afterAll(async () => {
    await browser?.close()
    await room?.close()
  })

  it('[WA50] [WA58] is marked on the door, the list and the alert; a trainee acts and sees the score', async () => {
    const drill = await room.open(['officer', 'supervisor'])
    const page = await desk(drill.path.slice(1), 'officer')
    await page.waitForSelector('.session-mark:has-text("演练DRILL")')
    await room.supervisor.ask('POST', `api/v1/replays/${drill.id}/play`, {})
    await page.waitForSelector(`[data-alert="${room.lived.id}"] .drill-mark`)
    expect(await clipped(page)).toEqual([])
    await page.click(`[data-alert="${room.lived.id}"]`)
    await page.waitForSelector('.drill-strip')
    await page.click('[data-verb=acknowledge]')
    await page.waitForSelector('.incident:has-text("已确认")')
    await page.click('.session-mark button')
    await page.waitForSelector('.drill-score li:has-text("小雨")')
    expect(await page.locator('.drill-score').textContent()).toMatch(/100 % 按时.*确认.*限 1:00:00 · 当时/)
    await room.supervisor.ask('DELETE', `api/v1/replays/${drill.id}`)
    await page.waitForSelector('.banner:has-text("已经关闭")')
  })

  it('[WA50] shows a replay to look at alone, with its controls where there is room', async () => {
    const { lived, supervisor } = room
    const { body } = await supervisor.ask('POST', 'api/v1/replays', { at: lived.since + 2000 })
    const { id, path } = body as ReplayView
    const page = await desk(path.slice(1), 'officer', SCREEN)
    await page.waitForSelector('.session-mark:has-text("回放REPLAY")')
    await page.waitForSelector(`[data-alert="${lived.id}"] .drill-mark`)
    await page.waitForSelector('.player-strip .scrubber')
    await page.waitForSelector('.incident :text("回放只看不做")')
    await page.waitForSelector('.pulse:has-text("暂停")')
    const shown = () => page.locator('.pulse time').textContent()
    const clock = new Intl.DateTimeFormat('zh-CN', { timeZone: 'Asia/Shanghai', timeStyle: 'medium' })
    expect(await shown()).toBe(clock.format(lived.since + 2000))
    await page.goto(new URL(`${path.slice(1)}report?lang=zh`, room.city.app.http).href)
    await page.waitForSelector('.session-mark:has-text("回放REPLAY")')
    await supervisor.ask('DELETE', `api/v1/replays/${id}`)
  })

  it('[WA52] [WA54] moves the wall of a real session, forwards and back', async () => {
    const { lived, supervisor, city } = room
    const { body } = await supervisor.ask('POST', 'api/v1/replays', { at: lived.since + 2000 })
    const { id, path } = body as ReplayView
    const page = await browser.newPage({ viewport: { width: 1920, height: 1080 }, reducedMotion: 'reduce' })
    onTestFinished(() => page.close())
    await page.goto(new URL(`${path.slice(1)}?lang=zh`, city.app.http).href)
    const alerts = page.locator('.rail .alert .exercise')
    await expect.poll(() => alerts.count(), PATIENCE).toBe(1)
    const at = async () => (await supervisor.get<ReplayView>(`api/v1/replays/${id}`)).at
    const begun = await at()
    await page.keyboard.press('ArrowRight')
    await expect.poll(at, PATIENCE).toBeGreaterThan(begun)
    await page.keyboard.press('ArrowDown')
    await expect.poll(at, PATIENCE).toBeLessThan(begun)
    await page.keyboard.press('Home')
    await expect.poll(() => alerts.count(), PATIENCE).toBe(0)
    await page.keyboard.press(' ')
    await expect.poll(() => alerts.count(), PATIENCE).toBe(1)
    expect(await page.getAttribute('.wall', 'data-fresh')).toBe('live')
    await page.keyboard.press('End')
    await page.waitForSelector('.wall[data-fresh=live]')
    await page.keyboard.press('Escape')
    await page.waitForURL(/\/\?lang=zh$/)
    await page.waitForSelector('.wall[data-fresh=live] header .clock:not(.then)')
    await supervisor.ask('DELETE', `api/v1/replays/${id}`)
  })
})
