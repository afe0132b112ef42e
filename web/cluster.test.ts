import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeFrame } from '../services/core/frame.ts'
import { ownersOf } from '../services/core/ownership.ts'
import { startSmallCluster, type SmallCluster } from '../services/testdata/small-cluster.ts'
import { smallGrid, smallPlan } from '../services/testdata/small-city.ts'
import { CHROMIUM, launch, open } from './testdata/browser.ts'
import { pages } from './testdata/pages.ts'

const plan = { ...smallPlan(smallGrid(4)), partitions: 3 }
const PATIENCE = { timeout: 40_000 }
/** The first street, and the partition that has it. */
const STREET = 1
const partition = ownersOf(plan)[STREET] ?? 0

describe.skipIf(CHROMIUM === undefined)('wall of a cluster in Chromium', () => {
  let dist = ''
  let browser: Browser
  let cluster: SmallCluster
  let page: Page
  let ticking: NodeJS.Timeout
  const faults: string[] = []
  /** Frames by the gateway they came from. */
  const frames: { readonly from: string; readonly kind: string }[] = []
  const asked: string[] = []

  beforeAll(async () => {
    dist = await pages()
    cluster = await startSmallCluster(plan, dist)
    const time = cluster.clock.now()
    for (const source of ['a', 'b'])
      await cluster.observe(source, { indicator: 'pm25', value: 300, time, lon: 118.005, lat: 32.005 })
    await cluster.ticks(1)
    ticking = setInterval(() => void cluster.ticks(1), 1_000)
    browser = await launch()
    page = await open(browser, 'about:blank')
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('ERR_CONNECTION'))
        faults.push(message.text())
    })
    page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => {
        if (typeof payload !== 'string') frames.push({ from: socket.url(), kind: decodeFrame(payload).kind })
      }),
    )
    page.on('response', (response) => asked.push(`${response.status()} ${response.url()}`))
    await page.goto(`${cluster.gateways[0]?.url}/?lang=zh&table=1`)
    await page.waitForSelector('.grave .item')
    // The map behind the table comes in pieces, and the gateway that they come from is about to die.
    await page.waitForSelector('#deckgl-overlay', { state: 'attached', timeout: 120_000 })
  }, 180_000)

  afterAll(async () => {
    clearInterval(ticking)
    await browser?.close()
    await cluster?.stop()
  })

  it('[WA28] names what is missing until it is back', async () => {
    await cluster.lose(partition)
    await page.waitForSelector(`.gap:has-text("${plan.grid.names[STREET]?.zh}")`)
    expect(await page.locator('.gap').textContent()).toContain('2/3 分区在线')
    expect(await page.getAttribute('.wall', 'data-fresh')).toBe('live')
    cluster.regain(partition)
    await page.waitForSelector('.gap', { state: 'detached' })
    expect(await page.locator('.item:not(.veiled) .chip').count()).toBeGreaterThan(0)
  })

  it('[WA26] resumes on another gateway as if nothing were', async () => {
    const [first, second] = cluster.gateways.map(({ url }) => url)
    const socketOf = (url = '') => `${url.replace('http', 'ws')}/ws`
    const grave = await page.locator('.grave').textContent()
    await page.evaluate(() => {
      const wall = document.querySelector('.wall')
      const seen = new Set([wall?.getAttribute('data-fresh')])
      new MutationObserver(() => seen.add(wall?.getAttribute('data-fresh'))).observe(document.body, {
        subtree: true,
        childList: true,
        attributes: true,
      })
      Object.assign(window, { seen: () => [...seen] })
    })
    await cluster.gateways[0]?.kill()
    await expect
      .poll(() => frames.filter(({ from }) => from === socketOf(second)).length, PATIENCE)
      .toBeGreaterThan(2)
    expect(new Set(frames.filter(({ from }) => from === socketOf(second)).map(({ kind }) => kind))).toEqual(
      new Set(['delta']),
    )
    expect(frames.filter(({ kind }) => kind === 'snapshot').map(({ from }) => from)).toEqual([
      socketOf(first),
    ])
    // Asked of the page that was there before: it was not loaded anew.
    const claimed = await page.evaluate(() => (Reflect.get(window, 'seen') as () => unknown)())
    expect(claimed).toEqual(['live'])
    expect(await page.locator('.grave').textContent()).toBe(grave)
    await expect
      .poll(() => asked.some((line) => line.startsWith(`200 ${second}/api/v1/areas/`)), PATIENCE)
      .toBe(true)
    expect([faults, cluster.faults]).toEqual([[], []])
  })
})
