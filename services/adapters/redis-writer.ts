import { randomBytes } from 'node:crypto'
import { QingyuError } from '../core/errors.ts'
import type { Clock, Commit, Offset, Snapshot } from '../ports.ts'
import { refusalOf } from './fence.ts'
import { chunksOf, isWhole, type Chunk, type Naming } from './redis-chunk.ts'
import { entriesOf } from './redis-entries.ts'
import { channelOf, keysOf, type PartitionKeys } from './redis-keys.ts'
import type { RedisLink } from './redis-link.ts'
import { CLAIM, COMMIT, DECIDE, FINISH, MERGE, STAGE } from './redis-script.ts'

/** What a writer works with. */
export interface WriterParts {
  readonly link: RedisLink
  readonly naming: Naming
  /** Tick records are kept this long, ms. */
  readonly kept: number
  /** Throws where this Redis may not be trusted with the state. */
  readonly check: () => Promise<void>
  readonly clock: Clock
  readonly counts: WriterCounts
}

/** What the writers of a process did since its start. */
export interface WriterCounts {
  commits: number
  /** Time from handing a commit to Redis to its answer, ms. */
  milliseconds: number
  bytes: number
  /** Commits laid aside in parts. */
  large: number
  fenced: number
  rewound: number
}

/** What became of an attempt, as redis-script VERDICT says. */
interface Verdict {
  readonly word: string
  readonly value: number
}

interface Head {
  readonly owner: number
  readonly offset: Offset
  readonly at: number
}

function verdictOf(reply: unknown): Verdict {
  const [word, value] = (reply as Buffer[]).map(String)
  return { word: word ?? '', value: Number(value) }
}

/**
 * Loads and commits one partition, one after another in the order of the calls: a commit is sent only when Redis has answered
 * the one before, so that none can overtake it. Whoever calls bounds how many wait.
 */
export class PartitionWriter {
  readonly #parts: WriterParts
  readonly #partition: number
  readonly #keys: PartitionKeys
  /** Number under which this process holds the partition; 0 before it was loaded. */
  #owner = 0
  #last: Promise<unknown> = Promise.resolve()

  constructor(parts: WriterParts, partition: number) {
    this.#parts = parts
    this.#partition = partition
    this.#keys = keysOf(parts.naming.prefix, partition)
  }

