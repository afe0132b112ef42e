import { alertPartition, decodeAlertRecord, encodeAlertRecord, quietRecord } from '../core/alert-record.ts'
import type { TickBytes } from '../ports.ts'
import { entryDifferences, same, storedTicks, type Evidence, type Findings } from './findings.ts'
import type { Replay, Replayed } from './replay.ts'

/** Records up to a tick that say something, by tick: what a stage says of quiet ones depends on when it began. */
function telling(ticks: readonly TickBytes[], until: number): ReadonlyMap<number, Uint8Array> {
  const said = ticks.filter(
    ({ at, bytes }) => at <= until && !same(bytes, encodeAlertRecord(quietRecord(at))),
  )
  return new Map(said.map(({ at, bytes }) => [at, bytes]))
}

function recordDifferences(
  stored: ReadonlyMap<number, Uint8Array>,
  replayed: ReadonlyMap<number, Uint8Array>,
): readonly string[] {
  return [...new Set([...stored.keys(), ...replayed.keys()])]
    .sort((a, b) => a - b)
    .flatMap((at) => {
      const [one, other] = [stored.get(at), replayed.get(at)]
      if (one === undefined) return [`nothing is said of ${at}`]
      if (other === undefined) return [`a replay says nothing of ${at}`]
      return same(one, other) ? [] : [`the record of ${at}`]
    })
}

/** What all records together tell of, each once. */
class Told {
  readonly incidents = new Set<string>()
  readonly alerts = new Set<string>()
  readonly notices = new Set<string>()
  /** By action: the code it was decided with, as often as it was. */
  readonly outcomes = new Map<string, (string | null)[]>()

  constructor(records: Iterable<Uint8Array>) {
    for (const bytes of records) {
      const record = decodeAlertRecord(bytes)
      for (const { id } of record.incidents) this.incidents.add(id)
      for (const { id } of record.alerts) this.alerts.add(id)
      for (const { id } of record.notices) this.notices.add(id)
      for (const { action, code } of record.outcomes)
        this.outcomes.set(action, [...(this.outcomes.get(action) ?? []), code])
    }
  }

  /** What there is none of: then nothing was tested. */
  get missing(): readonly string[] {
    const { incidents, alerts, notices, outcomes } = this
    return Object.entries({ incidents, alerts, notices, outcomes }).flatMap(([name, { size }]) =>
      size === 0 ? [`no ${name}`] : [],
    )
  }
}

/** Deeds that were not decided just once, or not as a gateway said. */
function deedDifferences(deeds: Evidence['deeds'], { outcomes }: Told): readonly string[] {
  const repeated = [...outcomes].flatMap(([action, codes]) =>
    codes.length > 1 ? [`${action} was decided ${codes.length} times`] : [],
  )
  const accepted = [...deeds].flatMap(([action, isDone]) => {
    const code = outcomes.get(action)?.[0]
    if (code === undefined) return [`${action} was never decided`]
    return isDone && code !== null ? [`${action} was said to be done, and is refused with ${code}`] : []
  })
  return [...repeated, ...accepted]
}

/** Compares what the alert stage has committed with a replay of the same ticks in memory, and with what people were told of their deeds. */
export async function judgeAlerts(
  { plan, policy, state, deeds }: Evidence,
  replay: Replay,
  partitions: readonly Replayed[],
  findings: Findings,
): Promise<void> {
  const own = alertPartition(plan)
  const { at, entries } = await state.load(own)
  const { at: last } = await state.load(plan.partitions + 1)
  const score = await storedTicks(state, plan.partitions + 1, last)
  const replayed = await replay.alerts(partitions, score, policy, at)
  const stored = telling(await storedTicks(state, own, at), at)
  const told = new Told(stored.values())
  const { incidents, alerts, notices, outcomes } = told
  findings.promise('incidents, alerts, notices and outcomes were made', told.missing)
  findings.promise(
    `${stored.size} records of the alert stage are those of a replay: ${incidents.size} incidents, ${alerts.size} alerts, ${notices.size} notices, ${outcomes.size} outcomes`,
    recordDifferences(stored, telling(replayed.ticks, at)),
  )
  findings.promise(
    'the state of the alert stage is that of a replay',
    entryDifferences(own, entries, replayed),
  )
  findings.promise(`${deeds.size} accepted deeds are decided, each once`, deedDifferences(deeds, told))
}
