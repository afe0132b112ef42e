import type { Counts, TickRecord } from '../core/change.ts'
import { decodeTickRecord } from '../core/change.ts'
import { judgeAlerts } from './alert-verdict.ts'
import { keyOfId, type Book } from './book.ts'
import { entryDifferences, Findings, storedTicks, tickDifferences, type Evidence } from './findings.ts'
import { paneMsOf } from './load.ts'
import { Replay, type Replayed } from './replay.ts'

/** What the end of a run is judged by; every sentence of `breaches` is a promise broken. */
export interface Verdict {
  readonly breaches: readonly string[]
  readonly facts: readonly string[]
}

/** Ids of the book that the log does not hold, and sources of which it holds more. */
function idDifferences(book: Book, ids: ReadonlyMap<string, ReadonlySet<number>>): readonly string[] {
  const found: string[] = []
  for (const [source, count] of book.sources()) {
    const known = ids.get(source) ?? new Set()
    for (let number = 0; number < count; number++)
      if (!known.has(keyOfId(book.idOf(source, number)))) found.push(`${source} ${number}`)
    if (known.size > count) found.push(`${source} has ${known.size} ids of ${count}`)
  }
  return found
}

function countBreaches(total: Counts, book: Book): readonly string[] {
  const { received, applied, duplicate, late, quarantined, refused } = total
  const found: string[] = []
  if (applied !== book.sent) found.push(`${applied} applied of ${book.sent}`)
  if (received !== applied + duplicate + late + quarantined + refused)
    found.push(`${received} received, and in counters ${JSON.stringify(total)}`)
  if (late + quarantined + refused > 0) found.push(JSON.stringify(total))
  return found
}

function sumOf(records: readonly TickRecord[]): Counts {
  const total = { received: 0, applied: 0, duplicate: 0, late: 0, quarantined: 0, refused: 0 }
  for (const { counts } of records)
    for (const name of Object.keys(total) as (keyof Counts)[]) total[name] += counts[name]
  return total
}

/** Panes that had ended by tick `at` whose count of samples is not what was sent. */
async function paneDifferences({ plan, book, state }: Evidence, at: number): Promise<readonly string[]> {
  const found: string[] = []
  const wanted = new Map<string, Map<number, number>>()
  for (const { area, indicator, pane, count } of book.panes()) {
    if (pane + paneMsOf(plan, indicator) > at) continue
    const key = `${area} ${indicator}`
    wanted.set(key, (wanted.get(key) ?? new Map<number, number>()).set(pane, count))
  }
  for (const [key, panes] of wanted) {
    const [code = '', indicator = ''] = key.split(' ')
    const area = plan.grid.codes.indexOf(code)
    const times = [...panes.keys()]
    const [from, to] = [Math.min(...times), Math.max(...times)]
    const lines = await state.readings(area, indicator, from, to + 1, times.length + 1)
    const samples = new Map(lines.map((line) => [line.pane, line.samples]))
    for (const [pane, count] of panes)
      if (samples.get(pane) !== count)
        found.push(`${key} at ${pane}: ${samples.get(pane) ?? 0} counted of ${count}`)
  }
  return found
}

/** Compares what was sent with the log, with the state, and both with a replay of the log in memory. */
export async function judge(evidence: Evidence): Promise<Verdict> {
  const { plan, book, log, state } = evidence
  const findings = new Findings()
  const replay = new Replay(plan, log)
  const partitions: Replayed[] = []
  const newest: TickRecord[] = []
  const [ticks, entries]: [string[], string[]] = [[], []]
  let compared = 0
  for (let partition = 0; partition <= plan.partitions; partition++) {
    const { at, entries: held } = await state.load(partition)
    const replayed =
      partition === plan.partitions
        ? await replay.rollup(partitions, at)
        : await replay.partition(partition, at)
    partitions.push(replayed)
    const stored = await storedTicks(state, partition, at)
    compared += stored.length
    ticks.push(...tickDifferences(partition, stored, replayed))
    entries.push(...entryDifferences(partition, held, replayed))
    const last = stored.at(-1)
    if (last !== undefined && partition < plan.partitions) newest.push(decodeTickRecord(last.bytes))
  }
  findings.promise(`all ${book.sent} observations stand in the log`, idDifferences(book, replay.ids))
  const total = sumOf(newest)
  findings.promise(
    `each is counted once, ${total.duplicate} repetitions told apart`,
    countBreaches(total, book),
  )
  const reached = Math.min(...newest.map((record) => record.at))
  findings.promise('each is counted once in its pane', await paneDifferences(evidence, reached))
  findings.promise(`${compared} tick records are those of a replay in memory`, ticks)
  findings.promise(`states of ${plan.partitions} partitions and the roll-up are those of a replay`, entries)
  await judgeAlerts(evidence, replay, partitions, findings)
  return findings
}
