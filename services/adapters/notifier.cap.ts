import { open, mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Alert } from '../core/alert.ts'
import type { AlertPolicy } from '../core/alert-policy.ts'
import { messageOf } from '../core/errors.ts'
import type { Plan } from '../core/plan.ts'
import { capXml, type CapSettings } from '../formats/cap.ts'
import { capMessages, type CapMessage } from '../formats/cap-chain.ts'
import type { Delivery, Notifier } from '../ports.ts'
import { troubleOf } from './outbound.ts'

/** Alerts of which it is remembered what was written; the oldest go first. */
const MOST_REMEMBERED = 10_000

/** What the folder needs. */
export interface CapFolderSettings {
  readonly folder: string
  readonly settings: CapSettings
  readonly plan: Plan
  readonly policy: AlertPolicy
}

/**
 * Writes CAP messages as files, `{identifier}.xml`, for systems that watch a folder. A file is there whole or not at all. What a
 * reader takes away does not come back: only messages newer than the last written one, or at a start those since the notice.
 */
export function capNotifier({ folder, settings, plan, policy }: CapFolderSettings): Notifier {
  const written = new Map<string, number>()

  async function write(message: CapMessage): Promise<void> {
    const file = join(folder, `${message.identifier.replace(/[^\w.-]/g, '-')}.xml`)
    const draft = `${file}.part`
    const handle = await open(draft, 'w')
    try {
      await handle.writeFile(capXml(message, plan, policy, settings))
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(draft, file)
  }

  async function tell(alert: Alert, since: number): Promise<void> {
    const last = written.get(alert.id) ?? since
    for (const message of capMessages(alert, plan, settings.sender)) {
      if (message.at <= last) continue
      await write(message)
      written.delete(alert.id)
      written.set(alert.id, message.at)
    }
    const [oldest] = written.keys()
    if (written.size > MOST_REMEMBERED && oldest !== undefined) written.delete(oldest)
  }

  return {
    channel: 'cap',
    async send({ notice, alerts }): Promise<Delivery> {
      try {
        await mkdir(folder, { recursive: true })
        for (const alert of alerts) await tell(alert, notice.at - 1)
        return { sent: true }
      } catch (error) {
        const why = messageOf('CH-file', { value: notice.id, why: troubleOf(error) })
        return { sent: false, why, retry: true }
      }
    },
    // The folder is the operator's: nobody gives another.
    address: () => null,
    close: () => Promise.resolve(),
  }
}
