import type { Page } from 'playwright-core'
import { timeIn } from '../analyst-address.ts'

/** The time that a page's address names. */
export function timeOf(page: Page, name: string): number | null {
  return timeIn(new URL(page.url()).searchParams.get(name))
}

/** Where a time lies on the glass of the timeline, pixels of the page. */
export async function xOf(page: Page, at: number): Promise<number> {
  const box = await page.locator('.glass').boundingBox()
  const [from, to] = [timeOf(page, 'from') ?? 0, timeOf(page, 'to') ?? 1]
  return (box?.x ?? 0) + ((at - from) / (to - from)) * (box?.width ?? 0)
}

/** Middle of a row of the timeline, pixels of the page. */
export async function rowOf(page: Page, label: string): Promise<number> {
  const box = await page.locator('.row-labels span', { hasText: label }).boundingBox()
  return (box?.y ?? 0) + (box?.height ?? 0) / 2
}
