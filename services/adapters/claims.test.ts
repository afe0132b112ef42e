import { expect, it } from 'vitest'
import { pino } from 'pino'
import { Claims } from './claims.ts'

it('[OW4] lets a partition go whose answer is late, but owns it once at a time', async () => {
  const lines: string[] = []
  const logger = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) })
  const answers: (() => void)[] = []
  const own = () => new Promise<void>((resolve) => void answers.push(resolve))
  const claims = new Claims(own, logger, 1)
  claims.take(3)
  await expect.poll(() => answers.length).toBe(1)
  await claims.release([3])
  expect(claims.held).toEqual([])
  expect(lines[0]).toContain('Partitions 3 go to others before everything was committed here')
  claims.take(3)
  expect(claims.held).toEqual([3])
  expect(answers).toHaveLength(1)
  answers[0]?.()
  await expect.poll(() => answers.length).toBe(2)
  answers[1]?.()
  await claims.release([3])
  expect(lines).toHaveLength(1)
})
