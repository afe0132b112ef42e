import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { QingyuError } from '../core/errors.ts'
import type { Batch, Log, Offset } from '../ports.ts'

/** A fresh log of 4 partitions under test, and how its process ends and begins anew. */
export interface LogBench {
  log: Log
  /** Whether batches are full wherever enough is durable; a log that fetches may end one sooner. */
  readonly fills: boolean
  /** Takes records below `before` away: by `trim`, or as the retention of a shared log does. */
  drop(partition: number, before: Offset): Promise<void>
  /** Ends the process in an orderly way and opens what it left. */
  reopen(): Promise<Log>
  dispose(): Promise<void>
}

/** A record that tells where it belongs. */
export function recordOf(partition: number, n: number, bytes = 16): Uint8Array {
  const record = new Uint8Array(bytes)
  const view = new DataView(record.buffer)
  view.setUint32(0, partition)
  view.setUint32(4, n)
  return record
}

/** The number in a record of {@link recordOf}. */
export function numberOf(record: Uint8Array): number {
  return new DataView(record.buffer, record.byteOffset).getUint32(4)
}

/** Reads until `count` records are there. */
export async function take(log: Log, partition: number, from: Offset, count: number): Promise<Batch[]> {
  const stop = new AbortController()
  const batches: Batch[] = []
  let taken = 0
  if (count === 0) return batches
  for await (const batch of log.read(partition, from, stop.signal)) {
    batches.push(batch)
    taken += batch.records.length
    if (taken >= count) stop.abort()
  }
  return batches
}

/** The numbers of all records of batches, after checking that the batches join without a gap. */
export function numbersOf(batches: readonly Batch[]): number[] {
  let next = batches[0]?.first ?? 0
  for (const batch of batches) {
    expect(batch.first).toBe(next)
    next += batch.records.length
  }
  return batches.flatMap((batch) => batch.records.map(numberOf))
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n)
}

/** The code of a rejection. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return error instanceof QingyuError ? error.code : `not refused: ${String(error)}`
}

/** What every Log does; run it over each twin. */
export function logContract(name: string, open: () => Promise<LogBench>): void {
  describe(`log in ${name}`, () => {
    let bench: LogBench
    let log: Log
    beforeEach(async () => {
      bench = await open()
      log = bench.log
    })
    afterEach(() => bench.dispose())

    appending(
      () => log,
      () => bench,
    )
    reading(
      () => log,
      () => bench,
    )
    trimming(
      () => log,
      () => bench,
    )
  })
}

function appending(log: () => Log, bench: () => LogBench): void {
  it('[LG1] numbers records of a partition without gaps', async () => {
    const firsts = await Promise.all([
      log().append(0, [recordOf(0, 0), recordOf(0, 1)]),
      log().append(1, [recordOf(1, 0)]),
      log().append(0, [recordOf(0, 2)]),
      log().append(0, []),
    ])
    expect(firsts).toEqual([0, 0, 2, 3])
    expect(await log().end(0)).toBe(3)
    expect(numbersOf(await take(log(), 0, 0, 3))).toEqual([0, 1, 2])
  })

  it('[LG1] keeps the order of calls across many turns', async () => {
    const appends: Promise<Offset>[] = []
    for (let n = 0; n < 300; n++) {
      appends.push(log().append(3, [recordOf(3, n)]))
      if (n % 20 === 0) await appends.at(-20)
    }
    expect(await Promise.all(appends)).toEqual(upTo(300))
    expect(numbersOf(await take(log(), 3, 0, 300))).toEqual(upTo(300))
  })

  it('[LG2] holds acknowledged records after reopening', async () => {
    const { epoch } = log()
    await Promise.all(upTo(10).map((n) => log().append(2, [recordOf(2, n)])))
    const reopened = await bench().reopen()
    expect(reopened.epoch).toBe(epoch)
    expect(await reopened.end(2)).toBe(10)
    expect(await reopened.append(2, [recordOf(2, 10)])).toBe(10)
    expect(numbersOf(await take(reopened, 2, 0, 11))).toEqual(upTo(11))
  })
}

