import { readFileSync } from 'node:fs'
import { QingyuError, sentenceOf } from './core/errors.ts'
import { capFaults } from './formats/cap-check.ts'

const USAGE = 'Say qingyu cap check FILE…, with CAP 1.2 messages (XML).'

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new QingyuError('IM-file', { value: file, why: sentenceOf(error) }, error)
  }
}

/** What each file does wrong by the rules of CAP 1.2, a line each; true when none does. Throws CF-usage and IM-file. */
export function checkMessages(files: readonly string[], print: (line: string) => void): boolean {
  if (files.length === 0) throw new QingyuError('CF-usage', { value: 'cap check', hint: USAGE })
  let sound = true
  for (const file of files) {
    const faults = capFaults(read(file))
    for (const { rule, why } of faults) print(`${file}: ${rule} ${why}`)
    if (faults.length === 0) print(`${file}: sound`)
    else sound = false
  }
  return sound
}

/** `qingyu cap check FILE…`: exit status 1 where a message breaks a rule. */
export function capCommand(args: readonly string[]): number {
  const [verb = '', ...files] = args
  if (verb !== 'check') throw new QingyuError('CF-usage', { value: `cap ${verb}`.trim(), hint: USAGE })
  return checkMessages(files, (line) => process.stdout.write(`${line}\n`)) ? 0 : 1
}
