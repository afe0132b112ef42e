import { createHash } from 'node:crypto'
import { createReadStream, readdirSync } from 'node:fs'
import { join, posix } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { openArchive } from './adapters/archive.parquet.ts'
import { writePlan, writeSegment } from './adapters/archive-segment.ts'
import { copySpan } from './bundle-copy.ts'
import type { BundleOrder, CopiedBundle } from './bundle-port.ts'
import type { Manifest } from './core/archive.ts'
import type { BundleFile } from './core/bundle-manifest.ts'
import { QingyuError } from './core/errors.ts'
import { readPlanDocument } from './plan-document.ts'
import { pastLevels } from './past-levels.ts'
import type { PastNews, PastTask } from './past-port.ts'
import { toTell } from './thread.ts'

/** All files of a folder by path, with forward slashes. */
function pathsIn(folder: string, below = ''): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(below, entry.name)
    return entry.isDirectory() ? pathsIn(folder, path) : [path]
  })
}

async function fileOf(folder: string, path: string): Promise<BundleFile> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(join(folder, path))) {
    hash.update(chunk as Buffer)
    bytes += (chunk as Buffer).length
  }
  return { path, bytes, sha256: hash.digest('hex') }
}

async function copy({ archive, epoch, folder, from, to }: BundleOrder): Promise<CopiedBundle> {
  const source = openArchive(archive, epoch)
  const written = await copySpan(
    source,
    {
      segment: (draft, plan) => writeSegment(folder, draft, plan),
      plan: (document) => writePlan(folder, document),
    },
    { from, to },
  )
  return told(folder, written)
}

/** Looks whether a folder can be played: its plans, and a span of its own. AV-file, AV-plan, BU-altered, BU-file. */
async function inspect(folder: string): Promise<null> {
  const archive = openArchive(folder)
  const manifests = await archive.manifests(0, Infinity)
  for (const hash of new Set(manifests.map(({ plan }) => plan))) readPlanDocument(await archive.plan(hash))
  const [damage] = archive.damages()
  if (damage !== undefined) throw new QingyuError('BU-altered', { value: damage.path })
  if ((await archive.spans()).length === 0)
    throw new QingyuError('BU-file', { why: 'it holds nothing that can be played' })
  return null
}

async function told(folder: string, segments: readonly Manifest[]): Promise<CopiedBundle> {
  const files: BundleFile[] = []
  for (const path of pathsIn(folder).sort()) files.push(await fileOf(folder, path))
  const unique = (values: readonly string[]) => [...new Set(values)]
  return {
    ticks: segments.reduce((sum, { ticks }) => sum + ticks, 0),
    grid: segments.at(-1)?.grid ?? '',
    plans: unique(segments.map(({ plan }) => plan)),
    rules: unique(segments.map(({ rules }) => rules)),
    programs: unique(segments.map(({ program }) => program)),
    clock: segments[0]?.clock ?? 'wall',
    files,
  }
}

function work(task: PastTask): Promise<unknown> {
  if ('order' in task) return copy(task.order)
  if ('inspected' in task) return inspect(task.inspected)
  return pastLevels(openArchive(task.archive, task.epoch), task.levels)
}

work(workerData as PastTask).then(
  (done) => parentPort?.postMessage({ done } satisfies PastNews<unknown>),
  (fault: unknown) => parentPort?.postMessage({ fault: toTell(fault) } satisfies PastNews<unknown>),
)
