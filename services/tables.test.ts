import { readFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ERRORS } from './core/errors.ts'
import { configurationTable, errorTable, withTable } from './tables.ts'

const root = resolve(import.meta.dirname, '..')
const text = (name: string) => readFileSync(join(root, name), 'utf8')
/** What a table says, whatever the formatter did to its columns. */
const said = (table: string) => table.replaceAll(/-{2,}/g, '-').replaceAll(/[ \t]+/g, ' ')

function between(document: string, name: string): string {
  const marks = new RegExp(`<!-- ${name} -->\\s*([\\s\\S]*?)\\s*<!-- /${name} -->`)
  return marks.exec(document)?.[1] ?? ''
}

/** Sources that ship: no tests, no benches. */
function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return ['node_modules', 'testdata'].includes(entry.name) ? [] : sources(path)
    return /\.tsx?$/.test(entry.name) && !/\.(test|contract|bench)\.ts$/.test(entry.name) ? [path] : []
  })
}

describe.each(['README.md', 'README.zh-CN.md'])('%s', (name) => {
  it('[CF21] holds the settings as the schema has them', () => {
    expect(said(between(text(name), 'configuration'))).toBe(said(configurationTable()))
  })

  it('[CF22] holds the errors as they are thrown', () => {
    expect(said(between(text(name), 'errors'))).toBe(said(errorTable()))
  })
})

describe('the tables', () => {
  it('[CF23] replace only what stands between their marks', () => {
    const marked = 'before\n<!-- a -->\nold\n<!-- /a -->\nafter\n'
    expect(withTable(marked, 'a', '$& new')).toBe('before\n<!-- a -->\n\n$& new\n\n<!-- /a -->\nafter\n')
    expect(() => withTable('nothing', 'a', 'new')).toThrow('No marks <!-- a -->')
  })

  it('[CF24] name the reason of every dependency', () => {
    const { dependencies, devDependencies } = JSON.parse(text('package.json')) as Record<
      'dependencies' | 'devDependencies',
      Record<string, string>
    >
    const reasons = text('README.md').split('## Why each dependency')[1] ?? ''
    const named = [...reasons.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '')
    const isNamed = (dependency: string) =>
      named.some(
        (name) => name === dependency || (name.endsWith('/*') && dependency.startsWith(name.slice(0, -1))),
      )
    expect(Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !isNamed(name))).toEqual([])
  })

  it('[CF25] hold no code that nothing throws', () => {
    const code = [...sources(join(root, 'services')), ...sources(join(root, 'web'))]
      .filter((path) => !path.endsWith(join('core', 'errors.ts')))
      .map((path) => readFileSync(path, 'utf8').replaceAll(/^\s*(\/\/|\/?\*).*$/gm, ''))
      .join('\n')
    expect(Object.keys(ERRORS).filter((name) => !new RegExp(`\\b${name}\\b`).test(code))).toEqual([])
  })

  it('[CF26] say the value and the fix of every error', () => {
    for (const [name, { message, hint }] of Object.entries(ERRORS)) {
      expect([name, message]).toEqual([name, expect.stringMatching(/^[A-Z{]/)])
      expect([name, hint]).toEqual([name, expect.stringMatching(/[.}]$/)])
    }
  })
})
