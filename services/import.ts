import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { QingyuError } from './core/errors.ts'
import type { Mapping } from './formats/mapping.ts'
import { registerFrom, type Register } from './formats/register.ts'
import { tableReader, type RowReading } from './formats/table.ts'
import { checkpointFile, type CheckpointFile } from './import-checkpoint.ts'
import { Flow, noTally, note, type Tally } from './import-flow.ts'
import { IMPORT_HELP, importOptions, loadMapping, type ImportOptions } from './import-options.ts'
import { drawProgress, progressLine, summaryText, type Screen } from './import-progress.ts'
import { fileHash, openRows, readSmallTable, type Rows } from './import-rows.ts'
import type { Clock } from './ports.ts'
import type { Doors, Progress, Publisher } from './publisher.ts'

/** What the composition root hands to the command. */
export interface ImportWorld {
  readonly doors: Doors
  readonly clock: Clock
  /** Folder of the formats that come with the program. */
  readonly formats: string
  /** Folder for checkpoints of interrupted imports. */
  readonly state: string
  readonly screen: Screen
  /** Aborts on Ctrl-C: what is in flight settles, the checkpoint stays. */
  readonly signal: AbortSignal
}

/** Rows that are sorted in memory at most. */
const MOST_SORTED = 1_000_000
const MQTT_WINDOW = 500
const HTTP_WINDOW = 16
/** A checkpoint is written at most this often; rows after it are sent again and filtered as duplicates. */
const CHECKPOINT_MS = 250
/** Feedback trails the acknowledgement; it is waited for until it has been quiet this long. */
const QUIET_MS = 400
/** The server decides at ticks; a long recording at full speed keeps it busy for a while after the last row. */
const SETTLE_MS = 120_000
const POLL_MS = 100

function registerOf(mapping: Mapping, options: ImportOptions): Register | undefined {
  if (!mapping.register) return undefined
  const file = options.register ?? join(dirname(options.file), mapping.register.file)
  return registerFrom(readSmallTable(file), mapping.register, file)
}

async function* readings(
  rows: Rows,
  read: (row: readonly string[], index: number) => RowReading,
  limit: number,
) {
  let index = 0
  for await (const row of rows.rows) {
    if (index >= limit) return
    yield read(row, index)
    index += 1
  }
}

/** Readings in order of time, rows without a time first; rows of the same time stay in the order of the file. */
async function sorted(all: AsyncIterable<RowReading>, file: string): Promise<RowReading[]> {
  const list: RowReading[] = []
  for await (const reading of all) {
    if (list.length >= MOST_SORTED)
      throw new QingyuError('IM-mapping', {
        file,
        field: 'order',
        value: '"time"',
        expected: `file, and a table sorted by time, beyond ${MOST_SORTED} rows`,
      })
    list.push(reading)
  }
  return list.sort((a, b) => (a.time ?? 0) - (b.time ?? 0))
}

function open(mapping: Mapping, options: ImportOptions, { doors }: ImportWorld): Promise<Publisher> {
  const { user, password, token } = options
  const account = {
    vendor: user ?? mapping.vendor,
    ...(user !== undefined && { username: user }),
    ...(password !== undefined && { password }),
    ...(token !== undefined && { token }),
  }
  return mapping.door === 'http'
    ? doors.http({ url: options.http, ...account })
    : doors.mqtt({ url: options.mqtt, ...account })
}

/** Resolves once no feedback has come for a while. */
async function quiet(tally: Tally, clock: Clock): Promise<void> {
  const heard = () => [...tally.told.values()].reduce((all, times) => all + times, 0)
  for (let before = -1; before !== heard();) {
    before = heard()
    await new Promise<void>((resolve) => clock.at(clock.now() + QUIET_MS, resolve))
  }
}

/** Resolves once ticks cover all that the server had seen, so that its answers hold the import; at most {@link SETTLE_MS}. */
async function settled(
  before: Progress | null,
  options: ImportOptions,
  { doors, clock, signal }: ImportWorld,
): Promise<void> {
  const door = { url: options.http, ...(options.token !== undefined && { token: options.token }) }
  const end = clock.now() + SETTLE_MS
  const sent = before === null ? null : await doors.progress(door)
  for (
    let now = sent;
    before && sent && now && now.covered - before.covered < sent.seen - before.seen;
    now = await doors.progress(door)
  ) {
    if (signal.aborted || clock.now() > end) return
    await new Promise<void>((resolve) => clock.at(clock.now() + POLL_MS, resolve))
  }
}

/** One import under way. */
interface Run {
  readonly name: string
  readonly options: ImportOptions
  readonly world: ImportWorld
  readonly publisher: Publisher
  readonly checkpoint: CheckpointFile
  readonly tally: Tally
  /** Rows that an earlier run had acknowledged. */
  readonly skip: number
  readonly window: number
}

