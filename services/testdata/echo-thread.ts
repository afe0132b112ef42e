import { getPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { QingyuError } from '../core/errors.ts'
import { standBack, toTell } from '../thread.ts'

/** A thread that answers what it is told: `fault` with a fault of the catalogue, `crash` by breaking off, `fill` by taking all memory. */
interface Told {
  readonly what: 'echo' | 'fault' | 'crash' | 'fill' | 'leave' | 'stand back'
  readonly bytes?: ArrayBuffer
}

parentPort?.on('message', ({ what, bytes }: Told) => {
  if (what === 'crash') throw new Error('the thread broke off')
  if (what === 'stand back') {
    standBack()
    parentPort?.postMessage(getPriority())
  }
  if (what === 'leave') parentPort?.close()
  if (what === 'fault') parentPort?.postMessage(toTell(new QingyuError('AV-plan', { value: 'p1' })))
  if (what === 'echo') parentPort?.postMessage({ data: workerData as unknown, length: bytes?.byteLength })
  const all: number[][] = []
  while (what === 'fill') all.push(Array.from({ length: 100_000 }, (_, i) => i + 0.5))
})
