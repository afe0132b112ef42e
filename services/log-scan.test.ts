import { describe, expect, it } from 'vitest'
import { MemoryDisk } from './adapters/disk.memory.ts'
import { MemoryLog } from './adapters/log.memory.ts'
import { encodeTick } from './core/record.ts'
import { RecordWriter } from './core/record-writer.ts'
import { scanLog, type Budget } from './log-scan.ts'

const state = { offsetAt: () => Promise.resolve(undefined) }
const log = () =>
  new MemoryLog(new MemoryDisk({ defer: (run) => void setImmediate(run) }), {
    partitions: 1,
    epoch: '0123456789abcdef',
  })

function rows(count: number): Uint8Array {
  const writer = new RecordWriter(['pm25'])
  const source = writer.source(new TextEncoder().encode('acme/s1'))
  for (let i = 0; i < count; i++) writer.add(i, 1, 0, i, 0, source, 0)
  return writer.finish()
}

describe('questions to the log', () => {
  it('[GW51] reads to the end and waits for no more', async () => {
    const kept = log()
    await kept.append(0, [encodeTick({ at: 1 }), rows(3), rows(2)])
    const budget: Budget = { rows: 100, cut: false }
    const seen: number[] = []
    await scanLog({ log: kept, state }, 0, 0, budget, (found) => seen.push(found.rows))
    expect([seen, budget]).toEqual([[3, 2], { rows: 95, cut: false }])
    await scanLog({ log: log(), state }, 0, 0, budget, () => expect.unreachable())
  })

  it('[GW52] stops at its bound and says so', async () => {
    const kept = log()
    await kept.append(0, [rows(3), rows(3), rows(3)])
    const budget: Budget = { rows: 5, cut: false }
    const seen: number[] = []
    await scanLog({ log: kept, state }, 0, 0, budget, (found) => seen.push(found.rows))
    expect([seen, budget.cut]).toEqual([[3, 3], true])
  })

  it('[GW53] begins where the tick asked for ended', async () => {
    const kept = log()
    await kept.append(0, [rows(1), rows(2), rows(3)])
    const seen: number[] = []
    const later = { offsetAt: () => Promise.resolve(2) }
    await scanLog({ log: kept, state: later }, 0, 0, { rows: 9, cut: false }, (found) =>
      seen.push(found.rows),
    )
    expect(seen).toEqual([3])
  })
})