  /** Takes the partition over and reads it; waits for a Redis that is away. */
  load(): Promise<Snapshot> {
    return this.#inTurn(() => {
      const claim = randomBytes(8).toString('hex')
      this.#owner = 0
      return this.#parts.link.persist(() => this.#load(claim))
    })
  }

  /** Commits as ports.State says; waits for a Redis that is away. */
  commit(expected: Offset, next: Commit): Promise<void> {
    return this.#inTurn(() => this.#commit(expected, next))
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => undefined)
    return turn
  }

  async #load(claim: string): Promise<Snapshot> {
    await this.#parts.check()
    await this.#claim(claim)
    await this.#finish()
    const head = await this.#head()
    // Only the owner writes, so that the steps of the scan fit together.
    const entries = await entriesOf(this.#parts.link.client, this.#keys.state, '')
    const after = await this.#head()
    if (after.owner > this.#owner) throw this.#refusal('ST-fenced', after.offset, head.offset)
    const isSame = after.owner === this.#owner && after.offset === head.offset && after.at === head.at
    if (!isSame) throw new Error('Redis lost data while they were read')
    return { offset: head.offset, at: head.at, entries }
  }

  /** Another's claim after ours means that it took over while we were loading. */
  async #claim(claim: string): Promise<void> {
    for (;;) {
      const { owner, offset } = await this.#head()
      if (this.#owner > 0 && owner > this.#owner) throw this.#refusal('ST-fenced', offset, offset)
      const { word, value } = verdictOf(
        await this.#parts.link.run(CLAIM, [this.#keys.head, this.#keys.next], String(owner), claim),
      )
      if (word !== 'mine') continue
      this.#owner = value
      return
    }
  }

  async #head(): Promise<Head> {
    const found = await this.#parts.link.client.hmget(this.#keys.head, 'owner', 'offset', 'at')
    const [owner, offset, at] = found.map(Number)
    return { owner: owner ?? 0, offset: offset ?? 0, at: at ?? 0 }
  }

  async #commit(expected: Offset, next: Commit): Promise<void> {
    if (this.#owner === 0) throw new RangeError(`partition ${this.#partition} was not loaded`)
    const odd = refusalOf(this.#partition, { offset: expected, at: 0 }, expected, next)
    if (odd !== undefined) throw odd
    const { link, naming, clock, counts } = this.#parts
    const chunks = chunksOf(naming, this.#partition, next)
    const begun = clock.now()
    const [whole] = isWhole(next) ? chunks : []
    const send =
      whole === undefined
        ? () => this.#sendInParts(expected, next, chunks)
        : () => this.#sendWhole(expected, next, whole)
    const { word, value } = await link.persist(send)
    if (word === 'fenced') throw this.#refusal('ST-fenced', value, expected)
    if (word === 'rewound') throw this.#refusal('ST-rewound', value, expected)
    if (word === 'late') {
      throw new RangeError(`tick ${next.at} of partition ${this.#partition} is not after ${value}`)
    }
    counts.commits++
    counts.milliseconds += clock.now() - begun
    counts.bytes += chunks.reduce((sum, { packed }) => sum + packed.length, next.record.length)
    if (whole === undefined) counts.large++
  }

  async #sendWhole(expected: Offset, next: Commit, whole: Chunk): Promise<Verdict> {
    const { link, naming, kept } = this.#parts
    const { head, state, levels, days, ticks, minutes } = this.#keys
    const reply = await link.run(
      COMMIT,
      [head, state, levels, days, ticks, minutes, ...whole.keys],
      ...this.#passed(expected, next),
      String(kept),
      channelOf(naming.prefix),
      this.#partition,
      whole.packed,
      next.record,
    )
    return verdictOf(reply)
  }

  /** Lays all parts aside, decides, merges; asked again from any point on, it goes on from there. */
  async #sendInParts(expected: Offset, next: Commit, chunks: readonly Chunk[]): Promise<Verdict> {
    const { head, next: aside } = this.#keys
    // Two fields a chunk, the record, and whose they are.
    const fields = 2 * chunks.length + 2
    for (;;) {
      const passed = this.#passed(expected, next)
      const decided = await this.#parts.link.run(DECIDE, [head, aside], ...passed, chunks.length, fields)
      const verdict = verdictOf(decided)
      if (verdict.word === 'again') await this.#stage(expected, next, chunks)
      else if (verdict.word === 'decided') await this.#finish()
      else return verdict
    }
  }

  async #stage(expected: Offset, next: Commit, chunks: readonly Chunk[]): Promise<void> {
    const { head, next: aside } = this.#keys
    const passed = this.#passed(expected, next)
    let part = 1
    for (const { keys, packed } of chunks) {
      const fields = [`keys ${part}`, keys.join('\n'), String(part), packed]
      const laid = await this.#parts.link.run(STAGE, [head, aside], ...passed, part, ...fields)
      if (verdictOf(laid).word !== 'go') return
      part++
    }
    await this.#parts.link.run(STAGE, [head, aside], ...passed, part, 'record', next.record)
  }

  /** Merges what was decided and is not merged yet, whoever decided it. */
  async #finish(): Promise<void> {
    const { link, naming, kept } = this.#parts
    const { head, state, levels, days, ticks, minutes, next } = this.#keys
    for (;;) {
      const [chunks, merged, offset, at] = await link.client.hmget(
        head,
        'chunks',
        'merged',
        'toOffset',
        'toAt',
      )
      if (chunks === null || chunks === undefined) return
      for (let n = Number(merged) + 1; n <= Number(chunks); n++) {
        const lines = await link.client.hget(next, `keys ${n}`)
        const keys = (lines ?? '').split('\n').filter((key) => key !== '')
        await link.run(MERGE, [head, state, levels, days, next, ...keys], n, offset ?? '', at ?? '')
      }
      const channel = channelOf(naming.prefix)
      await link.run(FINISH, [head, ticks, minutes, next], String(kept), channel, this.#partition)
    }
  }

  #passed(expected: Offset, next: Commit): [string, string, string, string] {
    return [String(this.#owner), String(expected), String(next.offset), String(next.at)]
  }

  #refusal(code: 'ST-fenced' | 'ST-rewound', value: Offset, expected: Offset): QingyuError {
    this.#parts.counts[code === 'ST-fenced' ? 'fenced' : 'rewound']++
    return new QingyuError(code, { partition: this.#partition, value, expected })
  }
}
