import { alignTicks } from './core/align.ts'
import { hintOf, messageOf } from './core/errors.ts'
import type { Plan } from './core/plan.ts'
import type { LateNotice } from './core/change.ts'
import type { Source, State } from './ports.ts'

/** Tells vendors what came too late: that is known only behind the log, where the panes are. Ends on abort. */
export async function tellLate(
  state: State,
  plan: Plan,
  sources: readonly Source[],
  signal: AbortSignal,
): Promise<void> {
  const partitions = Array.from({ length: plan.partitions }, (_, partition) => partition)
  const changes = (partition: number, from: number, stop: AbortSignal) => state.changes(partition, from, stop)
  for await (const tick of alignTicks(changes, partitions, (await state.tick()) + 1, signal))
    for (const record of tick.records) for (const late of record.late) tell(late, tick.at, plan, sources)
}

function tell(
  { source: key, indicator, time }: LateNotice,
  at: number,
  plan: Plan,
  sources: readonly Source[],
): void {
  const [vendor = '', source = ''] = key.split('/')
  const about = plan.indicators.list[plan.indicators.index.get(indicator) ?? -1]
  const longest = Math.max(
    0,
    ...plan.rules.rules.filter((rule) => rule.indicator === indicator).map((rule) => rule.windowMs),
  )
  const held = `${Math.round((longest + (about?.latenessMs ?? 0)) / 1000)} s`
  const parameters = { value: new Date(time).toISOString(), field: indicator, held }
  const refusal = {
    code: 'OB-late',
    pointer: '/time',
    message: messageOf('OB-late', parameters),
    hint: hintOf('OB-late', parameters),
    received: at,
  } as const
  for (const channel of sources) channel.feedback(vendor, source, [refusal])
}
