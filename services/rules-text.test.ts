import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { QingyuError } from './core/errors.ts'
import { ruleChanges, rulesText } from './core/rule-text.ts'
import { versionOfRules } from './core/rule-set.ts'
import { rulesReport } from './rules-command.ts'
import { readRules, rulesYaml, type RulesSource } from './rules-text.ts'
import { busyPlan } from './testdata/watched-city.ts'

const draft = busyPlan(2)
/** Rules as a configuration would have them: with the version of what they say. */
const version = versionOfRules(draft.indicators, draft.scheme, draft.rules.rules, draft.rules.parents)
const plan = {
  ...draft,
  rules: { ...draft.rules, version, rules: draft.rules.rules.map((rule) => ({ ...rule, version })) },
}
const text = rulesText(plan.rules, plan.scheme)
const yaml = rulesYaml(text)

function fault(source: RulesSource): string {
  try {
    readRules(source, plan)
  } catch (error) {
    if (error instanceof QingyuError) return `${error.code}: ${error.message}`
    throw error
  }
  return 'taken'
}

const withRule = (id: string, over: object): RulesSource => ({
  text: { ...text, rules: text.rules.map((rule) => (rule.id === id ? { ...rule, ...over } : rule)) },
})

describe('rules as people edit them', () => {
  it('[RV11] reads its own text and YAML as the same version', () => {
    expect(readRules({ text: structuredClone(text) }, plan)).toEqual(plan.rules)
    expect(readRules({ yaml }, plan)).toEqual(plan.rules)
    expect(yaml).toContain('window: 5m')
    const turned = Object.fromEntries(Object.entries(text.rules[0] ?? {}).reverse())
    expect(readRules({ text: { ...text, rules: [turned, ...text.rules.slice(1)] } }, plan).version).toBe(
      version,
    )
  })

  it('[RV11] keeps parents that are not said, and takes durations in ms or as a configuration has them', () => {
    const changed = yaml.replace('window: 5m', 'window: 600000').replace(/parents:[^]*/, '')
    const read = readRules({ yaml: changed }, plan)
    expect(read.rules[0]?.windowMs).toBe(600_000)
    expect(read.parents).toEqual(plan.rules.parents)
    expect(read.version).not.toBe(version)
    expect(read.rules.every((rule) => rule.version === read.version)).toBe(true)
  })

  it.each([
    ['names the line of YAML that is none', { yaml: 'rules:\n  - id: [air\n' }, /RS-syntax: .*line 3/],
    [
      'names field and line of what is wrong',
      { yaml: yaml.replace('window: 5m', 'window: 90s') },
      /RS-value: line 8: rules\.0 \(air-cell\)\.window is 90s, expected a multiple of the pane of air, 60s/,
    ],
    ['names a field that is not known', withRule('crowd', { limit: {} }), /RS-value: rules\.6\.limit/],
    [
      'refuses a limit that is no number',
      withRule('crowd', { limits: { red: 'x' } }),
      /rules\.6\.limits\.red/,
    ],
    [
      'refuses an override of an unknown area',
      withRule('crowd', { overrides: { 99: {} } }),
      /is 99, expected/,
    ],
    ['refuses a whole configuration', { yaml: `${yaml}\nhttp: {}\n` }, /http is there, expected nothing but/],
    ['refuses what holds no rules', { text: [] }, /rules is missing/],
    ['refuses text and yaml at once', { text, yaml }, /both or neither/],
    [
      'refuses aliases without end',
      {
        yaml: `a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\nrules: [*c,*c,*c]`,
      },
      /RS-syntax/,
    ],
    ['refuses nesting without end', { yaml: `rules: ${'['.repeat(100_000)}` }, /RS-syntax/],
    [
      'refuses JSON nested without end',
      { text: { rules: [JSON.parse('['.repeat(50_000) + ']'.repeat(50_000))] } },
      /RS-value: rules is nested/,
    ],
  ])('[RV12] %s', (_, source, message) => {
    expect(fault(source)).toMatch(message)
  })

  it.each([
    ['a rule that is left out', { text: { ...text, rules: text.rules.slice(1) } }, /RS-fixed: .*air-cell/],
    [
      'a new rule',
      { text: { ...text, rules: [...text.rules, { ...text.rules[0], id: 'more' }] } },
      /RS-fixed: rules \(more\)/,
    ],
    [
      'another direction',
      withRule('air-city', { direction: 'below', limits: { red: 1 } }),
      /RS-fixed: .*direction/,
    ],
    ['another indicator', withRule('air-city', { indicator: 'speed' }), /RS-fixed: .*indicator/],
    ['another level', withRule('crowd', { level: 'street' }), /RS-fixed: .*level/],
    ['another name', withRule('crowd', { name: { zh: '人', en: 'Men' } }), /RS-fixed: .*name/],
    ['another order', { text: { ...text, rules: text.rules.toReversed() } }, /RS-fixed: rules cannot/],
    ['fewer parents', { text: { ...text, parents: [] } }, /RS-fixed: parents/],
  ])('[RV13] refuses %s', (_, source, message) => {
    expect(fault(source)).toMatch(message)
  })

  it('[RV13] takes a rule that an override turns off', () => {
    expect(fault(withRule('crowd', { overrides: { 32: { off: true } } }))).toBe('taken')
  })

  it('[RV14] tells field by field what differs', () => {
    const source = withRule('calls', {
      limits: { blue: 1, yellow: 2, orange: 2.5, red: 4 },
      window: 600_000,
      overrides: { 3202: { off: true } },
    })
    const read = readRules(source, plan)
    expect(ruleChanges(text, rulesText(read, plan.scheme))).toEqual([
      { field: 'calls.window', was: 300_000, now: 600_000 },
      { field: 'calls.limits.orange', was: 3, now: 2.5 },
      { field: 'calls.overrides.3202.off', was: null, now: true },
    ])
    expect(ruleChanges(text, text)).toEqual([])
  })

  it('[RV14] writes YAML that a configuration file takes', () => {
    expect(parse(yaml)).toMatchObject({
      rules: [{ id: 'air-cell', onDelay: '1m', noDataAfter: '150s' }, {}, {}, {}, {}, {}, {}],
    })
  })

  it('[RV34] tells on the command line what a file of rules would change', () => {
    expect(rulesReport(plan, yaml)).toBe(
      `Rules ${version}: 0 fields differ from ${version} of the configuration\n`,
    )
    const changed = rulesReport(plan, yaml.replace('window: 5m', 'window: 10m'))
    expect(changed).toContain('1 field differs')
    expect(changed).toContain('  air-cell.window: 300000 -> 600000\n')
  })
})
