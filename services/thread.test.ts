import { getPriority } from 'node:os'
import { describe, expect, it, onTestFinished } from 'vitest'
import { QingyuError } from './core/errors.ts'
import { faultFrom, startThread, toTell, type TellableFault } from './thread.ts'

function echo(memory?: number) {
  const heard: unknown[] = []
  let wake = (): void => undefined
  const thread = startThread<unknown, unknown>({
    module: 'testdata/echo-thread',
    data: { city: 'told' },
    ...(memory !== undefined && { memory }),
    hear: (message) => {
      heard.push(message)
      wake()
    },
  })
  onTestFinished(() => thread.end())
  const next = async (): Promise<unknown> => {
    while (heard.length === 0) await new Promise<void>((resolve) => (wake = resolve))
    return heard.shift()
  }
  return { thread, next }
}

describe('threads', () => {
  it('[AW1] runs a module of the sources with what it is given', async () => {
    const { thread, next } = echo()
    const bytes = new ArrayBuffer(64)
    thread.post({ what: 'echo', bytes }, [bytes])
    expect(await next()).toEqual({ data: { city: 'told' }, length: 64 })
    expect(bytes.byteLength).toBe(0)
  })

  it('[AW1] ends without a fault when it leaves or is ended', async () => {
    const leaving = echo().thread
    leaving.post({ what: 'leave' })
    expect(await leaving.ended).toBeNull()
    const told = echo().thread
    await told.end()
    expect(await told.ended).toBeNull()
  })

  it('[AW2] tells why it broke off, and takes no more memory than it is given', async () => {
    const broken = echo().thread
    broken.post({ what: 'crash' })
    expect((await broken.ended)?.message).toBe('the thread broke off')
    const full = echo(32 * 1024 ** 2).thread
    full.post({ what: 'fill' })
    expect(await full.ended).toMatchObject({ code: 'ERR_WORKER_OUT_OF_MEMORY' })
  })

  it.runIf(process.platform === 'linux')('[RY14] lets a thread stand back behind all others', async () => {
    const own = getPriority()
    const { thread, next } = echo()
    thread.post({ what: 'stand back' })
    expect(await next()).toBeGreaterThan(own)
    expect(getPriority()).toBe(own)
  })

  it('[AW3] hands faults on with their code', async () => {
    const { thread, next } = echo()
    thread.post({ what: 'fault' })
    const fault = faultFrom((await next()) as TellableFault)
    expect(fault).toBeInstanceOf(QingyuError)
    expect(fault).toMatchObject({ code: 'AV-plan', message: 'Plan p1 is not in the archive' })
    expect(faultFrom(toTell(new TypeError('no')))).toMatchObject({ message: 'no' })
  })
})
