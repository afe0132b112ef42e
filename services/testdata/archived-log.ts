import { resolve } from 'node:path'
import { seededRandom } from '../adapters/random.seeded.ts'
import { readPlan } from '../app-plan.ts'
import { policyFrom } from '../config-policy.ts'
import { readConfig } from '../config.ts'
import type { Action } from '../core/action.ts'
import { LevelCount } from '../core/archive-digest.ts'
import type { Digest, SegmentDraft, TickSlice } from '../core/archive.ts'
import { Archivist } from '../core/archivist.ts'
import { CityMachine } from '../core/city-machine.ts'
import { partitionOf } from '../core/grid.ts'
import { Fingerprint, seedOf } from '../core/idempotency.ts'
import type { Plan } from '../core/plan.ts'
import { encodeAction, encodeInForce, encodeTick } from '../core/record.ts'
import { RecordWriter } from '../core/record-writer.ts'
import { planDocument } from '../plan-document.ts'

const home = resolve(import.meta.dirname, '../..')
const encoder = new TextEncoder()

export const EPOCH = '0123456789abcdef'
/** Half past one in the morning of a Monday in the city. */
export const START = Date.parse('2026-03-01T17:30:00Z')

/** The demo's city with three partitions and a tick of ten seconds, and what it is judged by. */
export function archivedCity(flags: Readonly<Record<string, unknown>> = {}) {
  const read = readConfig(
    resolve(home, 'config/qingyu.yaml'),
    {},
    { log: { partitions: 3 }, clock: { tick: '10s' }, ...flags },
  )
  const { plan, texts } = readPlan(read, { warn: () => undefined })
  const policy = policyFrom(read.config, plan, read.file)
  return { read, plan, policy, document: planDocument(read, plan, texts) }
}

/** Numbers in [0, most). */
type Draw = (most: number) => number

function drawFrom(seed: number): Draw {
  const random = seededRandom(seed)
  return (most) => Math.floor((random.uint32() / 2 ** 32) * most)
}

/** Observations of a partition as ingest writes them: half of them without an id. */
function observations(plan: Plan, partition: number, at: number, draw: Draw): Uint8Array {
  const { grid, indicators, partitions } = plan
  const cells = [...grid.codes.keys()].filter((area) => partitionOf(grid, area, partitions) === partition)
  const writer = new RecordWriter(indicators.list.map(({ code }) => code))
  const print = new Fingerprint()
  const slots = new Map<string, number>()
  for (let rows = 1 + draw(12); rows > 0; rows--) {
    const index = draw(indicators.list.length)
    const { code, range, resolution } = indicators.list[index] ?? { code: '', range: [0, 1], resolution: 1 }
    const time = at - draw(9000) - 1
    const value = Math.round(
      ((range[0] ?? 0) + ((range[1] ?? 1) - (range[0] ?? 0)) * (draw(1000) / 1000)) / resolution,
    )
    const source = `vendor/sensor-${draw(8)}`
    if (!slots.has(source)) slots.set(source, writer.source(encoder.encode(source)))
    print.ofTime(seedOf(code), time)
    const [high, low] = draw(2) === 0 ? [print.high, print.low] : [draw(2 ** 32), draw(2 ** 32)]
    writer.add(time, value, high, low, cells[draw(cells.length)] ?? 0, slots.get(source) ?? 0, index)
  }
  return writer.finish()
}

const OFFICER = { person: 'officer', role: 'officer', area: '', unit: 'street' } as const

function actionAt(time: number, draw: Draw): Uint8Array {
  const id = draw(2 ** 32)
    .toString(16)
    .padStart(16, '0')
  const deeds: readonly Action['deed'][] = [
    { verb: 'handover', area: '320113010', comment: '夜里安静' },
    { verb: 'acknowledge', alert: 'a1', comment: '' },
    { verb: 'sign-in', from: 'desk' },
  ]
  const deed = deeds[draw(deeds.length)] ?? { verb: 'sign-in', from: '' }
  return encodeAction({ id, time, by: OFFICER, deed })
}

/** A record such as no writer of ours makes, or not so: none of them may be lost or changed. */
function oddRecord(plan: Plan, partition: number, at: number, draw: Draw): Uint8Array {
  const sound = observations(plan, partition, at, draw)
  const view = new DataView(sound.buffer)
  switch (draw(9)) {
    case 0:
      return new Uint8Array(0)
    case 1:
      // A fractional time, or a value between two steps.
      view.setFloat64(16 + 8 * draw(2), at + 0.25, true)
      return sound
    case 2:
      view.setUint32(16 + 24, 4_000_000_000, true)
      return sound
    case 3: {
      const writer = new RecordWriter(['of-another-plan'])
      writer.source(encoder.encode('never/used'))
      writer.add(at - 1, 1.5, 1, 2, 3, writer.source(encoder.encode('vendor/twice')), 0)
      return writer.finish()
    }
    case 4:
      return Uint8Array.of(9, 1, 2, 3)
    case 5:
      return Uint8Array.of(1, 1, 0)
    case 6:
      return new RecordWriter([]).finish()
    case 7:
      return Uint8Array.of(4, 1, ...encoder.encode(`\ufeff{"id": "x", "odd":true}`))
    default:
      return Uint8Array.of(3, 1, 0xff, 0xfe)
  }
}

