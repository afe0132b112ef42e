import { readFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')

function tests(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : tests(path)
    return /\.(test|contract)\.ts$/.test(entry.name) ? [path] : []
  })
}

const rules = [
  ...readFileSync(join(root, 'services/SPEC.md'), 'utf8').matchAll(/^- \*\*([A-Z]{2}\d+[a-z]?)\*\*/gm),
].map((match) => match[1] ?? '')
const cited = new Set(
  [join(root, 'services'), join(root, 'web')]
    .flatMap(tests)
    .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/\(\s*[`'"]((?:\[[A-Z]{2}\d+[a-z]?\]\s*)+)/g)])
    .flatMap((match) => [...(match[1] ?? '').matchAll(/\[([A-Z]{2}\d+[a-z]?)\]/g)])
    .map((match) => match[1] ?? ''),
)

describe('SPEC.md', () => {
  it('[AR9] gives each rule its own ID', () => {
    expect(rules.filter((id, i) => rules.indexOf(id) !== i)).toEqual([])
  })

  it('[AR10] has a test for every rule', () => {
    expect(rules.filter((id) => !cited.has(id))).toEqual([])
  })

  it('[AR11] knows every rule that a test cites', () => {
    const known = new Set(rules)
    expect([...cited].filter((id) => !known.has(id))).toEqual([])
  })
})
