import { decodeTickRecord } from './core/change.ts'
import { hintOf, messageOf } from './core/errors.ts'
import type { Plan } from './core/plan.ts'
import type { LateNotice } from './core/change.ts'
import type { Source } from './ports.ts'
import type { RulesNow } from './rules-now.ts'

const decoder = new TextDecoder()

/** Tells vendors what of a committed tick came too late: that is known only behind the log, where the panes are. */
export async function tellLate(
  bytes: Uint8Array,
  rules: RulesNow,
  sources: readonly Pick<Source, 'feedback'>[],
): Promise<void> {
  // Hardly ever is anything late: the text is looked through before it is taken apart.
  if (sources.length === 0 || decoder.decode(bytes).includes('"late":[]')) return
  const { late, at } = decodeTickRecord(bytes)
  const { plan } = await rules.get()
  for (const notice of late) tell(notice, at, plan, sources)
}

function tell(
  { source: key, indicator, time }: LateNotice,
  at: number,
  plan: Plan,
  sources: readonly Pick<Source, 'feedback'>[],
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
