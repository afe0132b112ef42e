import { openArchive } from './adapters/archive.parquet.ts'
import type { Measure } from './measure.bench.ts'
import { aarhusWeek } from './replay.bench.ts'

/** Rows of the recording: time, speed, vehicles and free-flow speed of one sensor; three values each, where it has them. */
const RECORDED_ROWS = 811_685
/** The bars: bytes an observation as it was recorded, and as it stands in the log. */
const BAR = 12
const VALUE_BAR = 4

/**
 * `archive.bytes`: what the archive of the week takes an observation, all tables, the bar as baseline; the same with keyframes
 * and manifests; and the tables a value of the log.
 */
export async function archiveBytes(measure: Measure): Promise<void> {
  const { dir } = await aarhusWeek()
  const archive = openArchive(dir)
  const manifests = await archive.manifests(0, Infinity)
  await archive.close()
  const files = manifests.flatMap((manifest) => manifest.files)
  const sum = (some: typeof files) => some.reduce((total, { bytes }) => total + bytes, 0)
  const tables = sum(files.filter(({ table }) => table !== 'keyframe'))
  const texts = manifests.reduce((total, manifest) => total + JSON.stringify(manifest).length, 0)
  const values = manifests.reduce((total, { digest }) => total + digest.observations, 0)
  measure.figure('archive.bytes', 'bytes/observation', tables / RECORDED_ROWS, BAR)
  measure.figure('archive.bytes.all', 'bytes/observation', (sum(files) + texts) / RECORDED_ROWS, BAR)
  measure.figure('archive.bytes.value', 'bytes/value', tables / values, VALUE_BAR)
}
