import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { surveyOf, type ArchiveCheck } from '../core/archive-survey.ts'
import { LOG_TABLES, type ArchivedFile, type Damage, type Manifest } from '../core/archive.ts'
import { manifestPath, pathsIn, planPath } from './archive-files.ts'
import { decodeManifest } from './archive-manifest.ts'
import { readPlanFile } from './archive-plans.ts'
import { whyOf, wholeFile } from './archive-reader.ts'

/** An archive, file by file. */
class Check {
  readonly #dir: string
  readonly damages: Damage[] = []
  readonly named = new Set<string>()
  files = 0

  constructor(dir: string) {
    this.#dir = dir
  }

  /** The segments of one log, by where they begin; those that a larger one covers are left over. */
  segments(epoch: string): Manifest[] {
    const all = pathsIn(this.#dir, `${epoch}/segments`).flatMap((path) => {
      if (!/\/\d+\.json$/.test(path)) return []
      const manifest = this.#look(path, 0, Number(/(\d+)\.json$/.exec(path)?.[1]), () => {
        const read = decodeManifest(readFileSync(join(this.#dir, path)))
        if (typeof read === 'string') throw new TypeError(read)
        return read
      })
      return manifest === undefined ? [] : [manifest]
    })
    const sorted = all.sort((a, b) => a.after - b.after || b.to - a.to)
    return sorted.filter(
      (each, i) => !sorted.slice(0, i).some(({ after, to }) => after <= each.after && each.to <= to),
    )
  }

  segment({ epoch, after, to, files }: Manifest): void {
    this.named.add(manifestPath(epoch, to))
    for (const file of files) {
      this.named.add(file.path)
      this.#file(file, LOG_TABLES.has(file.table) ? after : to, to)
    }
  }

  plan(hash: string, after: number, to: number): void {
    this.#look(planPath(hash), after, to, () => readPlanFile(this.#dir, hash))
  }

  #file(file: ArchivedFile, after: number, to: number): void {
    this.#look(file.path, after, to, () => wholeFile(this.#dir, file))
  }

  #look<Found>(path: string, after: number, to: number, read: () => Found): Found | undefined {
    this.files++
    try {
      return read()
    } catch (error) {
      this.damages.push({ path, code: 'AV-file', message: whyOf(error), after, to })
      return undefined
    }
  }
}

/**
 * Looks at an archive: how segments follow each other by their manifests alone, or besides whether every file is there and to the
 * bit what was written.
 */
export async function checkArchive(dir: string, look: 'manifests' | 'files'): Promise<ArchiveCheck> {
  const epochs = readdirSync(dir)
    .filter((name) => /^[0-9a-f]{16}$/.test(name))
    .sort()
  const check = new Check(dir)
  const logs = epochs.map((epoch) => {
    const segments = check.segments(epoch)
    if (look === 'files') for (const segment of segments) check.segment(segment)
    return segments
  })
  const plans = new Map<string, { after: number; to: number }>()
  for (const { plan, after, to } of logs.flat())
    plans.set(plan, { after: plans.get(plan)?.after ?? after, to })
  if (look === 'files') for (const [hash, { after, to }] of plans) check.plan(hash, after, to)
  const surveys = logs.filter((segments) => segments.length > 0).map(surveyOf)
  surveys.sort((a, b) => (a.spans[0]?.after ?? 0) - (b.spans[0]?.after ?? 0))
  const broken = new Set(check.damages.map(({ path }) => path))
  const unnamed = (look === 'files' ? epochs : [])
    .flatMap((epoch) => pathsIn(dir, epoch))
    .filter((path) => !check.named.has(path) && !broken.has(path))
  return { logs: surveys, damages: check.damages, files: check.files, unnamed }
}
