import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { capCommand, checkMessages } from './cap.ts'
import { capXml } from './formats/cap.ts'
import { capMessages } from './formats/cap-chain.ts'
import { alertOf, simplePolicy } from './testdata/sample-alert.ts'
import { smallPlan } from './testdata/small-city.ts'

const plan = smallPlan()
const settings = { sender: 'qingyu', contact: '', restriction: '', expiresMs: 3_600_000 }
const [message] = capMessages(alertOf(), plan, settings.sender)
const sound = message === undefined ? '' : capXml(message, plan, simplePolicy(), settings)

function check(...texts: readonly string[]) {
  const dir = mkdtempSync(join(tmpdir(), 'qingyu-cap-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const files = texts.map((text, n) => {
    writeFileSync(join(dir, `${n}.xml`), text)
    return join(dir, `${n}.xml`)
  })
  const lines: string[] = []
  const good = checkMessages(files, (line) => lines.push(line.slice(dir.length + 1)))
  return { good, lines }
}

describe('qingyu cap check', () => {
  it('[CA40] tells each fault of each file, and that a file is sound', () => {
    const update = sound.replace('<msgType>Alert', '<msgType>Update').replace('<scope>Public', '<scope>All')
    expect(check(sound, update)).toEqual({
      good: false,
      lines: [
        '0.xml: sound',
        '1.xml: scope (3.2.1) is "All", expected one of Public, Restricted, Private',
        '1.xml: references (3.2.1) is missing or empty: msgType Update must name the messages it is about',
      ],
    })
    expect(check(sound).good).toBe(true)
  })

  it('[CA40] says what it takes', () => {
    expect(() => capCommand([])).toThrow('cap is not understood')
    expect(() => capCommand(['check'])).toThrow('cap check is not understood')
    expect(() => capCommand(['check', 'nowhere.xml'])).toThrow('File nowhere.xml cannot be read')
  })
})
