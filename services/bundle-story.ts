import type { DigestAlert, DigestIncident } from './core/archive.ts'
import { QingyuError } from './core/errors.ts'
import { repeatable } from './core/personal.ts'
import type { LivePicture } from './core/timeline.ts'
import type { Archive } from './ports.ts'

/** When something was, ms: `to` null while it goes on. */
export interface Story {
  readonly from: number
  readonly to: number | null
  readonly incident: string
  readonly alert: string
  /** Number of the incident; 0 for an alert raised by hand. */
  readonly number: number
}

/** Where stories are looked up. */
export interface Stories {
  readonly archive: Pick<Archive, 'manifests'>
  readonly live: () => LivePicture
}

/** Tick in an id: of the birth of an incident, or at which an alert was raised; NaN where it is none. */
function stampOf(id: string): number {
  return Number.parseInt(/^[iam]([0-9a-z]{1,9})-\d{1,9}$/.exec(id)?.[1] ?? '', 36)
}

/** When an incident lived; AL-unknown. */
export async function storyOfIncident(stories: Stories, id: string): Promise<Story> {
  const line = await lastOf(stories, 'incidents', id)
  if (line === undefined) throw new QingyuError('AL-unknown', { what: 'Incident', value: repeatable(id) })
  const { born, over, number } = line
  return { from: born, to: over, incident: id, alert: '', number }
}

/** When an alert was open, its incident from its birth; AL-unknown. */
export async function storyOfAlert(stories: Stories, id: string): Promise<Story> {
  const line = await lastOf(stories, 'alerts', id)
  if (line === undefined) throw new QingyuError('AL-unknown', { what: 'Alert', value: repeatable(id) })
  const { raised, closed, incident, number } = line
  const born = stampOf(incident)
  const from = Number.isNaN(born) ? raised : Math.min(born, raised)
  return { from, to: closed, incident, alert: id, number }
}

/** A line as it was told of last: by live, else by the newest segment that names it. */
async function lastOf(stories: Stories, kind: 'incidents', id: string): Promise<DigestIncident | undefined>
async function lastOf(stories: Stories, kind: 'alerts', id: string): Promise<DigestAlert | undefined>
async function lastOf(
  { archive, live }: Stories,
  kind: 'incidents' | 'alerts',
  id: string,
): Promise<DigestIncident | DigestAlert | undefined> {
  const now = live()[kind].find((line) => line.id === id)
  if (now !== undefined) return now
  const stamp = stampOf(id)
  if (Number.isNaN(stamp)) return undefined
  const manifests = await archive.manifests(stamp - 1, Infinity)
  return manifests.flatMap(({ digest }) => digest[kind].filter((line) => line.id === id)).at(-1)
}
