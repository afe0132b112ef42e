import type { Page } from 'playwright-core'
import type { AlertAnswer } from '../../services/core/desk-wire.ts'

/** Opens an alert from the list of all. */
export async function open(page: Page, id: string): Promise<void> {
  await page.click('[role=tab]:nth-of-type(2)')
  await page.click(`[data-alert="${id}"]`)
  await page.waitForSelector('.acts')
}

/** Waits for a sentence at the foot of the page. */
export async function said(page: Page, text: string): Promise<void> {
  await page.waitForSelector(`.said p:has-text("${text}")`)
}

/** Waits until the opened alert is in a state, by its name. */
export async function here(page: Page, state: string): Promise<void> {
  await page.waitForSelector(`.life .here:has-text("${state}")`)
}

/** Opens the form of a verb among all of them, and sends it. */
export async function send(page: Page, verb: string, before?: () => Promise<void>): Promise<void> {
  await page.click('.act.more')
  await page.click(`.verbs [data-verb=${verb}]`)
  await before?.()
  await page.click('.sheet .submit .main')
}

/** The alert as the server has it. */
export async function alertOf(page: Page, id: string): Promise<AlertAnswer> {
  const answer = await page.request.get(new URL(`/api/v1/alerts/${id}`, page.url()).href)
  return (await answer.json()) as AlertAnswer
}
