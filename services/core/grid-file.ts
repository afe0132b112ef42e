import { parse } from 'yaml'
import { sentenceOf } from './errors.ts'
import type { Grid } from './grid.ts'
import { Findings, type Finding } from './grid-finding.ts'
import { importGeoJson } from './grid-import.ts'
import { isTree, readSettings } from './grid-settings.ts'
import { gridFromSquares } from './grid-squares.ts'

/** A grid, or why there is none; warnings (overlap, gap) come with a grid. */
export interface ReadGrid {
  readonly grid: Grid | null
  readonly findings: readonly Finding[]
}

/**
 * Reads what `city.grid` of the configuration points to. Three forms, with the same settings:
 *
 * 1. GeoJSON FeatureCollection (RFC 7946), settings in its member `qingyu`.
 * 2. YAML with the settings, `file: districts.geojson` naming a plain GeoJSON beside it; `load` brings its text (unpacked).
 * 3. YAML with the settings and `squares`: cells are made, no polygons needed.
 *
 *     city: new-york                      # a-z 0-9 -
 *     name: { zh: 纽约, en: New York }
 *     zone: America/New_York              # IANA
 *     levels:                             # whole first, cells last; rules may say `city` and `cell` for these two
 *       - { id: city, name: { zh: 全市, en: City } }
 *       - { id: borough, name: { zh: 区, en: Borough } }
 *       - { id: cell, name: { zh: 社区区, en: Community district } }
 *     partitionLevel: borough             # default: the second level
 *     file: districts.geojson
 *     datum: wgs84                        # wgs84, gcj02, bd09, cgcs2000; projected CGCS2000: epsg: 4549
 *     properties: { code: BoroCD }        # where features hold code, zh, en, unit, level, parent; default: these names
 *     digits: [0, 1, 3]                   # length of the code at each level; a parent's code is the beginning of its children's
 *     root: NYC                           # code of the whole where it is no beginning of the others (digits 0)
 *     areas:                              # areas without a shape of their own, or names for features
 *       - { code: '1', name: { zh: 曼哈顿, en: Manhattan } }
 *     nameOf: { zh: '{code} 区', en: 'District {code}' }   # for features without names; default: the code
 *
 *     squares: { west: 10.05, south: 56.08, east: 10.28, north: 56.25, cellMetres: 500, codePrefix: AAR,
 *                groups: [8],             # cells along a side of each level between; [] with two levels
 *                within: [[10.1, 56.1], …] }   # optional outline
 *
 * Level of a feature: property `level` (a level's id), else the length of its code, else `cell`. Parent: property `parent`, else
 * the beginning of the code, else the root. A feature of an upper level may have `"geometry": null`: its children's outline.
 * Codes of squares: prefix, then for each level a number west to east, north to south.
 */
export function readGrid(text: string, file: string, load?: (name: string) => string): ReadGrid {
  const findings = new Findings()
  const unreadable = (name: string, why: string): ReadGrid => {
    findings.add('GR-file', { file: name, why })
    return { grid: null, findings: findings.list }
  }
  let tree: unknown
  try {
    tree = /^\s*\{/.test(text) ? JSON.parse(text) : parse(text)
  } catch (error) {
    return unreadable(file, sentenceOf(error))
  }
  if (!isTree(tree)) return unreadable(file, 'it holds no settings')
  const collection = tree['type'] === 'FeatureCollection'
  if (collection && !isTree(tree['qingyu']))
    return unreadable(file, 'a GeoJSON needs its settings in a member qingyu')
  const settings = readSettings(collection ? tree['qingyu'] : tree, file, findings)
  if (findings.fatal) return { grid: null, findings: findings.list }
  if (collection) return importGeoJson(tree, settings, file)
  if (settings.squares !== undefined) return gridFromSquares({ ...settings, squares: settings.squares }, file)
  if (settings.file === undefined) return unreadable(file, 'it has neither features, nor file, nor squares')
  try {
    if (load === undefined) return unreadable(settings.file, 'there is no way to load it here')
    return importGeoJson(JSON.parse(load(settings.file)), settings, settings.file)
  } catch (error) {
    return unreadable(settings.file, sentenceOf(error))
  }
}
