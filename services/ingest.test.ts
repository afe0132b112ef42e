import { describe, expect, it } from 'vitest'
import { partitionOf } from './core/grid.ts'
import { entriesOf, ingestBench, observation, rowsOf } from './testdata/ingest-bench.ts'

const CANARY = 'CANARY-7f3a'

describe('ingest', () => {
  it('[OB64] sends each area to its partition', async () => {
    const { ingest, log, plan, send } = ingestBench()
    await ingest.start()
    const { grid } = plan
    await ingest.settled(
      send(grid.codes.map((area, i) => ({ ...observation(i), lon: undefined, lat: undefined, area }))).commit,
    )
    for (let partition = 0; partition < 4; partition++)
      for (const row of rowsOf(await entriesOf(log, partition))) {
        const own = partitionOf(grid, row.area, 4)
        // The city itself lies above the partition level.
        expect([row.area, own === 4 ? 0 : own]).toEqual([row.area, partition])
        expect(row.area).toBe(row.value)
      }
    await ingest.stop()
  })

  it('[OB67] quarantines the future and refuses the past', async () => {
    const { ingest, send } = ingestBench()
    await ingest.start()
    expect(send(observation(1, 60)).accepted).toBe(1)
    expect(send([observation(1, 61)]).refusals).toMatchObject([
      {
        code: 'OB-time-future',
        pointer: '/0/time',
        message: 'Time 2026-11-22T04:01:01.000Z is 1 min 1 s ahead of now',
        hint: 'Set the clock of the source (NTP); up to 1 min is allowed. Quarantined, not counted.',
      },
    ])
    expect(send(observation(1, -604_800)).accepted).toBe(1)
    expect(send(observation(1, -604_801)).refusals).toMatchObject([
      {
        code: 'OB-time-old',
        pointer: '/time',
        message: 'Time 2026-11-15T03:59:59.000Z is 7 d 1 s behind now',
      },
    ])
    expect(ingest.stats()).toMatchObject({
      received: 4,
      accepted: 2,
      quarantined: 1,
      refused: 1,
      refusedBy: { 'OB-time-old': 1 },
    })
    await ingest.stop()
  })

  it('[OB68] keeps dead letters without a personal byte', async () => {
    const { ingest, letters, log, clock, send, flushed } = ingestBench()
    await ingest.start()
    const personal = observation(1, 0, {
      name: CANARY,
      phone: CANARY,
      notes: { caller: [CANARY] },
      remark: CANARY,
    })
    send(personal)
    send([personal, observation(2)])
    send(`${JSON.stringify(personal)} trailing`)
    send(JSON.stringify(personal).slice(0, -3))
    send(observation(3, 0, { id: CANARY, remark: CANARY }))
    send(observation(-3, 0, { id: CANARY, remark: CANARY }))
    send(observation(1, 9_999_999, { remark: CANARY }))
    ingest.refuse(
      ingest.sender('acme', 'cam-1'),
      { code: 'MQ-topic', pointer: '', message: 'm', hint: 'h' },
      new TextEncoder().encode(`{"phone":"${CANARY}"}`),
    )
    clock.advance(1000)
    await flushed()
    const kept = await letters.list('acme', 100)
    const texts = kept.map(
      (letter) => `${JSON.stringify(letter.refusal)} ${new TextDecoder().decode(letter.bytes)}`,
    )
    expect(kept.map((letter) => letter.refusal.code).toSorted()).toEqual([
      'MQ-topic',
      'OB-json',
      'OB-json',
      'OB-personal',
      'OB-personal',
      'OB-range',
      'OB-time-future',
    ])
    expect(texts.filter((text) => text.includes(CANARY))).toEqual([])
    expect(texts.find((text) => text.includes('OB-range'))).toContain('"value":-3')
    for (let partition = 0; partition < 4; partition++)
      for await (const { records, first } of log.read(partition, 0, new AbortController().signal)) {
        for (const bytes of records) expect(new TextDecoder().decode(bytes)).not.toContain(CANARY)
        if (first + records.length >= (await log.end(partition))) break
      }
    await ingest.stop()
  })

  it('[OB69] remembers a bounded number of senders', async () => {
    const { ingest, send } = ingestBench({ sources: 3 })
    await ingest.start()
    const first = ingest.sender('acme', 'cam-1')
    expect(ingest.sender('acme', 'cam-1')).toBe(first)
    for (let i = 2; i <= 4; i++) ingest.sender('acme', `cam-${i}`)
    expect([ingest.stats().senders, ingest.sender('acme', 'cam-1') === first]).toEqual([3, false])
    expect(ingest.accept(first, new TextEncoder().encode(JSON.stringify(observation(1)))).accepted).toBe(1)
    expect(send(observation(1)).accepted).toBe(1)
    await ingest.stop()
  })

  it('[OB69] takes foreign senders by their names', async () => {
    const { ingest, log } = ingestBench()
    await ingest.start()
    const foreign = { ...ingest.sender('acme', 'x'), vendor: 'other', source: 'y' }
    const { commit } = ingest.accept(foreign, new TextEncoder().encode(JSON.stringify(observation(1))))
    await ingest.settled(commit)
    const rows = (await Promise.all([0, 1, 2, 3].map((partition) => entriesOf(log, partition)))).flatMap(
      rowsOf,
    )
    expect(rows.map((row) => row.source)).toEqual(['other/y'])
    await ingest.stop()
  })

  it('[OB13] refuses payloads above the size of their vendor', async () => {
    const { ingest, send } = ingestBench({ maxPayload: 200 })
    await ingest.start()
    expect(send(observation(1)).accepted).toBe(1)
    expect(send(`${JSON.stringify(observation(1))}${' '.repeat(200)}`).refusals).toMatchObject([
      { code: 'OB-size', pointer: '', hint: 'Split the batch or ask the operator for a larger limit.' },
    ])
    await ingest.stop()
  })

  it('[OB16] tells a hundred refusals of a payload and counts all', async () => {
    const { ingest, letters, send } = ingestBench()
    await ingest.start()
    const receipt = send(Array.from({ length: 300 }, (_, i) => observation(i % 2 === 0 ? -1 : 1, 999_999)))
    expect([receipt.accepted, receipt.refusals?.length]).toEqual([0, 100])
    expect(ingest.stats()).toMatchObject({ received: 300, quarantined: 150, refused: 150 })
    expect(await letters.list('acme', 1000)).toHaveLength(100)
    await ingest.stop()
  })
})
