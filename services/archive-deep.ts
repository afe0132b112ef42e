import { keyframeAt, type Manifest, type Span } from './core/archive.ts'
import { CityMachine } from './core/city-machine.ts'
import { encodeKeyframe } from './core/keyframe-bytes.ts'
import { isoOf } from './core/time.ts'
import { readPlanDocument } from './plan-document.ts'
import type { Archive } from './ports.ts'

/** What playing an archive found. */
export interface DeepCheck {
  readonly ticks: number
  readonly keyframes: number
  /** In words; keyframes that are not what their log comes to. */
  readonly faults: readonly string[]
}

const ticksIn = ({ files }: Manifest): ReadonlySet<number> =>
  new Set(files.flatMap(({ table, path }) => (table === 'keyframe' ? [keyframeAt(path)] : [])))

/** Plays one stretch of an archive and compares the city with every keyframe on its way. */
class DeepPlay {
  readonly #archive: Archive
  #machine: CityMachine | null = null
  #plan = ''
  #city: ReturnType<typeof readPlanDocument> | null = null
  ticks = 0
  keyframes = 0
  readonly faults: string[] = []

  constructor(archive: Archive) {
    this.#archive = archive
  }

  async play({ after, to }: Span): Promise<void> {
    const begin = await this.#archive.keyframe(after).catch(() => null)
    for (const manifest of await this.#archive.manifests(after, to)) {
      await this.#takePlan(manifest.plan)
      if (this.ticks === 0 && this.#city !== null)
        this.#machine = new CityMachine(this.#city.plan, { policy: this.#city.policy }, begin)
      await this.#segment(manifest, Math.max(after, manifest.after))
    }
  }

  /** What the stages do at a start with another configuration: they go on from what is stored. */
  async #takePlan(hash: string): Promise<void> {
    if (hash === this.#plan) return
    this.#plan = hash
    this.#city = readPlanDocument(await this.#archive.plan(hash))
    const stored = this.#machine?.keyframe()
    const { plan, policy } = this.#city
    this.#machine = stored === undefined ? null : new CityMachine(plan, { policy }, stored)
  }

  async #segment(manifest: Manifest, after: number): Promise<void> {
    const wanted = ticksIn(manifest)
    for await (const slices of this.#archive.read(after, manifest.to))
      for (const slice of slices) {
        this.#machine?.play(slice)
        this.ticks++
        if (wanted.has(slice.at)) await this.#compare(slice.at)
      }
  }

  async #compare(at: number): Promise<void> {
    const kept = await this.#archive.keyframe(at)
    if (kept?.at !== at) return
    this.keyframes++
    const made = this.#machine?.keyframe()
    const { plan, policy } = this.#city ?? {}
    if (made === undefined) this.#machine = plan && policy ? new CityMachine(plan, { policy }, kept) : null
    else if (!Buffer.from(encodeKeyframe(made)).equals(encodeKeyframe(kept)))
      this.faults.push(`The keyframe of ${isoOf(at)} is not what the log comes to.`)
  }
}

/** Plays all that an archive holds, from keyframe to keyframe, each segment by its own plan. AV-file, AV-plan. */
export async function deepCheck(archive: Archive): Promise<DeepCheck> {
  let [ticks, keyframes] = [0, 0]
  const faults: string[] = []
  for (const span of await archive.spans()) {
    const play = new DeepPlay(archive)
    await play.play(span)
    ticks += play.ticks
    keyframes += play.keyframes
    faults.push(...play.faults)
  }
  return { ticks, keyframes, faults }
}
