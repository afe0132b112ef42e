import type { StateEntry } from './commit.ts'
import type { Incident } from './incident.ts'
import type { Kept } from './incident-matching.ts'
import { jsonBytes, jsonOf } from './json-entry.ts'

/** State key of an incident. */
export function incidentKey(id: string): string {
  return `i/${id}`
}

/** As it stands in the state: the incident, and what the tracker remembers beside. */
interface StoredIncident extends Incident {
  readonly settled: number
  /** Areas of those merged into it, by id; absent without any. */
  readonly parts?: Readonly<Record<string, readonly number[]>>
}

/** An incident's entry; parts of those that are no longer remembered are left out. */
export function incidentEntry(kept: Kept, remembered: (id: string) => boolean): StateEntry {
  const { incident, settled } = kept
  const parts: Record<string, number[]> = {}
  for (const area of incident.areas) {
    const part = kept.parts.get(area)
    if (part !== undefined && remembered(part)) (parts[part] ??= []).push(area)
  }
  const stored: StoredIncident = { ...incident, settled, ...(Object.keys(parts).length > 0 && { parts }) }
  return { key: incidentKey(incident.id), value: jsonBytes(stored) }
}

/** Reads back {@link incidentEntry}, for whoever needs but the incident, too. */
export function decodeIncident(bytes: Uint8Array): Kept {
  const { settled, parts, ...incident } = jsonOf<StoredIncident>(bytes)
  const areas = Object.entries(parts ?? {}).flatMap(([id, list]) => list.map((area) => [area, id] as const))
  const { value } = incident.worst
  return { incident, settled, parts: new Map(areas), value, wake: Infinity, queuedAt: Infinity }
}
