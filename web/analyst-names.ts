import { signal } from '@preact/signals'
import type { DigestAlert, DigestIncident } from '../services/core/archive.ts'
import type { RuleVersion, RuleVersionsAnswer } from '../services/core/rules-wire.ts'
import { ask } from './analyst-api.ts'
import { live, past } from './analyst-store.ts'
import { cellAt } from './city.ts'
import type { City } from './city.ts'
import { named, t } from './store.ts'

type Names = { readonly zh: string; readonly en: string }

/** All versions of the rules, newest first; null before they are here. */
export const versions = signal<readonly RuleVersion[] | null>(null)
export const versionsFault = signal('')

/** Loads the versions, which also give the rules their names. */
export async function loadVersions(): Promise<void> {
  try {
    versions.value = (await ask<RuleVersionsAnswer>('rules/versions')).versions
    versionsFault.value = ''
  } catch (thrown) {
    versionsFault.value = thrown instanceof Error ? thrown.message : String(thrown)
  }
}

function namesIn(value: unknown): Names | null {
  if (typeof value !== 'object' || value === null) return null
  const zh: unknown = Reflect.get(value, 'zh')
  const en: unknown = Reflect.get(value, 'en')
  return typeof zh === 'string' && typeof en === 'string' ? { zh, en } : null
}

/** Name of a rule in the version in force, else in any; its id where none has it. */
export function ruleName(id: string): string {
  const all = versions.value ?? []
  const sorted = [...all.filter(({ current }) => current), ...all]
  const found = sorted.flatMap(({ text }) => text.rules.filter((rule) => rule.id === id))[0]
  const names = namesIn(found?.['name'])
  return names === null ? id : named(names)
}

/** The city whose areas are meant: that of the replay, else the live one. */
export function shownCity(): City | null {
  return past.city.value ?? live.city.value
}

/** Name of the deepest area at a place. */
export function placeAt([lon, lat]: readonly [number, number]): string {
  const city = shownCity()
  if (city === null) return ''
  const cell = cellAt(city, lon, lat)
  return cell < 0 ? '' : named(city.doc.names[cell])
}

/** Name of an area by index. */
export function areaName(area: number): string {
  return named(shownCity()?.doc.names[area])
}

/** What and where of an incident. */
export function incidentName(incident: DigestIncident): string {
  return t('alertPlace', { area: placeAt(incident.centre), what: ruleName(incident.rule) })
}

/** What and where of an alert. */
export function alertTitle(alert: DigestAlert): string {
  return alert.headline || t('alertPlace', { area: areaName(alert.area), what: categoryName(alert.category) })
}

/** Name of a category, as boards tell it; its id before one did. */
export function categoryName(category: string): string {
  for (const board of [past.board.value, live.board.value])
    for (const row of [...(board?.incidents ?? []), ...(board?.alerts ?? [])])
      if (row.category === category) return named(row.name)
  const known: Readonly<Record<string, Names>> = CATEGORIES
  return named(known[category]) || category
}

/** Headings that cities commonly have, for when no board has named one yet. */
const CATEGORIES = {
  water: { zh: '积水', en: 'Flooding' },
  people: { zh: '人群', en: 'Crowd' },
  traffic: { zh: '交通', en: 'Traffic' },
  noise: { zh: '噪声', en: 'Noise' },
  air: { zh: '空气', en: 'Air' },
  order: { zh: '秩序', en: 'Order' },
  facilities: { zh: '设施', en: 'Facilities' },
  safety: { zh: '安全', en: 'Safety' },
} as const satisfies Readonly<Record<string, Names>>

/** Name of an area by its code; the code where the city has no such area. */
export function areaByCode(code: string): string {
  const city = shownCity()
  const area = city?.indexOf.get(code)
  return area === undefined ? code : named(city?.doc.names[area]) || code
}
