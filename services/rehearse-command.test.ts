import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openArchive } from './adapters/archive.parquet.ts'
import type { RehearsalResult } from './core/replay-wire.ts'
import { rehearseCommand, withoutIndicators, type Past } from './rehearse-command.ts'
import { FROM, HOUR, sixHours, SOONER, TO } from './testdata/rehearsal-house.ts'

let kept: Awaited<ReturnType<typeof sixHours>>
let folder = ''
beforeAll(async () => {
  kept = await sixHours()
  folder = mkdtempSync(join(tmpdir(), 'qingyu-rehearse-'))
  writeFileSync(join(folder, 'rules.yaml'), `indicators:\n  air:\n    unit: u\n${SOONER}`)
})
afterAll(() => {
  kept.remove()
  rmSync(folder, { recursive: true, force: true })
})

const iso = (at: number) => new Date(at).toISOString()
const opened: Past[] = []
function rehearse(...args: string[]): Promise<string> {
  return rehearseCommand(args, {
    open: (past) => {
      opened.push(past)
      const archive = openArchive(kept.dir)
      return Promise.resolve({ archive, close: () => archive.close() })
    },
    progress: () => undefined,
  })
}

describe('qingyu rehearse', { timeout: 120_000 }, () => {
  it('[RH40] tells side by side what would be, and writes it down', async () => {
    const [rules, json] = [join(folder, 'rules.yaml'), join(folder, 'result.json')]
    const span = ['--from', iso(FROM), '--to', iso(TO)]
    const report = await rehearse('--rules', rules, ...span, '--archive', kept.dir, '--json', json)
    const result = JSON.parse(readFileSync(json, 'utf8')) as RehearsalResult
    expect(report).toContain(result.sentence.en)
    expect(report).toContain(result.sentence.zh)
    for (const title of ['City, first', 'City, hours', 'Cells, hours', 'Load of a shift'])
      expect(report).toContain(`\n${title}\n`)
    expect(report).toMatch(/\nAlerts: \d+ new, \d+ gone, \d+ earlier, \d+ later, \d+ same\n/)
    expect(report.split('\n')[0]).toContain('2026-03-02 02:30 to 2026-03-02 07:30 Asia/Shanghai')
    expect(opened.at(-1)).toEqual({ archive: kept.dir })
  })

  it.each([
    ['no rules', ['--from', iso(FROM), '--to', iso(TO)], 'CF-usage'],
    ['no time', ['--rules', 'rules.yaml', '--to', iso(TO)], 'CF-usage'],
    [
      'a time without its offset',
      ['--rules', 'rules.yaml', '--from', '2026-03-02', '--to', iso(TO)],
      'CF-usage',
    ],
    ['an archive and a bundle', ['--rules', 'r', '--archive', 'a', '--bundle', 'b'], 'CF-usage'],
    ['a file that is not there', ['--rules', '/none.yaml', '--from', iso(FROM), '--to', iso(TO)], 'CF-usage'],
  ])('[RH41] refuses %s and says how it is called', async (_, args, code) => {
    await expect(rehearse(...args)).rejects.toMatchObject({ code })
  })

  it('[RH41] refuses rules that are none by line, and a time that is not kept', async () => {
    const bad = join(folder, 'bad.yaml')
    writeFileSync(bad, `indicators:\n  air:\n    unit: u\n${SOONER.replace('deadband', 'dead')}`)
    const line =
      readFileSync(bad, 'utf8')
        .split('\n')
        .findIndex((text) => text.includes('dead:')) + 1
    const span = ['--from', iso(FROM), '--to', iso(TO)]
    await expect(rehearse('--rules', bad, ...span)).rejects.toThrow(new RegExp(`line ${line}: rules\\.0`))
    const good = join(folder, 'rules.yaml')
    await expect(
      rehearse('--rules', good, '--from', iso(FROM), '--to', iso(TO + HOUR)),
    ).rejects.toMatchObject({
      code: 'RY-future',
    })
    expect(opened.at(-1)).toEqual({ config: undefined })
  })

  it('[RH42] takes a file of rules as it stands beside its indicators', () => {
    const text = 'a: 1\nindicators:\n  air:\n    unit: u\n# rules\nrules: []\n'
    expect(withoutIndicators(text)).toBe('a: 1\n\n\n\n\nrules: []\n')
  })
})
