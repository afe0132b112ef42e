import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { hasKafka } from '../native/kafka.ts'
import { faultsOf, type Form } from './fault.ts'
import { Journal } from './journal.ts'
import { sufferFaults } from './run.ts'

const USAGE = 'npm run test:faults -- cluster [--short | --long] [--seed N]\n'

const OPTIONS = {
  short: { type: 'boolean', default: false },
  long: { type: 'boolean', default: false },
  seed: { type: 'string', default: '1' },
} as const

const say = (line: string) => process.stdout.write(`${line}\n`)

/** `npm run test:faults`: the exit code, 1 when a promise was broken. `home` is the folder of package.json. */
export async function testFaults(args: readonly string[], home: string): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
  const seed = Number(values.seed)
  if (positionals.join(' ') !== 'cluster' || !Number.isInteger(seed) || (values.short && values.long)) {
    process.stderr.write(USAGE)
    return 1
  }
  if (!(await hasKafka())) {
    process.stderr.write(
      'The fault test needs a real Kafka: install Java and Maven, then npm run setup:cluster.\n',
    )
    return 1
  }
  const form: Form = values.short ? 'short' : values.long ? 'long' : 'usual'
  const faults = faultsOf(seed, form)
  const dir = mkdtempSync(join(tmpdir(), 'qingyu-faults-'))
  const journal = new Journal(join(dir, 'lines'))
  say(`${faults.length} faults, seed ${seed}; lines of all processes: ${journal.dir}`)
  const config = join(home, 'config/cluster.yaml')
  const breaches = await sufferFaults({ dir, home, config, journal }, faults, seed, say)
  await journal.close()
  if (breaches.length === 0) {
    rmSync(dir, { recursive: true, force: true })
    say('Nothing was lost, nothing was counted twice.')
    return 0
  }
  for (const breach of breaches) say(`BROKEN: ${breach}`)
  say(
    `Again with: npm run test:faults -- cluster${values.short ? ' --short' : values.long ? ' --long' : ''} --seed ${seed}`,
  )
  return 1
}
