import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { CHROMIUM } from './testdata/browser.ts'
import { open } from './testdata/desk-hands.ts'
import { clipped, openDeskRoom, PATIENCE, PHONE, SCREEN } from './testdata/desk-room.ts'
import type { DeskOptions, DeskRoom } from './testdata/desk-room.ts'

describe.skipIf(CHROMIUM === undefined)('pages around the desk in Chromium', () => {
  let room: DeskRoom

  async function desk(person: string, options: DeskOptions = {}): Promise<Page> {
    const page = await room.deskOf(person, options)
    onTestFinished(() => page.context().close())
    return page
  }

  async function stranger(path: string): Promise<Page> {
    const context = await room.browser.newContext({ viewport: SCREEN, reducedMotion: 'reduce' })
    onTestFinished(() => context.close())
    const page = await context.newPage()
    page.setDefaultTimeout(PATIENCE.timeout)
    await page.goto(new URL(path, room.city.app.http).href)
    return page
  }

  beforeAll(async () => {
    room = await openDeskRoom()
  }, 180_000)

  afterAll(() => room?.close())

  it('[OD17] leads from the report through the door and back to the same report', async () => {
    const page = await stranger('report?lang=zh&theme=light&per=week')
    await page.click('.trouble a')
    await page.waitForSelector('html[lang=zh-CN][data-theme=light] .demo-people')
    // All of the door stands in one column.
    const lefts = await page.evaluate(() =>
      [...document.querySelectorAll('.door > *')].map((part) => part.getBoundingClientRect().left),
    )
    expect(new Set(lefts).size).toBe(1)
    await page.click('[data-person=supervisor]')
    await page.waitForSelector('#report h1:has-text("仙林街道")')
    expect(new URL(page.url()).pathname).toBe('/report.html')
    expect(new URL(page.url()).searchParams.get('per')).toBe('week')
    expect(await clipped(page)).toEqual([])
  }, 90_000)

  it('[OD17] leads nowhere else', async () => {
    const page = await stranger(`desk?return=${encodeURIComponent('//elsewhere.example/report.html')}`)
    await page.click('[data-person=supervisor]')
    await page.waitForSelector('.frame[data-fresh=live]')
    expect(new URL(page.url()).pathname).toBe('/desk')
  }, 90_000)

  it('[OD18] opens the most urgent where list and alert fit side by side, and waits to be told on a phone', async () => {
    const officer = await desk('officer')
    const id = await room.dust(officer)
    const wide = await desk('commander', { size: SCREEN })
    await wide.waitForSelector('.incident .acts')
    const first = await wide.locator('.row').first().getAttribute('data-alert')
    expect(new URL(wide.url()).searchParams.get('alert')).toBe(first)
    const narrow = await desk('commander', { size: PHONE })
    await narrow.waitForSelector(`[data-alert="${id}"]`)
    expect(new URL(narrow.url()).searchParams.get('alert')).toBeNull()
  }, 90_000)

  it('[OD19] tells who is on duty at another time, and arranges a cover from then on', async () => {
    const page = await desk('commander')
    await page.keyboard.press('m')
    await page.click('[data-sheet=roster]')
    await page.waitForSelector('.sheet .steps')
    await page.fill('[name=when]', '2027-03-01T23:00')
    await page.waitForSelector('.sheet .steps .line:has-text("届时 演示·小雨")')
    await page.waitForSelector('.sheet .steps .line:has-text("演示·星夜")')
    await page.click('.sheet .choice label:has-text("演示·惊雷")')
    await page.click('.sheet .submit .main')
    await page.waitForSelector('.sheet .steps .line:has-text("届时 演示·惊雷")')
    await page.waitForSelector('.sheet .steps .line:has-text("替班")')
    await page.fill('[name=when]', '2027-03-02T04:00')
    await page.waitForSelector('.sheet .steps .line:has-text("届时 演示·小雨")')
  }, 90_000)

  it('[OD20] offers the ways on which I can be told, and says of whom none was set up', async () => {
    const page = await desk('officer')
    const id = await room.dust(page)
    await page.keyboard.press('m')
    await page.click('[data-sheet=subscriptions]')
    const ways = page.locator('.sheet fieldset:has-text("怎样通知") label')
    await ways.first().waitFor()
    expect(await ways.allTextContents()).toEqual(['值班台', '推送'])
    await page.keyboard.press('Escape')
    await page.waitForSelector('.sheet', { state: 'detached' })
    await open(page, id)
    await page.waitForSelector('.told li:has-text("推送未开启")')
    await page.waitForSelector('.record li:has-text("通知演示·小雨")')
    expect(await page.locator('.record li:has-text("升级通知演示·小雨")').count()).toBe(0)
  }, 90_000)
})
