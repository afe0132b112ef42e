// A process of its own for tests that kill it or trace its system calls. Arguments: data folder, rounds.
// Each round appends to all partitions at once, then commits the state. What it says, it says after the promise settled:
//   `log <partition> <first> <count>`  `state <partition> <offset>`  `failed <code>`  `wrong <partition> <got> <expected>`  `round <n>`
import { writeSync } from 'node:fs'
import { QingyuError } from '../../core/errors.ts'
import { openDataFolder } from '../data-folder.lmdb.ts'
import { lmdbLog } from '../log.lmdb.ts'
import { lmdbState } from '../state.lmdb.ts'

const [dir = '', rounds = '0'] = process.argv.slice(2)
const folder = openDataFolder(dir, { city: 'test', grid: 'v1', partitions: 4 })
const log = lmdbLog(folder)
const state = lmdbState(folder)
const encoder = new TextEncoder()

function say(line: string): void {
  writeSync(1, `${line}\n`)
}

function fail(error: unknown): void {
  say(`failed ${error instanceof QingyuError ? error.code : String(error)}`)
}

/** Records that hold their own partition and offset, so that a reader can tell a lost one from a doubled one. */
function recordsOf(partition: number, first: number, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => encoder.encode(`${partition}/${first + i}`.padEnd(600)))
}

async function append(partition: number, count: number, times: number): Promise<void> {
  const start = await log.end(partition)
  const appends = Array.from({ length: times }, (_, i) => {
    const first = start + i * count
    return log.append(partition, recordsOf(partition, first, count)).then((at) => {
      say(at === first ? `log ${partition} ${at} ${count}` : `wrong ${partition} ${at} ${first}`)
    }, fail)
  })
  await Promise.all(appends)
}

async function commit(partition: number): Promise<void> {
  const { offset, at } = await state.load(partition)
  const end = await log.end(partition)
  if (end === offset) return
  const entries = [
    { key: 'reached', value: encoder.encode(String(end)) },
    { key: `at/${end}`, value: encoder.encode('x'.repeat(2000)) },
    { key: `at/${offset}`, value: null },
  ]
  const record = encoder.encode(`tick to ${end}`)
  const next = { offset: end, at: at + 1000, entries, record, levels: [], readings: [] }
  await state.commit(partition, offset, next).then(() => say(`state ${partition} ${end}`), fail)
}

const partitions = [0, 1, 2, 3]
say('open')
for (let round = 0; round < Number(rounds); round++) {
  await Promise.all(partitions.map((partition) => append(partition, 1 + (round % 3), 5)))
  say(`round ${round}`)
  await Promise.all(partitions.map((partition) => commit(partition).catch(fail)))
}
await folder.close()
say('closed')
