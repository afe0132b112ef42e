import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bytes, capacityTable, cityFrom } from './capacity.ts'
import { capacityOf } from './core/capacity.ts'
import { QingyuError } from './core/errors.ts'

const BASE = ['--sources', '600000', '--cells', '100000']

describe('qingyu capacity', () => {
  it('[CP1] says what flows and what it takes', () => {
    const text = capacityTable(capacityOf(cityFrom(BASE)))
    for (const part of ['MQTT broker', 'ingest', 'Kafka', 'aggregate', 'Redis'])
      expect(text).toMatch(new RegExp(`${part} +\\d+\\.\\d +\\d+ {3}\\S`))
    expect(text).toMatch(/10,000 messages\/s/)
    expect(text).toMatch(/log\.partitions 16/)
    expect(text).toMatch(/readings \(state\.history\) +[\d.]+ GB/)
  })

  it('[CP1] takes what a city reports by', () => {
    const { messages, observations } = capacityOf(cityFrom([...BASE, '--interval', '10s', '--batch', '5']))
    expect([messages, observations]).toEqual([60_000, 300_000])
  })

  it.each([
    [['--cells', '1000']],
    [['--sources', '0', '--cells', '1000']],
    [['--sources', 'many', '--cells', '1000']],
    [[...BASE, '--interval', '60']],
    [[...BASE, '--walls', '7']],
    [[...BASE, 'now']],
  ])('[CP2] refuses %j', (args) => {
    expect(() => cityFrom(args)).toThrow(QingyuError)
    expect(() => cityFrom(args)).toThrow(/is not understood/)
  })

  it.each(['README.md', 'README.zh-CN.md'])('[CP6] keeps the examples of %s', (file) => {
    const text = readFileSync(join(import.meta.dirname, '..', file), 'utf8')
    const examples = [...text.matchAll(/\$ npx qingyu capacity (--.*)\n([^`]*)```/g)]
    expect(examples).toHaveLength(2)
    for (const [, args = '', printed] of examples)
      expect(printed).toBe(capacityTable(capacityOf(cityFrom(args.split(' ')))))
  })

  it.each([
    [0, '0.00 B'],
    [999, '999 B'],
    [1500, '1.50 kB'],
    [6.1e12, '6.10 TB'],
  ])('[CP1] writes %d as %s', (value, text) => {
    expect(bytes(value)).toBe(text)
  })
})
