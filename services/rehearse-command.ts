import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { instantOf } from './api-parts.ts'
import { QingyuError, sentenceOf } from './core/errors.ts'
import type { Archive } from './ports.ts'
import { rehearse, type Rehearsed } from './rehearsal-run.ts'
import { rehearsalReport } from './rehearsal-report.ts'
import { readRules } from './rules-text.ts'

const OPTIONS = {
  rules: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  archive: { type: 'string' },
  bundle: { type: 'string' },
  config: { type: 'string' },
  json: { type: 'string' },
} as const

const USAGE =
  'Say qingyu rehearse --rules FILE --from ISO --to ISO [--archive DIR | --bundle FILE] [--config FILE] [--json FILE].'

/** Where the past comes from: a folder, a bundle's file, or what a configuration keeps (undefined: the usual one). */
export type Past =
  { readonly archive: string } | { readonly bundle: string } | { readonly config: string | undefined }

/** What the command works with. */
export interface RehearseDoors {
  /** Opens the past; what `close` ends is gone from the disk, too, where it was unpacked. */
  readonly open: (past: Past) => Promise<{ readonly archive: Archive; close(): Promise<void> }>
  /** Hears how far it is, 0–1. */
  readonly progress: (share: number) => void
}

const usage = (value: string) => new QingyuError('CF-usage', { value, hint: USAGE })

function timeOf(name: string, value: string | undefined): number {
  if (value === undefined) throw usage(`rehearse without --${name}`)
  try {
    return instantOf(name, value)
  } catch (cause) {
    throw new QingyuError(
      'CF-usage',
      {
        value: `--${name} ${value}`,
        hint: 'Give a date and time with its offset, as 2026-11-22T20:00:00+08:00.',
      },
      cause,
    )
  }
}

/** A rules file beside its indicators, as in config/rules: they are the archive's, and their lines stay empty so that others keep their numbers. */
export function withoutIndicators(yaml: string): string {
  let isLeftOut = false
  return yaml
    .split('\n')
    .map((line) => {
      if (/^[^\s#-]/.test(line)) isLeftOut = /^indicators\s*:/.test(line)
      return isLeftOut ? '' : line
    })
    .join('\n')
}

function readText(path: string): string {
  try {
    return withoutIndicators(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new QingyuError('CF-usage', { value: `--rules ${path}`, hint: sentenceOf(error) }, error)
  }
}

/** `qingyu rehearse`: what other rules would have made of a time that is kept, side by side. Throws CF-usage, RS-*, RY-*, AV-*, BU-*. */
export async function rehearseCommand(args: readonly string[], doors: RehearseDoors): Promise<string> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS })
  const { rules: path, archive: dir, bundle, config, json } = values
  if (path === undefined) throw usage('rehearse without --rules')
  if ([dir, bundle].every((given) => given !== undefined)) throw usage('--archive with --bundle')
  const [from, to] = [timeOf('from', values.from), timeOf('to', values.to)]
  const yaml = readText(path)
  const past: Past = dir !== undefined ? { archive: dir } : bundle !== undefined ? { bundle } : { config }
  const opened = await doors.open(past)
  const { archive } = opened
  try {
    const order = { from, to, rules: (plan: Rehearsed['plan']) => readRules({ yaml }, plan) }
    const done = await rehearse(archive, order, doors.progress)
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(done.result, null, 2)}\n`)
    return rehearsalReport(done, archive.damages())
  } finally {
    await opened.close()
  }
}
