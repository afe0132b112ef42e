import { alertPartition } from './core/alert-record.ts'
import type { AlertPolicy } from './core/alert-policy.ts'
import type { Alert } from './core/alert.ts'
import type { Keyframe } from './core/archive.ts'
import { drillBeginning, drillPolicy, isLeftOut } from './core/drill-beginning.ts'
import { drillScore } from './core/drill-score.ts'
import { QingyuError } from './core/errors.ts'
import { jsonEntries } from './core/json-entry.ts'
import type { Person } from './core/person.ts'
import type { Plan } from './core/plan.ts'
import type { DrillScore, ReplayView } from './core/replay-wire.ts'
import type { Desk } from './desk-port.ts'
import type { Archive } from './ports.ts'
import { DrillActs, NO_ACTS, type ReplayActs } from './replay-acts.ts'
import type { VerbCall } from './replay-message.ts'

/** Lines of the audit log that a score reads: what three people can do in a day. */
const MOST_LINES = 50_000

/** Who a session is played by: in a replay those of then, in a drill others, from its opening on. */
export class Drill {
  readonly #people: readonly Person[]
  readonly #acts: DrillActs
  #from = 0
  #hastened = 0
  #last: Pick<ReplayView, 'at' | 'state' | 'rate'> = { at: 0, state: 'opening', rate: 1 }
  #life: Promise<ReadonlyMap<string, Alert>> | null = null

  constructor(people: readonly Person[]) {
    this.#people = people
    this.#acts = new DrillActs(isLeftOut, new Set(people.map(({ id }) => id)))
  }

  /** True once it has begun: before that the past is played as it was. */
  get hasBegun(): boolean {
    return this.#from > 0
  }

  get acts(): ReplayActs {
    return this.hasBegun ? this.#acts : NO_ACTS
  }

  policyOf(policy: AlertPolicy): AlertPolicy {
    return this.hasBegun ? drillPolicy(policy, this.#people) : policy
  }

  /** The city with which it begins: as it stands, with nobody having done anything. RY-field. */
  begin(plan: Plan, policy: AlertPolicy, keyframe: Keyframe): Keyframe {
    const own = alertPartition(plan)
    const parts = keyframe.parts.map((part, nth) =>
      // Quiet ticks leave no commit, so that its own tick may be an older one.
      nth === own
        ? drillBeginning(plan, drillPolicy(policy, this.#people), {
            ...part,
            offset: keyframe.at,
            at: keyframe.at,
          })
        : part,
    )
    this.#from = keyframe.at
    this.#last = { ...this.#last, at: keyframe.at }
    return { ...keyframe, parts }
  }

  /** Refuses a city that is not the drill's own, as it would go on behind a gap: there the people's acts are not. RY-failed. */
  assertOwn(keyframe: Keyframe | null, city: { readonly at: number } | null): void {
    if (!this.hasBegun || keyframe?.at === city?.at) return
    throw new QingyuError('RY-failed', {
      value: 'of this drill',
      why: 'a part of the archive cannot be read',
    })
  }

  /** Refuses what would take people back to before they acted, or past what they have to meet. RY-field. */
  assertForward({ verb, body }: VerbCall, { state }: Pick<ReplayView, 'state'>): void {
    const isBack = verb === 'seek' || verb === 'loop' || (verb === 'step' && body.ticks < 0)
    if (isBack)
      throw new QingyuError('RY-field', {
        field: 'verb',
        value: verb,
        expected: 'play, pause, rate or a step forwards: a drill goes on like life',
      })
    if (state === 'ended' && verb !== 'pause')
      throw new QingyuError('RY-field', {
        field: 'verb',
        value: verb,
        expected: 'another drill: this is over',
      })
  }

  /** Hears how the session stands, whenever that changes. */
  hear({ at, state, rate }: ReplayView): void {
    if (!this.hasBegun) return
    this.#pass(at)
    this.#last = { at, state, rate }
  }

  #pass(at: number): void {
    const { state, rate, at: before } = this.#last
    if (state !== 'playing' || rate !== 1) this.#hastened += Math.max(0, at - before)
    this.#last = { ...this.#last, at }
  }

  /** How people did so far. AV-gap. */
  async score(
    desk: Pick<Desk, 'alerts' | 'audit'>,
    view: ReplayView,
    { plan, policy }: { readonly plan: Plan; readonly policy: AlertPolicy },
    archive: Pick<Archive, 'keyframe' | 'spans'>,
  ): Promise<DrillScore> {
    this.#pass(view.at)
    this.#life ??= livedIn(plan, archive)
    const { lines } = await desk.audit({ from: this.#from, to: view.at, most: MOST_LINES, by: () => true })
    return drillScore({
      isOver: view.state === 'ended',
      from: this.#from,
      at: view.at,
      hastened: this.#hastened,
      people: this.#people.map(({ id }) => id),
      alerts: [...desk.alerts()],
      audit: lines,
      life: await this.#life,
      limits: (category, rank) => policy.limits(category, rank),
    })
  }
}

/** Alerts as they were when it happened, open and closed, at the end of what is held. */
async function livedIn(
  plan: Plan,
  archive: Pick<Archive, 'keyframe' | 'spans'>,
): Promise<ReadonlyMap<string, Alert>> {
  const end = (await archive.spans()).at(-1)?.to ?? 0
  const keyframe = await archive.keyframe(end)
  const entries = keyframe?.parts[alertPartition(plan)]?.entries ?? new Map<string, Uint8Array>()
  const found = [...jsonEntries<Alert>(entries, 'h/'), ...jsonEntries<Alert>(entries, 'a/')]
  return new Map(found.map(([, alert]) => [alert.id, alert]))
}