async function send(run: Run, all: AsyncIterable<RowReading> | Iterable<RowReading>): Promise<void> {
  const { world, publisher, checkpoint, tally, skip } = run
  let [acknowledged, written] = [skip, world.clock.now()]
  const flow = new Flow({
    publisher,
    clock: world.clock,
    tally,
    rate: run.options.rate,
    window: run.window,
    signal: world.signal,
    onRow(row) {
      acknowledged = row
      if (world.clock.now() - written < CHECKPOINT_MS) return
      written = world.clock.now()
      checkpoint.write(row)
    },
  })
  try {
    let row = 0
    for await (const reading of all) {
      if (world.signal.aborted) break
      row += 1
      if (row > skip) await flow.row(row, reading)
    }
    await flow.drained()
  } catch (error) {
    checkpoint.write(acknowledged)
    throw error
  }
  // A finished import keeps nothing: run again on purpose, it sends all, and the server knows duplicates.
  if (world.signal.aborted) checkpoint.write(acknowledged)
  else checkpoint.remove()
}

async function checkpointOf(mapping: Mapping, text: string, options: ImportOptions, world: ImportWorld) {
  // Whoever changes mapping, account or door imports something else and begins anew.
  const settings = createHash('sha256')
    .update(`${text}\n${options.user ?? ''}`)
    .digest('hex')
    .slice(0, 8)
  const door = mapping.door === 'http' ? options.http : options.mqtt
  const key = `${mapping.name} ${await fileHash(options.file)} ${settings} ${door}`
  const checkpoint = checkpointFile(key, { path: options.state, folder: world.state })
  return { checkpoint, skip: options.fresh ? 0 : checkpoint.read() }
}

/** Opens everything, sends all rows, says what became of them; true when it was interrupted. */
async function perform(
  options: ImportOptions,
  world: ImportWorld,
): Promise<{ tally: Tally; interrupted: boolean }> {
  const { mapping: own, text } = loadMapping(options.format, world.formats)
  const mapping = options.user === undefined ? own : { ...own, vendor: options.user }
  const { checkpoint, skip } = await checkpointOf(mapping, text, options, world)
  const rows = await openRows(options.file, mapping.delimiter)
  const read = tableReader(mapping, rows.header, options.file, registerOf(mapping, options))
  const all = readings(rows, read, options.limit)
  // The data clock follows event times: rows out of order would come late to their own windows.
  const inOrder = mapping.order === 'time' ? await sorted(all, options.file) : all
  const publisher = await open(mapping, options, world)
  const before = await world.doors.progress({
    url: options.http,
    ...(options.token !== undefined && { token: options.token }),
  })
  const tally = noTally()
  publisher.onFeedback((told) => note(tally, tally.told, told))
  if (skip > 0)
    world.screen.write(`Going on after row ${skip}, where the last run stopped (--fresh begins anew).\n`)
  const start = world.clock.now()
  const seconds = () => (world.clock.now() - start) / 1000
  const share = () =>
    Array.isArray(inOrder) ? (skip + tally.rows) / Math.max(1, inOrder.length) : rows.progress()
  const stop = drawProgress(world.screen, world.clock, () =>
    progressLine(mapping.name, share(), tally, seconds()),
  )
  const window = options.window || (mapping.door === 'http' ? HTTP_WINDOW : MQTT_WINDOW)
  try {
    await send({ name: mapping.name, options, world, publisher, checkpoint, tally, skip, window }, inOrder)
    await settled(before, options, world)
    // Late notices come with ticks, after the last acknowledgement.
    await quiet(tally, world.clock)
  } finally {
    stop()
    await publisher.close()
  }
  const interrupted = world.signal.aborted
  const remark = `${skip > 0 ? `after ${skip} of an earlier run` : ''}${interrupted ? ' (interrupted; the same command goes on)' : ''}`
  world.screen.write(summaryText(`${mapping.name} → ${publisher.address}`, tally, seconds(), remark.trim()))
  return { tally, interrupted }
}

/**
 * `qingyu import FILE --format NAME …`: publishes recorded data through the front doors with its own event times. Answers the
 * exit code: 0 when all rows were sent, refused ones counted; 130 when interrupted. Throws IM-file, IM-format, IM-mapping,
 * IM-door and CF-usage.
 */
export async function importCommand(args: readonly string[], world: ImportWorld): Promise<number> {
  if (args.includes('--help')) {
    world.screen.write(IMPORT_HELP)
    return 0
  }
  const { interrupted } = await perform(importOptions(args), world)
  return interrupted ? 130 : 0
}

/** Imports as {@link importCommand} does, and answers with the counts. For tests and scripts. */
export async function importFile(args: readonly string[], world: ImportWorld): Promise<Tally> {
  const { tally } = await perform(importOptions(args), world)
  return tally
}
