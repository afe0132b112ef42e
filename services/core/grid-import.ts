import { cgcs2000, toWgs84 } from './datum.ts'
import { QingyuError } from './errors.ts'
import { createGrid, type AreaSpec, type Grid, type MultiPolygon } from './grid.ts'
import { findGaps, findOverlaps, leafUnion } from './grid-check.ts'
import type { ReadGrid } from './grid-file.ts'
import { Findings } from './grid-finding.ts'
import { readGeometry, type ToWgs84 } from './grid-geometry.ts'
import { isTree, shown, type DeclaredArea, type GridSettings, type Names } from './grid-settings.ts'
import { MOST_AREAS } from './grid-squares.ts'

/** Codes of files that say no digits. */
const CODE = /^[A-Za-z0-9._-]{1,64}$/

/** A feature or declaration on its way to an area. */
interface Draft {
  /** Position in the file, or -1 for a declaration. */
  readonly feature: number
  readonly code: string
  readonly depth: number
  readonly names: Names | undefined
  readonly unit: string | undefined
  readonly parent: string | null
  readonly shape: MultiPolygon | null
}

/**
 * Makes a grid of a GeoJSON FeatureCollection. Malformed and double codes, missing parents and bad geometry are fatal; overlaps
 * (the smaller code owns the ground) and gaps (the area around owns it) are told with their size in m².
 */
export function importGeoJson(json: unknown, settings: GridSettings, file: string): ReadGrid {
  const findings = new Findings()
  const features = isTree(json) && json['type'] === 'FeatureCollection' ? json['features'] : undefined
  if (!Array.isArray(features)) {
    findings.add('GR-file', { file, why: 'it is no GeoJSON FeatureCollection' })
    return { grid: null, findings: findings.list }
  }
  if (features.length + settings.areas.length > MOST_AREAS) {
    findings.add('GR-size', { file, value: features.length, most: MOST_AREAS })
    return { grid: null, findings: findings.list }
  }
  const drafts = draftsOf(features, settings, file, findings)
  checkTree(drafts, settings, findings)
  if (findings.fatal) return { grid: null, findings: findings.list }
  return { grid: build(drafts, settings, findings), findings: findings.list }
}

/** Numbers the areas and measures overlaps and gaps; null when the outline of an area cannot be made. */
function build(drafts: ReadonlyMap<string, Draft>, settings: GridSettings, findings: Findings): Grid | null {
  try {
    const grid = createGrid({
      ...settings,
      areas: [...drafts.values()].map((each) => finished(each, drafts, settings)),
    })
    const union = leafUnion(grid)
    findOverlaps(grid, union, findings)
    findGaps(grid, union, (area) => drafts.get(grid.codes[area] ?? '')?.shape !== null, findings)
    return grid
  } catch (error) {
    if (!(error instanceof QingyuError)) throw error
    findings.add(error.code, error.parameters)
    return null
  }
}

/** Drafts by code: features first, then declared areas that no feature brought. */
function draftsOf(
  features: readonly unknown[],
  settings: GridSettings,
  file: string,
  findings: Findings,
): Map<string, Draft> {
  const drafts = new Map<string, Draft>()
  const declared = new Map(settings.areas.map((area) => [area.code, area]))
  const place = projectionOf(settings, file, findings)
  for (const [feature, each] of features.entries()) {
    const draft = draftOf(each, feature, settings, declared, place, findings)
    if (draft === null) continue
    const other = drafts.get(draft.code)
    if (other === undefined) drafts.set(draft.code, draft)
    else findings.add('GR-duplicate', { feature, value: draft.code, other: other.feature })
  }
  const { root } = settings
  if (root !== undefined && !declared.has(root)) declared.set(root, noDeclaration(root))
  for (const area of declared.values()) {
    if (drafts.has(area.code)) continue
    const depth = area.code === root ? 0 : depthOf(area.level, area.code, settings)
    if (depth === undefined)
      findings.add('GR-code', {
        feature: `areas ${area.code}`,
        value: area.code,
        expected: expected(settings),
      })
    else drafts.set(area.code, declaredDraft(area, depth, settings))
  }
  return drafts
}

/** A root that is named and nothing more: its name is the city's. */
function noDeclaration(code: string): DeclaredArea {
  return { code, level: undefined, name: undefined, unit: undefined, parent: undefined }
}

function declaredDraft(area: DeclaredArea, depth: number, settings: GridSettings): Draft {
  const { code, name, unit } = area
  const parent = parentOf(area.parent, code, depth, settings)
  return { feature: -1, code, depth, names: name, unit, parent, shape: null }
}

/** How positions of the file come to WGS 84; EPSG wins over the datum, which it implies. */
function projectionOf(settings: GridSettings, file: string, findings: Findings): ToWgs84 {
  if (settings.epsg === undefined) return (x, y) => toWgs84(x, y, settings.datum)
  const projection = cgcs2000(settings.epsg)
  if (projection === undefined)
    findings.add('GR-setting', {
      file,
      field: 'epsg',
      value: settings.epsg,
      expected: 'a number of CGCS2000: 4490, or 4491 to 4554',
    })
  return (x, y) => projection?.toWgs84(x, y) ?? [x, y]
}

