import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? (entry.name === 'node_modules' ? [] : walk(path)) : [path]
  })
}

interface Source {
  readonly path: string
  readonly text: string
  readonly imports: readonly string[]
}

const sources: readonly Source[] = [join(root, 'services'), join(root, 'web')]
  .flatMap(walk)
  .filter((file) => /\.tsx?$/.test(file))
  .map((file) => {
    const text = readFileSync(file, 'utf8')
    const names = [...text.matchAll(/(?:\bfrom\s+|\bimport\s*\(?\s*)'([^'\n]+)'/g)].map(
      (match) => match[1] ?? '',
    )
    return {
      path: relative(root, file),
      text,
      imports: names.map((name) =>
        name.startsWith('.') ? relative(root, resolve(dirname(file), name)) : name,
      ),
    }
  })

/** Tests, benches, the fault test and the contract suites they share may reach across; what ships may not. */
const isTest = (path: string) =>
  /\.(test|bench|contract)\.tsx?$/.test(path) || /\/(testdata|faults)\//.test(path)
const shipped = sources.filter(({ path }) => !isTest(path))
const inFolder = (folder: string) => shipped.filter(({ path }) => path.startsWith(folder))

/** The composition root and what starts it: the only ones that know adapters. */
const ROOTS = new Set([
  'services/app.ts',
  'services/app-alerts.ts',
  'services/app-archive-command.ts',
  'services/app-archive-thread.ts',
  'services/app-desk.ts',
  'services/app-bundle-command.ts',
  'services/app-history.ts',
  'services/app-channels.ts',
  'services/app-past.ts',
  'services/app-past-thread.ts',
  'services/app-plan.ts',
  'services/app-replay-city.ts',
  'services/app-replay-session.ts',
  'services/app-replay-thread.ts',
  'services/app-rehearsals.ts',
  'services/app-rehearse.ts',
  'services/app-rehearsal-thread.ts',
  'services/app-replays.ts',
  'services/app-rosters.ts',
  'services/app-stores.ts',
  'services/app-cluster.ts',
  'services/app-sources.ts',
  'services/main.ts',
  'services/bench.ts',
  'services/cluster.ts',
])

/** Commands and the parts that only the root runs; they own their clients. */
const isStage = (path: string) => /^services\/[^/]+\.ts$/.test(path) && !ROOTS.has(path)

const breaches = (from: readonly Source[], allowed: (name: string, path: string) => boolean) =>
  from.flatMap(({ path, imports }) =>
    imports.filter((name) => !allowed(name, path)).map((name) => `${path} -> ${name}`),
  )

describe('architecture', () => {
  it('[AR1] keeps core free of everything outside core', () => {
    const packages = new Set([
      'flatbush',
      'gcoord',
      'proj4',
      '@datadog/sketches-js',
      'geojson',
      'yaml',
      'ical.js',
    ])
    expect(
      breaches(inFolder('services/core/'), (name) => name.startsWith('services/core/') || packages.has(name)),
    ).toEqual([])
  })

  it('[AR2] keeps clocks, chance and processes out of core', () => {
    const impure =
      /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bprocess\.|\bsetTimeout\b|\bsetInterval\b|\bperformance\./
    expect(
      inFolder('services/core/')
        .filter(({ text }) => impure.test(text))
        .map(({ path }) => path),
    ).toEqual([])
  })

  it('[AR3] lets only the composition root import adapters', () => {
    const others = shipped.filter(({ path }) => !ROOTS.has(path) && !path.startsWith('services/adapters/'))
    expect(breaches(others, (name) => !name.startsWith('services/adapters/'))).toEqual([])
  })

  it('[AR4] keeps stages from importing each other', () => {
    const stages = new Set(
      ['ingest', 'aggregate', 'alert', 'gateway', 'hotline', 'outbox', 'retention'].map(
        (name) => `services/${name}.ts`,
      ),
    )
    const from = shipped.filter(({ path }) => isStage(path))
    expect(breaches(from, (name, path) => !stages.has(name) || name === path)).toEqual([])
  })

  it('[AR5] lets pages import only core and themselves', () => {
    expect(
      breaches(
        inFolder('web/'),
        (name) => !name.startsWith('services/') || name.startsWith('services/core/'),
      ),
    ).toEqual([])
  })

  it('[AR6] reads the wall clock in one adapter only', () => {
    const readers = inFolder('services/')
      .filter(({ text }) => /\bDate\.now\(|\bnew Date\(\)/.test(text))
      .map(({ path }) => path)
    expect(readers).toEqual(['services/adapters/clock.system.ts'])
  })

  it('[AR7] names no folder after nothing and keeps files short', () => {
    expect(
      sources
        .filter(({ path }) => /\/(utils?|helpers?|common|shared|types|lib)(\/|\.tsx?$)/.test(path))
        .map(({ path }) => path),
    ).toEqual([])
    expect(shipped.filter(({ text }) => text.split('\n').length > 301).map(({ path }) => path)).toEqual([])
  })

  it('[AR8] leaves no escape from types or unfinished mark', () => {
    const marks =
      /@ts-(ignore|expect-error|nocheck)|\bas any\b|: any\b|\b(TODO|FIXME|XXX)\b|\b(it|test|describe)\.(only|todo)\b/
    const own = 'services/architecture.test.ts'
    expect(
      sources.filter(({ path, text }) => path !== own && marks.test(text)).map(({ path }) => path),
    ).toEqual([])
  })
})
