import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { sentenceOf } from '../core/errors.ts'
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

function asked(args: readonly string[]): { readonly seed: number; readonly form: Form } | null {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
    const { short, long } = values
    const seed = Number(values.seed)
    if (positionals.join(' ') !== 'cluster' || !Number.isInteger(seed) || (short && long)) return null
    return { seed, form: short ? 'short' : long ? 'long' : 'usual' }
  } catch {
    return null
  }
}

/** `npm run test:faults`: the exit code, 1 when a promise was broken. `home` is the folder of package.json. */
export async function testFaults(args: readonly string[], home: string): Promise<number> {
  const wanted = asked(args)
  if (wanted === null) {
    process.stderr.write(USAGE)
    return 1
  }
  const { seed, form } = wanted
  if (!(await hasKafka())) {
    process.stderr.write(
      'The fault test needs a real Kafka: install Java and Maven, then npm run setup:cluster.\n',
    )
    return 1
  }
  const faults = faultsOf(seed, form)
  const dir = mkdtempSync(join(tmpdir(), 'qingyu-faults-'))
  const journal = new Journal(join(dir, 'lines'))
  say(`${faults.length} faults, seed ${seed}; lines of all processes: ${journal.dir}`)
  const config = join(home, 'config/cluster.yaml')
  const breaches = await sufferFaults({ dir, home, config, journal }, faults, seed, say).catch(
    (fault: unknown) => [`the cluster did not start: ${sentenceOf(fault)}`],
  )
  await journal.close()
  if (breaches.length === 0) {
    rmSync(dir, { recursive: true, force: true })
    say('Nothing was lost, nothing was counted twice.')
    return 0
  }
  for (const breach of breaches) say(`BROKEN: ${breach}`)
  const flag = form === 'usual' ? '' : ` --${form}`
  say(`Again with: npm run test:faults -- cluster${flag} --seed ${seed}`)
  return 1
}