/** One feature; null when its code cannot be used. Bad geometry is told and leaves the shape out, so that parents are still checked. */
function draftOf(
  feature: unknown,
  nth: number,
  settings: GridSettings,
  declared: ReadonlyMap<string, DeclaredArea>,
  place: ToWgs84,
  findings: Findings,
): Draft | null {
  const given = isTree(feature) && isTree(feature['properties']) ? feature['properties'] : {}
  const text = (key: string): string | undefined => {
    const value = given[key]
    return typeof value === 'string' && value !== ''
      ? value
      : typeof value === 'number'
        ? String(value)
        : undefined
  }
  const keys = settings.properties
  const code = text(keys.code)
  const also = declared.get(code ?? '')
  const depth = code === undefined ? undefined : depthOf(text(keys.level) ?? also?.level, code, settings)
  if (code === undefined || !CODE.test(code) || depth === undefined) {
    findings.add('GR-code', { feature: nth, value: shown(given[keys.code]), expected: expected(settings) })
    return null
  }
  const geometry = isTree(feature) ? feature['geometry'] : undefined
  const shape = readGeometry(geometry, code, settings, place, findings)
  const [zh, en] = [text(keys.zh), text(keys.en)]
  const names = zh === undefined && en === undefined ? undefined : { zh: zh ?? en ?? '', en: en ?? zh ?? '' }
  return {
    feature: nth,
    code,
    depth,
    names: also?.name ?? names,
    unit: also?.unit ?? text(keys.unit),
    parent: parentOf(text(keys.parent) ?? also?.parent, code, depth, settings),
    shape,
  }
}

/** Index of the level of an area: as named, else by the length of its code, else the last. */
function depthOf(
  level: string | undefined,
  code: string,
  { levels, digits, root }: GridSettings,
): number | undefined {
  if (code === root) return 0
  const named = levels.findIndex((each) => each.id === level)
  const byLength = digits?.indexOf(code.length)
  if (digits !== undefined && byLength !== undefined)
    return byLength >= 0 && (named < 0 || named === byLength) ? byLength : undefined
  if (level !== undefined && named < 0) return undefined
  return named >= 0 ? named : levels.length - 1
}

/** What a code must look like, for messages. */
function expected({ digits, levels }: GridSettings): string {
  const ids = levels.map((level) => level.id).join(', ')
  return digits === undefined
    ? `1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-', of level ${ids}`
    : `of ${digits.filter((each) => each > 0).join(', ')} characters for ${ids}`
}

/** Code of the parent: as named, else the beginning of the code, else the root; '' when nothing tells. */
function parentOf(
  named: string | undefined,
  code: string,
  depth: number,
  settings: GridSettings,
): string | null {
  if (depth === 0) return null
  if (named !== undefined) return named
  const length = settings.digits?.[depth - 1] ?? 0
  return length > 0 ? code.slice(0, length) : (settings.root ?? '')
}

/** Every area but one root has its parent above it, and every area without a shape has children. */
function checkTree(drafts: ReadonlyMap<string, Draft>, settings: GridSettings, findings: Findings): void {
  const roots = [...drafts.values()].filter((draft) => draft.depth === 0)
  if (roots.length !== 1 && !findings.fatal)
    findings.add('GR-root', {
      value:
        roots.length === 0
          ? 'no area'
          : roots
              .map((each) => each.code)
              .slice(0, 5)
              .join(', '),
      level: settings.levels[0]?.id ?? '',
    })
  const parents = new Set<string>()
  for (const { code, depth, parent } of drafts.values()) {
    if (parent === null) continue
    parents.add(parent)
    const above = drafts.get(parent)
    if (above === undefined || above.depth >= depth)
      findings.add('GR-parent', { value: code, parent: parent || '(none given)' })
  }
  if (findings.fatal) return
  for (const { code, shape } of drafts.values())
    if (shape === null && !parents.has(code))
      findings.add('GR-geometry', {
        value: code,
        why: 'it has neither a shape nor areas below it',
        datum: 'WGS 84',
      })
}

/** Settles names and units: own, else the pattern or the code; an area without a unit is its parent's. */
function finished(draft: Draft, drafts: ReadonlyMap<string, Draft>, settings: GridSettings): AreaSpec {
  let unit = draft.unit
  for (let at = draft.parent; unit === undefined && at !== null;) {
    const above = drafts.get(at)
    unit = above?.unit
    at = above?.parent ?? null
  }
  const pattern = settings.nameOf ?? { zh: '{code}', en: '{code}' }
  const named = (text: string): string => text.replaceAll('{code}', draft.code)
  const fallback = draft.depth === 0 ? settings.name : { zh: named(pattern.zh), en: named(pattern.en) }
  return {
    code: draft.code,
    name: draft.names ?? fallback,
    unit: unit ?? '',
    parent: draft.parent,
    depth: draft.depth,
    shape: draft.shape,
  }
}
