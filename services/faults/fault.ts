import { seededRandom } from '../adapters/random.seeded.ts'
import type { FaultCity } from './city.ts'

/** One thing that goes wrong for a while. */
export interface Fault {
  readonly kind: string
  readonly target: string
  /** How long it lasts, ms. */
  readonly ms: number
  begin(city: FaultCity): Promise<void> | void
  end(city: FaultCity): Promise<void> | void
  /** The same harm to the alert process of that name; only where the fault is one of {@link HOLDER}. */
  readonly to?: (holder: string) => Fault
}

/** Whoever holds the lease of the alert stage when the fault begins. */
export const HOLDER = 'alert-holder'

/** Whether it leaves an owner that slept beyond its session or lease and does not know it. */
export const isZombieMade = ({ kind, target }: Fault) =>
  kind === 'SIGSTOP' && /^(aggregate|alert)/.test(target)

const STAGES = ['ingest', 'aggregate', 'gateway'] as const

/** Killed, and started again under the same name after a second. */
const killed = (target: string, ms = 1000): Fault => ({
  kind: 'SIGKILL',
  target,
  ms,
  begin: (city) => city.kill(target),
  end: (city) => city.startAgain(target),
})

/** Stopped longer than any session, and woken. */
const paused = (target: string, ms = 12_000): Fault => ({
  kind: 'SIGSTOP',
  target,
  ms,
  begin: (city) => city.process(target).signal('SIGSTOP'),
  end: (city) => city.process(target).signal('SIGCONT'),
})

/** A server that is told to end, and started again on what it kept. */
const restarted = (target: string): Fault => ({
  kind: 'restart',
  target,
  ms: 2000,
  begin: async (city) => void (await city.process(target).stop(10_000)),
  end: (city) => city.startAgain(target),
})

const disconnected = (kind: 'cut' | 'hang', target: string, of: string): Fault => ({
  kind,
  target: of === '' ? target : `${target} from ${of}`,
  ms: 10_000,
  begin: (city) => city.proxies(target, of).forEach((proxy) => proxy.set({ kind })),
  end: (city) => city.proxies(target, of).forEach((proxy) => proxy.set({ kind: 'pass' })),
})

const ofHolder = (to: (holder: string) => Fault): Fault => ({ ...to(HOLDER), to })

/** Ways to harm one part of the cluster; a run takes one or more of each family. */
type Family = (pick: (most: number) => number) => Fault

const FAMILIES: readonly Family[] = [
  ...STAGES.map(
    (stage): Family =>
      (pick) =>
        killed(`${stage}-${1 + pick(2)}`),
  ),
  ...STAGES.map(
    (stage): Family =>
      (pick) =>
        paused(`${stage}-${1 + pick(2)}`),
  ),
  () => paused('redis', 20_000),
  () => killed('redis', 20_000),
  (pick) => killed(`kafka-${1 + pick(3)}`, 10_000),
  () => restarted('mosquitto'),
  ...(['redis', 'kafka', 'mosquitto'] as const).flatMap((server) => [
    (pick: (most: number) => number) => disconnected('cut', server, someone(server, pick)),
    (pick: (most: number) => number) => disconnected('hang', server, someone(server, pick)),
  ]),
  () => ofHolder(killed),
  () => ofHolder(paused),
  () => ofHolder((holder) => disconnected('cut', 'redis', holder)),
  () => ofHolder((holder) => disconnected('hang', 'redis', holder)),
]
/** Of the short form, one of each line: processes killed and paused, servers and their network, then the active alert process. */
const SHORT: readonly (readonly number[])[] = [
  [0, 1, 2],
  [4],
  [6, 7],
  [8],
  [9],
  [10, 11, 12, 13, 14, 15],
  [16],
  [17, 18, 19],
]

/** Everybody, or one process alone: then others take over what it can no longer do. */
function someone(server: string, pick: (most: number) => number): string {
  if (server === 'kafka') return ''
  const stage = server === 'redis' ? 'aggregate' : 'ingest'
  return ['', `${stage}-1`, `${stage}-2`][pick(3)] ?? ''
}

/** How many faults a run has. */
export type Form = 'short' | 'usual' | 'long'

/** The faults of a run, in order: eight in the short form, one of each kind as usual, two of each in the long form. */
export function faultsOf(seed: number, form: Form): readonly Fault[] {
  const random = seededRandom(seed)
  const pick = (most: number) => random.uint32() % most
  const chosen =
    form === 'short'
      ? SHORT.map((line) => line[pick(line.length)] ?? 0)
      : Array.from({ length: FAMILIES.length * (form === 'long' ? 2 : 1) }, (_, i) => i % FAMILIES.length)
  for (let i = chosen.length - 1; i > 0; i--) {
    const other = pick(i + 1)
    const kept = chosen[i] ?? 0
    chosen[i] = chosen[other] ?? 0
    chosen[other] = kept
  }
  return chosen.flatMap((family) => FAMILIES[family]?.(pick) ?? [])
}
