import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { SilencesAnswer } from '../services/core/desk-wire.ts'
import { ChaosProxy } from '../services/testdata/chaos-proxy.ts'
import { CHROMIUM } from './testdata/browser.ts'
import { alertOf, here, open, said, send } from './testdata/desk-hands.ts'
import { clipped, openDeskRoom, PATIENCE, SCREEN, tooSmall } from './testdata/desk-room.ts'
import type { DeskOptions, DeskRoom } from './testdata/desk-room.ts'

describe.skipIf(CHROMIUM === undefined)('desk in Chromium', () => {
  let room: DeskRoom

  /** A desk that goes away with its test. */
  async function desk(person: string, options: DeskOptions = {}): Promise<Page> {
    const page = await room.deskOf(person, options)
    onTestFinished(() => page.context().close())
    return page
  }

  beforeAll(async () => {
    room = await openDeskRoom()
  }, 180_000)

  afterAll(() => room?.close())

  it('[OD6] takes an alert from raised to closed through the hands of five people', async () => {
    const officer = await desk('officer')
    const id = await room.dust(officer)
    await open(officer, id)
    await officer.waitForSelector('.whyso .sentence')
    await officer.click('.act.first[data-verb=acknowledge]')
    await said(officer, '确认：已入档')
    await here(officer, '已确认')

    const commander = await desk('commander')
    await open(commander, id)
    await commander.click('.act[data-verb=whistle]')
    await commander.click('.choice label:has-text("水务")')
    await commander.click('.sheet .submit .main')
    await said(commander, '吹哨：已入档')

    // Called: it is theirs now, without having opened anything.
    const crew = await desk('water-crew')
    await crew.click(`[data-alert="${id}"]`)
    await crew.click('.act.first[data-verb=report-in]')
    await crew.fill('textarea', '两人已到。')
    await crew.click('.sheet .submit .main')
    await said(crew, '报到：已入档')
    // Whoever looks on sees it without asking.
    await commander.waitForSelector('.whistle tr.in:has-text("水务")')

    await send(officer, 'handle', () => officer.fill('textarea', '已洒水降尘。'))
    await here(officer, '已处置')

    const supervisor = await desk('supervisor')
    await open(supervisor, id)
    await supervisor.click('.act.first[data-verb=verify]')
    await supervisor.click('.sheet .submit .main')
    await here(supervisor, '已核查')
    await supervisor.click('.act.first[data-verb=close][aria-disabled=false]')
    await supervisor.click('.sheet .submit .main')
    await here(supervisor, '已关闭')
    await supervisor.waitForSelector('.record q:has-text("两人已到。")')

    const { alert } = await alertOf(officer, id)
    const deeds = ['acknowledge', 'whistle', 'report-in', 'handle', 'verify', 'close']
    expect(alert.record.map(({ what }) => what).filter((what) => deeds.includes(what))).toEqual(deeds)
    expect(alert.state).toBe('closed')
    // The list of whoever looks on lets it go.
    await crew.click('.back')
    await crew.waitForSelector(`[data-alert="${id}"]`, { state: 'detached' })
  }, 180_000)

  it('[OD5] tells the slower of two officers who was faster, and when', async () => {
    const officer = await desk('officer')
    const id = await room.dust(officer)
    await open(officer, id)
    // What the page asks is held back, so that it still offers what somebody else has just done.
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    await officer.route(/\/api\/v1\/alerts/, async (route) => {
      if (route.request().method() === 'GET') await held
      await route.continue()
    })
    const night = await desk('night')
    await open(night, id)
    await night.keyboard.press('a')
    await said(night, '确认：已入档')
    const refused = officer.waitForResponse((response) => response.status() === 409)
    await officer.click('.act.first[data-verb=acknowledge]')
    await refused
    release()
    await officer.waitForSelector('.said .grave:has-text("演示·星夜 已于")')
    await officer.click('.said .grave button')
    await here(officer, '已确认')
    const { alert } = await alertOf(officer, id)
    expect(alert.record.filter(({ what }) => what === 'acknowledge').length).toBe(1)
  }, 120_000)

  it('[OD7] shows what is not permitted with the reason, and does not do it', async () => {
    const viewer = await desk('viewer')
    const id = await room.dust(viewer)
    await open(viewer, id)
    await viewer.waitForSelector('.act.first[aria-disabled=true]')
    await viewer.keyboard.press('a')
    await viewer.click('.act.more')
    expect(await viewer.locator('.verbs button:not([aria-disabled=true])').count()).toBe(0)
    expect(await viewer.locator('.verbs [data-verb=verify] span').textContent()).toBe('监督专用')
    expect((await alertOf(viewer, id)).alert.state).toBe('raised')
  }, 90_000)

  it('[OD8] silences what a finger drew', async () => {
    const supervisor = await desk('supervisor')
    const id = await room.dust(supervisor)
    await open(supervisor, id)
    await supervisor.keyboard.press('s')
    await supervisor.click('.sheet .submit .main')
    const map = supervisor.locator('.sheet .desk-map')
    await map.waitFor()
    await expect.poll(() => supervisor.locator('.sheet .map-age').count(), PATIENCE).toBe(0)
    const box = await map.boundingBox()
    const [x, y] = [(box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + (box?.height ?? 0) / 2]
    await supervisor.mouse.move(x + 80, y)
    await supervisor.mouse.down()
    for (let i = 1; i <= 24; i++) {
      const angle = (i / 24) * 2 * Math.PI
      await supervisor.mouse.move(x + 80 * Math.cos(angle), y + 80 * Math.sin(angle))
    }
    await supervisor.mouse.up()
    await supervisor.waitForSelector('.drawing-box .note:has-text("已圈")')
    await supervisor.click('.choice label:has-text("红色")')
    await supervisor.fill('textarea', '道路施工，已知扬尘')
    await supervisor.click('.sheet .submit .main')
    await supervisor.waitForSelector('.items li:has-text("道路施工")')
    const answer = await supervisor.request.get(new URL('api/v1/silences', room.city.app.http).href)
    const { silences } = (await answer.json()) as SilencesAnswer
    const made = silences.find(({ reason }) => reason.startsWith('道路施工'))
    expect(made?.ring.length).toBeGreaterThan(5)
    expect(made?.inForce).toBe(true)
    await supervisor.keyboard.press('Escape')
    await supervisor.waitForSelector('.sheet', { state: 'detached' })
    await supervisor.waitForSelector('.strip:has-text("有静默在先")')
    await supervisor.keyboard.press('s')
    await supervisor.click('.items li:has-text("道路施工") .link')
    await supervisor.waitForSelector('.items .past:has-text("已提前结束")')
  }, 120_000)

  it('[OD9] says within ten seconds that it is cut off, and comes back by itself', async () => {
    const { port } = new URL(room.city.app.http)
    const proxy = await ChaosProxy.start(() => Number(port))
    onTestFinished(() => proxy.close())
    const officer = await desk('officer', { url: `http://127.0.0.1:${proxy.port}` })
    const id = await room.dust(officer)
    await open(officer, id)
    // A dead router: nothing comes, and nothing says so.
    proxy.set({ kind: 'hang' })
    await officer.waitForSelector('.frame[data-fresh=cut] .banner', { timeout: 10_000 })
    expect(await officer.locator('.act.first').getAttribute('aria-disabled')).toBe('true')
    expect(await officer.locator('.act.first small').textContent()).toBe('连接中断')
    proxy.set({ kind: 'pass' })
    await officer.waitForSelector('.frame[data-fresh=live]')
    await officer.waitForSelector('.banner', { state: 'detached' })
    proxy.set({ kind: 'cut' })
    await officer.waitForSelector('.frame[data-fresh=cut] .banner', { timeout: 10_000 })
    proxy.set({ kind: 'pass' })
    await officer.click('.act.first[data-verb=acknowledge][aria-disabled=false]')
    await said(officer, '确认：已入档')
  }, 120_000)

  it('[OD1] returns to where one was after the session ended', async () => {
    const officer = await desk('officer')
    const id = await room.dust(officer)
    await open(officer, id)
    await officer.request.delete(new URL('api/v1/session', room.city.app.http).href)
    await officer.waitForSelector('.door .lead:has-text("登录已过期")')
    await officer.click('[data-person=officer]')
    await officer.waitForSelector(`.incident .acts`)
    expect(new URL(officer.url()).searchParams.get('alert')).toBe(id)
  }, 90_000)

  it('[OD1] says what is wrong at the door, and what to do', async () => {
    const context = await room.browser.newContext()
    onTestFinished(() => context.close())
    const page = await context.newPage()
    await page.goto(new URL('desk?lang=en', room.city.app.http).href)
    const enter = async (person: string): Promise<void> => {
      await page.fill('[name=person]', person)
      await page.fill('[name=password]', 'no such password')
      await page.click('.sign-in button')
      await page.waitForSelector('.sign-in button:not([disabled])')
    }
    await enter('nobody-here')
    await page.waitForSelector('.fault:has-text("is wrong")')
    for (let i = 0; i < 12 && (await page.locator('.fault:has-text("Too many tries")').count()) === 0; i++)
      await enter('nobody-here')
    await page.waitForSelector('.fault:has-text("Too many tries")')
  }, 90_000)

  it('[OD4] sounds for a new red alert, unless it is muted', async () => {
    const page = await desk('officer', {
      before: () => {
        Object.assign(window, { tones: 0 })
        window.AudioContext = class extends AudioContext {
          override createOscillator(): OscillatorNode {
            Object.assign(window, { tones: Number(Reflect.get(window, 'tones')) + 1 })
            return super.createOscillator()
          }
        }
      },
    })
    const tones = () => page.evaluate(() => Number(Reflect.get(window, 'tones')))
    const first = await room.dust(page)
    await page.click('[role=tab]:nth-of-type(2)')
    await page.waitForSelector(`[data-alert="${first}"] .unread`)
    await expect.poll(tones, PATIENCE).toBeGreaterThan(0)
    await page.click('.bar .icon[aria-pressed=true]')
    const before = await tones()
    const second = await room.dust(page)
    await page.waitForSelector(`[data-alert="${second}"]`)
    expect(await tones()).toBe(before)
    // Remembered by this browser.
    await page.reload()
    await page.waitForSelector('.bar .icon[aria-pressed=false]')
  }, 120_000)

  it('[OD10] is worked by keys alone', async () => {
    const page = await desk('officer', { size: SCREEN })
    const id = await room.dust(page)
    await page.keyboard.press('t')
    await page.waitForSelector(`[data-alert="${id}"]`)
    for (let i = 0; i < 40 && !page.url().includes(id); i++) await page.keyboard.press('j')
    expect(page.url()).toContain(id)
    await page.waitForSelector('.acts')
    await page.keyboard.press('?')
    await page.waitForSelector('.sheet .keys')
    await page.keyboard.press('Escape')
    await page.waitForSelector('.sheet', { state: 'detached' })
    await page.keyboard.press('a')
    await said(page, '确认：已入档')
    await page.keyboard.press('d')
    await page.waitForSelector('.sheet fieldset')
    await page.keyboard.press('Escape')
    await page.waitForSelector('.sheet', { state: 'detached' })
    await page.keyboard.press('/')
    await page.keyboard.type('no such place')
    await page.waitForSelector('.empty:has-text("筛选后没有")')
    await page.keyboard.press('Escape')
    await page.keyboard.press('g')
    await page.waitForSelector('html[lang=en]')
  }, 90_000)

  it('[OD14] marks a drill wherever it stands, and what is invented', async () => {
    const page = await desk('supervisor')
    await page.waitForSelector('.bar .demo:has-text("演示")')
    await page.click('.bar .icon >> nth=-1')
    await page.click('[data-sheet=raise]')
    await page.fill('[name=headline]', '灯会疏散演练')
    await page.check('[name=exercise]', { force: true })
    await page.click('.sheet .submit .main')
    await page.waitForSelector('.drill-strip:has-text("非真实险情")')
    await page.click('.back')
    await page.waitForSelector('.row.drill .drill-mark:has-text("演练")')
  }, 90_000)

  it('[OD15] cuts no text and misses no thumb, on a phone and a screen, in both languages and lights', async () => {
    const seeing = await desk('officer')
    const id = await room.dust(seeing)
    for (const size of [undefined, SCREEN])
      for (const query of ['?lang=zh', '?lang=en&theme=light']) {
        const page = await desk('commander', { query, ...(size && { size }) })
        await page.click('[role=tab]:nth-of-type(2)')
        await page.waitForSelector('.row')
        expect([await clipped(page), await tooSmall(page)]).toEqual([[], []])
        await page.click(`[data-alert="${id}"]`)
        await page.waitForSelector('.near h2')
        await page.waitForSelector('.whyso .sentence')
        expect([await clipped(page), await tooSmall(page)]).toEqual([[], []])
        await page.click('.act[data-verb=whistle]')
        await page.waitForSelector('.sheet .choice')
        expect(await clipped(page)).toEqual([])
        await page.context().close()
      }
  }, 180_000)

  it('[OD16] serves the worker that shows notices beside the pages', async () => {
    const page = await desk('officer')
    const state = await page.evaluate(async () => {
      const made = await navigator.serviceWorker.register('push-worker.js')
      await navigator.serviceWorker.ready
      return [new URL(made.scope).pathname, made.active !== null]
    })
    expect(state).toEqual(['/', true])
  }, 60_000)
})
