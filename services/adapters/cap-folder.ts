import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Alert } from '../core/alert.ts'
import type { AlertPolicy } from '../core/alert-policy.ts'
import type { AlertRecord } from '../core/alert-record.ts'
import type { Snapshot } from '../core/commit.ts'
import { messageOf } from '../core/errors.ts'
import type { Plan } from '../core/plan.ts'
import { capXml, type CapSettings } from '../formats/cap.ts'
import { capMessages } from '../formats/cap-chain.ts'
import type { Clock } from '../ports.ts'
import { troubleOf } from './outbound.ts'

/** Between two attempts on a folder that takes nothing, ms. */
const AGAIN_MS = 10_000
/** Holds the tick up to which all messages were written. */
const MARK = '.written'

/** What the folder needs. */
export interface CapFolderParts {
  readonly folder: string
  readonly settings: CapSettings
  readonly plan: Plan
  readonly policy: AlertPolicy
  readonly clock: Clock
  /** Hears, in one sentence, that the folder takes nothing; once until it does again. */
  readonly report: (sentence: string) => void
}

const decoder = new TextDecoder()

/** Alerts of a state that may have messages after a tick: open ones, and those closed since; without a mark nobody was told of these. */
function untold(entries: Snapshot['entries'], written: number): Alert[] {
  return [...entries].flatMap(([key, bytes]) => {
    const [kind, closed = ''] = key.split('/', 2)
    const matters = kind === 'a' || (kind === 'h' && written > 0 && parseInt(closed, 36) > written)
    return matters ? [JSON.parse(decoder.decode(bytes)) as Alert] : []
  })
}

/**
 * CAP messages as files, `{identifier}.xml`, for systems that watch a folder: each there whole or not at all, and none again that a
 * reader took away. A mark beside them says up to which tick all were written, so that a process that takes over goes on there;
 * a folder without it begins with the open alerts. What the folder does not take waits: one entry an alert.
 */
export class CapFolder {
  readonly #parts: CapFolderParts
  readonly #waiting = new Map<string, Alert>()
  /** What was taken over, until the mark says what of it matters. */
  #stored: Snapshot['entries'] = new Map()
  #term: AbortSignal = AbortSignal.abort()
  /** Tick up to which all was written; null before the mark was read. */
  #written: number | null = null
  #target = 0
  #running: Promise<void> | null = null
  #isReported = false
  #cancel = (): void => undefined

  constructor(parts: CapFolderParts) {
    this.#parts = parts
  }

  /** Takes over what the state holds, until `lost` aborts. */
  begin({ at, entries }: Snapshot, lost: AbortSignal): void {
    this.#term = lost
    this.#waiting.clear()
    this.#written = null
    this.#stored = entries
    this.#target = at
    this.#pump()
  }

  /** Takes what a committed record changed. */
  take({ at, alerts }: AlertRecord): void {
    if (this.#term.aborted) return
    for (const alert of alerts) this.#waiting.set(alert.id, alert)
    this.#target = at
    if (alerts.length > 0) this.#pump()
  }

  /** Lets what is on its way settle. */
  async stop(): Promise<void> {
    this.#cancel()
    await this.#running
  }

  #pump(): void {
    if (this.#running !== null || this.#term.aborted) return
    this.#running = this.#drain(this.#term).finally(() => (this.#running = null))
  }

  async #drain(term: AbortSignal): Promise<void> {
    const { clock, folder, report } = this.#parts
    try {
      await mkdir(folder, { recursive: true })
      if (this.#written === null) await this.#takeUp()
      while (this.#waiting.size > 0 && !term.aborted) await this.#writeAll(term, this.#written ?? 0)
      this.#isReported = false
    } catch (error) {
      if (!this.#isReported) report(messageOf('CH-file', { why: troubleOf(error) }))
      this.#isReported = true
      this.#cancel = clock.at(clock.now() + AGAIN_MS, () => this.#pump())
    }
  }

  async #takeUp(): Promise<void> {
    const written = await this.#mark()
    for (const alert of untold(this.#stored, written))
      if (!this.#waiting.has(alert.id)) this.#waiting.set(alert.id, alert)
    this.#stored = new Map()
    this.#written = written
  }

  async #writeAll(term: AbortSignal, written: number): Promise<void> {
    const { folder } = this.#parts
    const target = this.#target
    for (const alert of Array.from(this.#waiting.values())) {
      if (term.aborted) return
      await this.#write(alert, written)
      if (this.#waiting.get(alert.id) === alert) this.#waiting.delete(alert.id)
    }
    await replace(join(folder, MARK), String(target))
    if (!term.aborted) this.#written = target
  }

  async #mark(): Promise<number> {
    const text = await readFile(join(this.#parts.folder, MARK), 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '0'
      throw error
    })
    return Number(text) || 0
  }

  async #write(alert: Alert, written: number): Promise<void> {
    const { folder, settings, plan, policy } = this.#parts
    for (const message of capMessages(alert, plan, settings.sender))
      if (message.at > written) {
        const name = `${message.identifier.replace(/[^\w.-]/g, '-')}.xml`
        await replace(join(folder, name), capXml(message, plan, policy, settings))
      }
  }
}

/** Puts a file there whole, on the disk. */
async function replace(file: string, text: string): Promise<void> {
  const draft = `${file}.part`
  const handle = await open(draft, 'w')
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(draft, file)
}
