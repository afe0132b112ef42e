import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import '../testdata/properties.ts'
import { archivedCity } from '../testdata/archived-log.ts'
import { archiveContract, type ArchiveBench } from './archive.contract.ts'
import { writePlan, writeSegment } from './archive-segment.ts'
import { openArchive } from './archive.parquet.ts'

const city = archivedCity()

async function bench(): Promise<ArchiveBench> {
  const dir = mkdtempSync(join(tmpdir(), 'qingyu-archive-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  await writePlan(dir, city.document)
  return { dir, write: (draft) => writeSegment(dir, draft, city.plan), open: () => openArchive(dir) }
}

archiveContract('the archive in Parquet', city, bench)
