import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { archiveNames, type ArchiveNames } from '../core/archive-names.ts'
import { QingyuError } from '../core/errors.ts'
import { planPath, sha256Of } from './archive-files.ts'
import { fileFault } from './archive-reader.ts'
import { unzstd } from './zstd.ts'

/** Largest plan document, bytes before compression: its grid may have tens of MB. */
const MOST_BYTES = 1 << 30
/** Plans whose names are remembered. */
const MOST_PLANS = 8

const decoder = new TextDecoder('utf-8', { fatal: true })

/** A plan document as far as tables are read by it. */
interface PlanNames {
  readonly grid: { readonly codes: readonly string[] }
  readonly config: { readonly indicators: Readonly<Record<string, { readonly resolution: number }>> }
}

/** A plan document as it was put there. AV-plan where there is none, AV-file where it was altered. */
export function readPlanFile(dir: string, hash: string): unknown {
  if (!/^[0-9a-f]{64}$/.test(hash)) throw new QingyuError('AV-plan', { value: hash })
  let frame: Uint8Array
  try {
    frame = readFileSync(join(dir, planPath(hash)))
  } catch (error) {
    throw new QingyuError('AV-plan', { value: hash }, error)
  }
  let text: Uint8Array
  try {
    text = unzstd(frame, MOST_BYTES)
  } catch (error) {
    throw fileFault(planPath(hash), 'it was altered', error)
  }
  if (sha256Of(text) !== hash) throw fileFault(planPath(hash), 'it was altered: its SHA-256 is another')
  return { hash, ...(JSON.parse(decoder.decode(text)) as object) }
}

/** By what the tables of an archive are read, plan by plan. */
export class PlanNamesOf {
  readonly #dir: string
  readonly #names = new Map<string, ArchiveNames>()

  constructor(dir: string) {
    this.#dir = dir
  }

  /** Throws what {@link readPlanFile} does. */
  of(hash: string): ArchiveNames {
    const known = this.#names.get(hash)
    if (known !== undefined) return known
    const { grid, config } = readPlanFile(this.#dir, hash) as PlanNames
    const indicators = Object.entries(config.indicators).map(([code, { resolution }]) => ({
      code,
      resolution,
    }))
    const names = archiveNames(grid.codes, indicators)
    if (this.#names.size >= MOST_PLANS) this.#names.clear()
    this.#names.set(hash, names)
    return names
  }
}
