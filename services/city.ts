import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { CITIES } from './core/city-list.ts'
import { QingyuError, sentenceOf } from './core/errors.ts'

const known = [...CITIES.keys()].join(', ')

/**
 * `qingyu city NAME [--out FILE]`: writes the grid file of a demo city, to standard output without `--out`.
 * Throws CF-usage for an unknown city or option, GR-file when the file cannot be written.
 */
export function cityCommand(args: readonly string[]): void {
  const { name, out } = read(args)
  const make = CITIES.get(name)
  if (make === undefined)
    throw new QingyuError('CF-usage', {
      value: `city ${name}`.trim(),
      hint: `Use qingyu city NAME --out FILE; NAME is one of ${known}.`,
    })
  const text = make()
  if (out === undefined) {
    process.stdout.write(text)
    return
  }
  try {
    mkdirSync(dirname(out), { recursive: true })
    writeFileSync(out, text)
  } catch (error) {
    throw new QingyuError('GR-file', { file: out, why: sentenceOf(error) }, error)
  }
}

function read(args: readonly string[]): { name: string; out: string | undefined } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { out: { type: 'string' } },
      allowPositionals: true,
    })
    return { name: positionals.join(' '), out: values.out }
  } catch (error) {
    throw new QingyuError('CF-usage', { value: args.join(' '), hint: sentenceOf(error) }, error)
  }
}