function reading(log: () => Log, bench: () => LogBench): void {
  it('[LG3] yields durable records only', async () => {
    const stop = new AbortController()
    const seen: number[] = []
    const reader = (async () => {
      for await (const batch of log().read(0, 0, stop.signal)) {
        expect(await log().end(0)).toBeGreaterThanOrEqual(batch.first + batch.records.length)
        seen.push(...batch.records.map(numberOf))
        if (seen.length >= 50) stop.abort()
      }
    })()
    for (let n = 0; n < 50; n++) await log().append(0, [recordOf(0, n)])
    await reader
    expect(seen).toEqual(upTo(50))
  })

  it('[LG4] reads from any offset and waits for more', async () => {
    await log().append(
      0,
      upTo(5).map((n) => recordOf(0, n)),
    )
    const waiting = take(log(), 0, 3, 4)
    const ahead = take(log(), 0, 6, 1)
    await log().append(0, [recordOf(0, 5), recordOf(0, 6)])
    expect(numbersOf(await waiting)).toEqual([3, 4, 5, 6])
    expect(numbersOf(await ahead)).toEqual([6])
  })

  it('[LG4] lets several readers each see every record', async () => {
    const readers = [take(log(), 1, 0, 40), take(log(), 1, 0, 40), take(log(), 1, 20, 20)]
    for (let n = 0; n < 40; n += 4)
      await log().append(
        1,
        upTo(4).map((k) => recordOf(1, n + k)),
      )
    const [a, b, c] = await Promise.all(readers)
    expect(numbersOf(a ?? [])).toEqual(upTo(40))
    expect(numbersOf(b ?? [])).toEqual(upTo(40))
    expect(numbersOf(c ?? [])).toEqual(upTo(40).slice(20))
  })

  it('[LG5] ends a waiting reader when its signal aborts', async () => {
    const stop = new AbortController()
    const reader = log().read(0, 0, stop.signal)[Symbol.asyncIterator]()
    const next = reader.next()
    stop.abort()
    expect(await next).toMatchObject({ done: true })
    const after = log().read(0, 0, stop.signal)[Symbol.asyncIterator]()
    expect(await after.next()).toMatchObject({ done: true })
  })

  it('[LG6] bounds a batch by records and bytes', async () => {
    await log().append(
      0,
      upTo(1200).map((n) => recordOf(0, n)),
    )
    await log().append(
      1,
      upTo(10).map((n) => recordOf(1, n, 1024 * 1024)),
    )
    const small = await take(log(), 0, 0, 1200)
    const large = await take(log(), 1, 0, 10)
    const bounds = [small, large].map((batches) => Math.max(...batches.map(({ records }) => records.length)))
    // A store that hands out what has come need not fill a batch.
    const most = bench().fills ? bounds : [512, 4]
    expect(most).toEqual([512, 4])
    expect(bounds.map((bound, i) => Math.max(bound, most[i] ?? 0))).toEqual([512, 4])
    expect(numbersOf(small)).toEqual(upTo(1200))
    expect(numbersOf(large)).toEqual(upTo(10))
  })
}

function trimming(log: () => Log, bench: () => LogBench): void {
  it('[LG7] refuses to read below the start', async () => {
    await log().append(
      0,
      upTo(10).map((n) => recordOf(0, n)),
    )
    await bench().drop(0, 4)
    expect(await log().start(0)).toBe(4)
    expect(await codeOf(take(log(), 0, 3, 1))).toBe('LG-gone')
    expect(numbersOf(await take(log(), 0, 4, 6))).toEqual([4, 5, 6, 7, 8, 9])
  })

  it('[LG9] goes on at its end after everything is trimmed', async () => {
    await log().append(
      0,
      upTo(10).map((n) => recordOf(0, n)),
    )
    await bench().drop(0, 1000)
    const reopened = await bench().reopen()
    expect([await reopened.start(0), await reopened.end(0)]).toEqual([10, 10])
    expect(await reopened.append(0, [recordOf(0, 10)])).toBe(10)
    expect(numbersOf(await take(reopened, 0, 10, 1))).toEqual([10])
  })

  it('[LG9] leaves other partitions whole when one is trimmed', async () => {
    for (const p of [0, 1, 2])
      await log().append(
        p,
        upTo(5000).map((n) => recordOf(p, n)),
      )
    await bench().drop(1, 5000)
    expect(numbersOf(await take(log(), 0, 0, 5000))).toEqual(upTo(5000))
    expect(numbersOf(await take(log(), 2, 0, 5000))).toEqual(upTo(5000))
    expect(await log().size()).toBeGreaterThan(0)
  })
}

/** What a Log does on a disk that fails; `failNext` makes its next sync fail once. */
export function failingLogContract(name: string, open: () => Promise<LogBench & { failNext(): void }>): void {
  it(`[LG8] numbers without gaps after a failed append (${name})`, async () => {
    const bench = await open()
    const { log } = bench
    await log.append(0, [recordOf(0, 0)])
    bench.failNext()
    const failed = [log.append(0, [recordOf(0, 90)]), log.append(0, [recordOf(0, 91)])]
    expect(await Promise.all(failed.map(codeOf))).toEqual(['LG-failed', 'LG-failed'])
    expect(await log.append(0, [recordOf(0, 1)])).toBe(1)
    expect(numbersOf(await take(log, 0, 0, 2))).toEqual([0, 1])
    await bench.dispose()
  })
}
