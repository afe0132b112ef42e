import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openArchive } from './adapters/archive.parquet.ts'
import { writePlan, writeSegment } from './adapters/archive-segment.ts'
import type { SegmentDraft } from './core/archive.ts'
import type { Plan } from './core/plan.ts'
import type { RuleSet } from './core/rule.ts'
import { rehearse } from './rehearsal-run.ts'
import { readRules } from './rules-text.ts'
import { archivedCity, archivedDrafts } from './testdata/archived-log.ts'
import { BEGIN, KEPT, keptSlices } from './testdata/kept-archive.ts'
import { FROM, HOUR, SOONER, TICKS, TO } from './testdata/rehearsal-house.ts'

const drafts = archivedDrafts(KEPT, keptSlices(TICKS), HOUR, 12)
const rules = (plan: Plan): RuleSet => readRules({ yaml: SOONER }, plan)

/** An archive of drafts, which goes with the test. */
async function archiveOf(written: readonly SegmentDraft[], documents: readonly { readonly hash: string }[]) {
  const dir = mkdtempSync(join(tmpdir(), 'qingyu-rehearsed-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  for (const document of documents) await writePlan(dir, document)
  for (const draft of written) await writeSegment(dir, draft, KEPT.plan)
  return openArchive(dir)
}

const named = (from: number, plan: string): SegmentDraft[] =>
  drafts.map((draft) =>
    draft.manifest.after < from ? draft : { ...draft, manifest: { ...draft.manifest, plan } },
  )

describe('a rehearsal over an archive', { timeout: 120_000 }, () => {
  it('[RH15] goes on over a restart with another configuration of the same grid', async () => {
    const { document } = archivedCity({ clock: { tick: '5m' }, alerts: { repeat: '1h' } })
    expect(document.hash).not.toBe(KEPT.document.hash)
    const restarted = named(BEGIN + 3 * HOUR, document.hash)
    const order = { from: FROM, to: TO, rules }
    const plain = await rehearse(await archiveOf(drafts, [KEPT.document]), order)
    const over = await rehearse(await archiveOf(restarted, [KEPT.document, document]), order)
    expect(over.result).toEqual(plain.result)
    expect(over.ticks).toBe(plain.ticks)
  })

  it('[RH15] refuses to go on where ticks are others, with the time', async () => {
    const { document } = archivedCity({ clock: { tick: '10m' } })
    const archive = await archiveOf(named(BEGIN + 3 * HOUR, document.hash), [KEPT.document, document])
    await expect(rehearse(archive, { from: FROM, to: TO, rules })).rejects.toMatchObject({
      code: 'RY-field',
      parameters: { field: 'to', expected: expect.stringContaining('ticks or partitions') as string },
    })
  })

  it('[RH16] plays from earlier what a longer window needs, and calls a gap what it cannot', async () => {
    const longer = (plan: Plan): RuleSet => {
      const read = rules(plan)
      return { ...read, rules: read.rules.map((rule) => ({ ...rule, windowMs: 3 * HOUR })) }
    }
    const from = BEGIN + 4 * HOUR
    const whole = await rehearse(await archiveOf(drafts, [KEPT.document]), { from, to: TO, rules: longer })
    expect(whole.result.gaps).toEqual([])
    // Its beginning is gone: the first keyframe left stands an hour before.
    const late = await archiveOf(drafts.slice(3), [KEPT.document])
    const [span] = await late.spans()
    const { result } = await rehearse(late, { from, to: TO, rules: longer })
    expect(result.gaps).toEqual([[from, TO]])
    const short = await rehearse(late, { from, to: TO, rules })
    expect(short.result.gaps).toEqual((span?.after ?? 0) > from ? [[from, span?.after]] : [])
    expect(short.result.time).toEqual(
      (
        await rehearse(await archiveOf(drafts, [KEPT.document]), {
          from: Math.max(from, span?.after ?? 0),
          to: TO,
          rules,
        })
      ).result.time,
    )
  })
})
