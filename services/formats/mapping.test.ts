import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { QingyuError } from '../core/errors.ts'
import { readMapping } from './mapping.ts'

const base = `
name: mine
vendor: mine
time: { column: at }
source: { column: who }
values: [{ column: v, indicator: pm25 }]
`

function faultOf(text: string): string {
  try {
    readMapping(text, 'mine.yaml')
  } catch (error) {
    if (error instanceof QingyuError) return `${error.code}: ${error.message}`
    throw error
  }
  return 'none'
}

describe('mapping', () => {
  it('[IM4] reads every mapping that comes along', () => {
    const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.yaml'))
    const names = files.map(
      (file) => readMapping(readFileSync(join(import.meta.dirname, file), 'utf8'), file).name,
    )
    expect(names.map((name) => `${name}.yaml`)).toEqual(files)
    expect(names.length).toBeGreaterThanOrEqual(5)
  })

  it('[IM5] names file, field and value of a fault', () => {
    expect(readMapping(base, 'mine.yaml')).toMatchObject({
      door: 'mqtt',
      delimiter: ',',
      empty: [''],
      order: 'file',
    })
    expect(faultOf(base.replace('who', '').replace('column:  }', 'colum: who }'))).toMatch(
      /^IM-mapping: mine\.yaml: source/,
    )
    expect(faultOf(`${base}zone: UTC`)).toContain(
      'mine.yaml: zone is "not a setting", expected one of name, vendor',
    )
    expect(faultOf(base.replace('at }', 'at, zone: Mars/Olympus }'))).toContain(
      'mine.yaml: time.zone is "Mars/Olympus", expected an IANA zone',
    )
    expect(faultOf(base.replace('vendor: mine', ''))).toContain('vendor is missing')
    expect(faultOf(base.replace('{ column: at }', '{ start: 2012-03-01 }'))).toContain('time.step is missing')
    expect(faultOf(`${base}door: http`)).toContain('door is "http", expected mqtt, or a call section')
    expect(faultOf(`${base}wide: { indicator: pm25 }`)).toContain(
      'values, wide, call is 2, expected exactly one',
    )
    expect(faultOf('{ name: ')).toMatch(/^IM-mapping: mine\.yaml: the file is/)
  })
})