/** Records of one partition that belong to a tick. */
function partOf(plan: Plan, partition: number, at: number, isOdd: boolean, draw: Draw): Uint8Array[] {
  const records: Uint8Array[] = []
  for (let more = draw(3); more > 0; more--) records.push(observations(plan, partition, at, draw))
  if (partition === 0 && draw(4) === 0) records.push(actionAt(at - 5, draw))
  if (isOdd && draw(2) === 0) records.push(oddRecord(plan, partition, at, draw))
  const ingest = { received: draw(99), quarantined: 0, refused: draw(3), refusedBy: { 'OB-range': draw(3) } }
  // A tick of another ingest process, which is not newer.
  if (draw(9) === 0) records.push(encodeTick({ at: at - plan.tickMs }))
  records.push(encodeTick(partition === 0 ? { at, ingest } : { at }))
  return records
}

/** A log of `ticks` ticks as slices, the same for the same seed; now and then a partition lacks a tick. `isOdd`: with records that nobody can play. */
export function randomSlices(plan: Plan, seed: number, ticks: number, isOdd: boolean): TickSlice[] {
  const draw = drawFrom(seed)
  const { grid, rules } = plan
  const next = Array.from({ length: plan.partitions }, () => 0)
  return Array.from({ length: ticks }, (_, tick) => {
    const at = START + (tick + 1) * plan.tickMs
    const parts = next.flatMap((first, partition) => {
      if (isOdd && partition > 0 && draw(10) === 0) return []
      const inForce = encodeInForce({ grid: grid.version, rules: rules.version, program: 'test' })
      const records = [...(tick === 0 ? [inForce] : []), ...partOf(plan, partition, at, isOdd, draw)]
      next[partition] = first + records.length
      return [{ partition, first, records }]
    })
    return { at, parts }
  })
}

const NOTHING: Digest = {
  stepMs: 60_000,
  levels: [],
  incidents: [],
  alerts: [],
  actions: [],
  observations: 0,
}

/** A draft of slices as they are, without what they come to. */
export function plainDraft(
  { plan, document }: ReturnType<typeof archivedCity>,
  slices: readonly TickSlice[],
  before: readonly TickSlice[] = [],
): SegmentDraft {
  const ends = (of: readonly TickSlice[]) =>
    Array.from({ length: plan.partitions }, (_, partition) => {
      const last = of.flatMap(({ parts }) => parts.filter((part) => part.partition === partition)).at(-1)
      return last === undefined ? 0 : last.first + last.records.length
    })
  const from = ends(before)
  const offsets = ends([...before, ...slices]).map((end, partition) => ({
    partition,
    from: from[partition] ?? 0,
    end,
  }))
  return {
    manifest: {
      epoch: EPOCH,
      after: before.at(-1)?.at ?? START,
      to: slices.at(-1)?.at ?? 0,
      ticks: slices.length,
      plan: document.hash,
      grid: plan.grid.version,
      rules: plan.rules.version,
      program: 'test',
      clock: 'wall',
      offsets,
      digest: NOTHING,
    },
    slices,
    outcomes: [],
    keyframes: [],
  }
}

/** Drafts as the archiver makes them of slices: a segment ends at every multiple of `every` ms, a keyframe is taken every `keyframe` ticks. */
export function archivedDrafts(
  { plan, policy, document }: ReturnType<typeof archivedCity>,
  slices: readonly TickSlice[],
  every: number,
  keyframe: number,
): readonly SegmentDraft[] {
  const head = {
    epoch: EPOCH,
    plan: document.hash,
    grid: plan.grid.version,
    program: 'test',
    clock: 'wall',
  } as const
  const archivist = new Archivist(plan, head, keyframe, {
    machine: new CityMachine(plan, { policy }, null),
    count: new LevelCount(plan, []),
    at: 0,
    offsets: Array.from({ length: plan.partitions }, () => 0),
    sinceKeyframe: 0,
  })
  const drafts: SegmentDraft[] = []
  for (const [i, slice] of slices.entries()) {
    archivist.take(slice)
    const next = slices[i + 1]
    if (next !== undefined && Math.ceil(next.at / every) === Math.ceil(slice.at / every)) continue
    const draft = archivist.close()
    if (draft !== null) drafts.push(draft)
  }
  return drafts
}
