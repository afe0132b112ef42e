import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { VirtualClock } from '../adapters/clock.virtual.ts'
import { ownAll } from '../adapters/ownership.embedded.ts'
import { seededRandom } from '../adapters/random.seeded.ts'
import { startAggregate } from '../aggregate.ts'
import { startAlert } from '../alert.ts'
import { openEmbedded } from '../app-stores.ts'
import { policyFrom } from '../config-policy.ts'
import type { ReadConfig } from '../config.ts'
import { Alerting } from '../core/alerting.ts'
import type { Plan } from '../core/plan.ts'
import { RosterBook } from '../core/roster-book.ts'
import { startDesk } from '../desk.ts'
import { startGateway } from '../gateway.ts'
import type { Log, State } from '../ports.ts'
import { ToldWall } from './told-frames.ts'

/** The stages of a live city over a log that others write. */
export interface LiveStages {
  readonly clock: VirtualClock
  readonly log: Log
  readonly state: State
  /** A wall of the whole city, from the beginning. */
  readonly wall: ToldWall
  /** Resolves once walls and desk have seen the tick. */
  reached(tick: number): Promise<void>
  stop(): Promise<void>
}

/** Starts aggregate, alert, desk and gateway on an empty log. */
export async function liveStages(read: ReadConfig, plan: Plan, start = 1): Promise<LiveStages> {
  const clock = new VirtualClock(start)
  const dir = mkdtempSync(join(tmpdir(), 'qingyu-stages-'))
  const stores = openEmbedded({ ...read.config, data: { dir } }, plan, clock)
  const { log, state, ticks } = stores
  const policy = policyFrom(read.config, plan, read.file)
  const faults: unknown[] = []
  const report = (fault: unknown): void => void faults.push(fault)
  const aggregate = startAggregate({ log, state, plan, ownership: ownAll(plan.partitions) })
  const alert = startAlert({
    ticks,
    state,
    plan,
    ownership: ownAll(1),
    watch: (stored) => new Alerting(plan, policy, stored),
  })
  aggregate.failed.catch(report)
  alert.failed.catch(report)
  const duty = (entries: ReadonlyMap<string, Uint8Array>) => {
    const book = new RosterBook(plan, policy)
    book.restore(entries)
    return book
  }
  const desk = startDesk({ state, log, plan, policy, clock, random: seededRandom(1), duty, report })
  const { config } = read
  const gateway = startGateway({
    state,
    ticks,
    plan,
    epoch: log.epoch,
    config,
    clock,
    desk,
    report,
    demo: config.demo.enabled,
    program: 'test',
  })
  await gateway.caughtUp()
  await desk.caughtUp()
  const wall = new ToldWall()
  wall.join(gateway)
  return {
    clock,
    log,
    state,
    wall,
    async reached(tick) {
      while (faults.length === 0 && (gateway.picture.tick < tick || alert.reached < tick)) await pause(2)
      if (faults.length > 0) throw faults[0]
    },
    async stop() {
      await gateway.stop()
      await desk.stop()
      await alert.stop()
      await aggregate.stop()
      await stores.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
