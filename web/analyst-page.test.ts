import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { incidents, LIVE } from './testdata/analyst-days.ts'
import { rowOf, timeOf, xOf } from './testdata/analyst-hands.ts'
import { openAnalystRoom } from './testdata/analyst-room.ts'
import type { AnalystRoom } from './testdata/analyst-room.ts'
import { CHROMIUM, launch, open } from './testdata/browser.ts'
import { clipped } from './testdata/desk-room.ts'
import { pages } from './testdata/pages.ts'

/** For what waits for software to draw, on a machine that does other things. */
const PATIENCE = { timeout: 60_000 }
const NOON = '2026-11-22T03:30:00Z'
const AT = Date.parse(NOON)

describe.skipIf(CHROMIUM === undefined)('analyst’s page in Chromium', () => {
  let dist = ''
  /** Without WebGL: what is not about maps need not wait for software to draw them. */
  let plain: Browser
  let room: AnalystRoom

  async function at(query: string, width = 1920, height = 1080): Promise<Page> {
    const page = await open(plain, `${room.url}analyst${query}`, width, height)
    onTestFinished(() => page.close())
    await page.waitForSelector('.city h1:has-text("仙林"), .city h1:has-text("Xianlin")')
    return page
  }

  const told = (method: string, path: string) =>
    room.asked.filter((one) => one.method === method && one.path.startsWith(path))

  beforeAll(async () => {
    dist = await pages()
    plain = await launch(['--disable-gpu', '--disable-3d-apis'])
    room = await openAnalystRoom(dist)
  }, 120_000)

  afterAll(async () => {
    await plain.close()
    await room.close()
  })

  it('[AN10] marks a replay so large that it cannot be missed, and nothing takes the mark away', async () => {
    const page = await at(`?lang=zh&t=${NOON}`)
    const mark = page.locator('.replay-mark')
    await expect
      .poll(() => mark.innerText(), PATIENCE)
      .toMatch(/回放 REPLAY\s+2026年11月22日 周日\s*11:30:00/)
    const size = await mark
      .locator('b')
      .evaluate((element) => Number.parseFloat(getComputedStyle(element).fontSize))
    expect(size).toBeGreaterThan(40)
    await page.keyboard.press('Escape')
    await mark.click()
    expect(await mark.isVisible()).toBe(true)
    await page.keyboard.press('n')
    await mark.waitFor({ state: 'detached' })
  })

  it('[AN11] opens one session, only when a moment is wanted, and gives it back with the page', async () => {
    const before = told('POST', '/replays').length
    const page = await at('?lang=en')
    await page.waitForSelector('.row-labels b')
    expect(told('POST', '/replays')).toHaveLength(before)
    await page.keyboard.press('Space')
    await page.waitForSelector('.player[data-state=playing]')
    await page.keyboard.press('Space')
    await page.waitForSelector('.player[data-state=paused]')
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press(']')
    await page.waitForSelector('[data-rate="120"][aria-pressed=true]')
    const [opened, ...verbs] = told('POST', '/replays').slice(before)
    expect(opened?.path).toBe('/replays')
    expect(verbs.every(({ path }) => /^\/replays\/\w+\/(play|pause|step|rate|seek)$/.test(path))).toBe(true)
    const [id = ''] = [...room.sessions.keys()].slice(-1)
    await page.goto('about:blank')
    await expect.poll(() => room.sessions.has(id), PATIENCE).toBe(false)
  })

  it('[AN12] zooms into what is brushed, by wheel and keys, and shows all on a double click', async () => {
    const page = await at(`?lang=zh&t=${NOON}&from=2026-11-21T12:00:00Z&to=2026-11-22T12:00:00Z`)
    await page.waitForSelector('.head')
    const y = await rowOf(page, '各色网格')
    const [left, right] = [await xOf(page, AT - 3_600_000), await xOf(page, AT + 3_600_000)]
    await page.mouse.move(left, y)
    await page.mouse.down()
    await page.mouse.move((left + right) / 2, y)
    await page.waitForSelector('.timeline .brush')
    await page.mouse.move(right, y)
    await page.mouse.up()
    await expect
      .poll(() => Math.abs((timeOf(page, 'from') ?? 0) - (AT - 3_600_000)), PATIENCE)
      .toBeLessThan(120_000)
    expect(Math.abs((timeOf(page, 'to') ?? 0) - (AT + 3_600_000))).toBeLessThan(120_000)
    const length = (): number => (timeOf(page, 'to') ?? 0) - (timeOf(page, 'from') ?? 0)
    const brushed = length()
    await page.mouse.wheel(0, -240)
    await expect.poll(length, PATIENCE).toBeLessThan(brushed)
    const wheeled = length()
    await page.keyboard.press('-')
    await expect.poll(length, PATIENCE).toBeGreaterThan(wheeled)
    await page.mouse.dblclick(left, y)
    await expect.poll(() => length() > 4 * 86_400_000, PATIENCE).toBe(true)
    // A double click is no click: the head stays where it was.
    expect(timeOf(page, 't')).toBe(AT)
  })

  it('[AN13] opens at an incident, five minutes before it was born, when its bar is clicked', async () => {
    const isAlone = (born: number): boolean =>
      incidents.filter((other) => other.born < born + 3_600_000 && (other.over ?? LIVE) > born - 3_600_000)
        .length === 1
    const one = incidents.find(({ born }) => isAlone(born))
    const born = one?.born ?? 0
    const [from, to] = [born - 1_800_000, born + 1_800_000].map((ms) => new Date(ms).toISOString())
    const page = await at(`?lang=zh&t=${new Date(born - 1_200_000).toISOString()}&from=${from}&to=${to}`)
    await page.waitForSelector('.head')
    const box = await page.locator('.row-labels span', { hasText: '事件' }).boundingBox()
    const [x, y] = [await xOf(page, born + 60_000), (box?.y ?? 0) + 10]
    await expect
      .poll(async () => {
        await page.mouse.move(x, y - 2)
        await page.mouse.move(x, y)
        return page.locator('.tip .subject').count()
      }, PATIENCE)
      .toBe(1)
    await page.mouse.click(x, y)
    await expect.poll(() => timeOf(page, 't'), PATIENCE).toBe(born - 300_000)
    expect(new URL(page.url()).searchParams.get('incident')).toBe(one?.id)
    await page.waitForSelector(`.incident-card .number:has-text("${one?.number}")`)
    await page.waitForSelector('.knew li')
  })

  it('[AN14] says what to do when no more sessions are allowed, and goes on once one is closed', async () => {
    const other = await at(`?lang=zh&t=${NOON}`)
    await other.waitForSelector('.player[data-state=paused]')
    room.fill(true)
    const page = await at(`?lang=zh&t=${NOON}`)
    await page.waitForSelector('.trouble:has-text("请关掉一个不用的")')
    // The newest is that of the other page.
    await page.click('.trouble li:last-child button')
    await page.waitForSelector('.player[data-state=paused]')
    expect(await page.locator('.trouble').count()).toBe(0)
    await other.waitForSelector('.said:has-text("已关闭")')
  })

  it('[AN1] leads by its address to the same moment, panel and incident', async () => {
    const one = incidents.at(-3)
    const page = await at(`?lang=en&theme=light&t=${NOON}&rate=600&panel=bundles&incident=${one?.id}`)
    await page.waitForSelector('.player[data-state=paused]')
    await page.keyboard.press('k')
    await page.waitForSelector('.said')
    const again = await at(new URL(page.url()).search)
    await expect.poll(() => again.locator('.head time').innerText(), PATIENCE).toBe('Sun 22 Nov 11:30:00')
    await again.waitForSelector('[data-rate="600"][aria-pressed=true]')
    await again.waitForSelector('[data-pane=bundles] [data-bundle]')
    expect(await again.locator('html').getAttribute('data-theme')).toBe('light')
  })

  it('[AN15] marks each changed field with its old value, checks at once, and shows faults at their line', async () => {
    const page = await at('?lang=zh&panel=rules')
    await page.click('[data-rule=flooding] summary')
    const field = page.locator('[data-field="flooding/limits/orange"]')
    await field.fill('0.12')
    await field.press('Tab')
    await page.waitForSelector('.field.changed:has-text("原 0.15")')
    await page.waitForSelector('.run:not([disabled])')
    expect(told('POST', '/rules/check').at(-1)?.body).toMatchObject({
      text: { rules: [{ limits: { orange: 0.12 } }, {}, {}, {}, {}] },
    })
    await field.fill('often')
    await field.press('Tab')
    await page.waitForSelector('.field.wrong:has-text("写一个数")')
    expect(await page.locator('.run').isDisabled()).toBe(true)
    await page.click('.switch button:last-child')
    await page.fill('.editor textarea', 'rules:\n  - id: flooding\n    limits:\n      oranje: 0.12\n')
    await page.waitForSelector('.faults:has-text("第 4 行")')
    expect(await page.locator('.editor li.wrong').innerText()).toBe('4')
  })

  it('[AN16] rehearses the span that is seen, and leads from an alert that differs to its time', async () => {
    const page = await at(`?lang=zh&panel=rules&t=${NOON}&from=2026-11-21T12:00:00Z&to=2026-11-22T12:00:00Z`)
    await page.click('[data-rule=flooding] summary')
    await page.locator('[data-field="flooding/limits/orange"]').fill('0.12')
    await page.locator('[data-field="flooding/limits/orange"]').press('Tab')
    await page.click('.run:not([disabled])')
    await page.waitForSelector('.verdict-head:has-text("条告警提前")')
    expect(told('POST', '/rehearsals').at(-1)?.body).toMatchObject({
      from: Date.UTC(2026, 10, 21, 12),
      to: Date.UTC(2026, 10, 22, 12),
    })
    expect(await page.locator('.row-labels span').allInnerTexts()).toEqual([
      '原规则',
      '新规则',
      '事件',
      '告警／处置',
      '全部',
    ])
    const rows = page.locator('.compared tbody tr')
    const all = await rows.count()
    await page.click('.verdicts [data-verdict=earlier]')
    await expect.poll(() => rows.count(), PATIENCE).toBeLessThan(all)
    await rows.first().locator('button').click()
    await expect
      .poll(() => (timeOf(page, 'to') ?? 0) - (timeOf(page, 'from') ?? 0), PATIENCE)
      .toBeLessThan(6 * 3_600_000)
    const again = await at(new URL(page.url()).search)
    await again.waitForSelector('.verdict-head:has-text("条告警提前")')
  })

  it('[AN17] says in words when nothing is held yet, and shows the timeline as soon as something is', async () => {
    room.empty(true)
    onTestFinished(() => room.empty(false))
    const page = await at('?lang=en')
    await page.waitForSelector('.timeline .missing:has-text("first minute is being written")')
    expect(await page.locator('.hand.play').isDisabled()).toBe(true)
    room.write(false)
    onTestFinished(() => room.write(true))
    await page.reload()
    await page.waitForSelector('.timeline .missing:has-text("No archive is kept here")')
    room.empty(false)
    await page.waitForSelector('.row-labels b')
    await page.waitForSelector('.timeline .missing', { state: 'detached' })
  })

  it('[AN18] asks who publishes, and why, before other rules go into force', async () => {
    const page = await at('?lang=zh&panel=rules')
    await page.click('[data-version^="0011"] .publish')
    await page.waitForSelector('[data-sheet=sign-in] .sign-in')
    await page.keyboard.press('Escape')
    await page.waitForSelector('.publish-form textarea')
    expect(await page.locator('.publish-form .main').isDisabled()).toBe(true)
  })

  it('[AN19] cuts no text off, in either language and at any size', async () => {
    const sizes = [
      [1920, 1080],
      [1440, 900],
      [3840, 2160],
    ] as const
    for (const [width, height] of sizes)
      for (const lang of ['zh', 'en']) {
        const page = await at(`?lang=${lang}&t=${NOON}&incident=${incidents.at(-1)?.id}`, width, height)
        await page.waitForSelector('.player[data-state=paused]')
        await page.waitForSelector('.knew li')
        for (const panel of ['moment', 'rules', 'bundles', 'drill']) {
          await page.click(`[data-panel=${panel}]`)
          await page.waitForSelector(`[data-pane=${panel}]`)
          await page.evaluate(() => document.fonts.ready)
          const cut = await clipped(page)
          // Boxes that hide on purpose what goes beyond them.
          const faults = cut.filter((text) => !/\.(clip|glass|map|labels|head|edge)\b/.test(text))
          expect([lang, width, panel, ...faults]).toEqual([lang, width, panel])
        }
        await page.close()
      }
  })

  it('[AN20] shows live and replay side by side, and one map follows the other', async () => {
    const browser = await launch()
    onTestFinished(() => browser.close())
    const page = await open(browser, `${room.url}analyst?lang=zh&t=${NOON}&compare=1`)
    page.setDefaultTimeout(120_000)
    const names = (map: string): Promise<Record<string, string>> =>
      page
        .locator(`[data-map=${map}] .labels span`)
        .evaluateAll((all) =>
          Object.fromEntries(all.map((one) => [one.textContent ?? '', (one as HTMLElement).style.transform])),
        )
    await page.waitForSelector('[data-map=live] .labels span')
    await page.waitForSelector('[data-map=replay] .labels span')
    const box = await page.locator('[data-map=live] .gl').boundingBox()
    const [x, y] = [(box?.x ?? 0) + 300, (box?.y ?? 0) + 200]
    const before = await names('live')
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x + 60, y + 40, { steps: 4 })
    await page.mouse.up()
    await expect
      .poll(async () => (await names('live'))['羊山公园'] !== before['羊山公园'], { timeout: 90_000 })
      .toBe(true)
    await expect
      .poll(
        async () => {
          const [one, other] = [await names('live'), await names('replay')]
          // Names step aside for what is grave; those far from it stand alike.
          return ['文澜路', '仙鹤门'].every((name) => one[name] !== undefined && one[name] === other[name])
        },
        { timeout: 90_000 },
      )
      .toBe(true)
  }, 300_000)
})
