import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openArchive } from './adapters/archive.parquet.ts'
import { systemClock } from './adapters/clock.system.ts'
import { systemRandom } from './adapters/random.system.ts'
import { RehearsalFolder } from './adapters/rehearsals.folder.ts'
import { QingyuError } from './core/errors.ts'
import type { RehearsalView } from './core/replay-wire.ts'
import { rulesText } from './core/rule-text.ts'
import type { Measure } from './measure.bench.ts'
import { readPlanDocument } from './plan-document.ts'
import { RehearsalKeeper } from './rehearsals.ts'
import { aarhusWeek } from './replay.bench.ts'
import { rulesYaml } from './rules-text.ts'
import { startThread } from './thread.ts'

/** The bar: so many times real time. */
const BAR = 5_000

/** `replay.rehearsal`: the week of the sensors with an earlier orange on both sides, in a thread as the program has it; × real time, the bar as baseline. */
export async function rehearsalSpeed(measure: Measure): Promise<void> {
  const city = await aarhusWeek()
  const archive = openArchive(city.dir)
  const folder = mkdtempSync(join(tmpdir(), 'qingyu-rehearsals-'))
  const [manifest] = await archive.manifests(city.to - 1, city.to)
  const { plan } = readPlanDocument(await archive.plan(manifest?.plan ?? ''))
  const rehearsals = await RehearsalKeeper.open({
    own: { dir: city.dir, archive },
    epoch: '',
    bundle: (id) => Promise.reject(new QingyuError('GW-not-found', { value: id })),
    latest: (newest) => newest,
    plan: () => Promise.resolve(plan),
    version: (version) => Promise.reject(new QingyuError('RS-unknown', { value: version })),
    settings: city.config.replay,
    store: new RehearsalFolder(folder),
    folder,
    start: (of) => startThread(of),
    clock: systemClock,
    random: systemRandom(),
    report: (sentence) => void process.stderr.write(`${sentence}\n`),
  })
  try {
    const yaml = rulesYaml(rulesText(plan.rules, plan.scheme)).replace('orange: 40', 'orange: 45')
    const begin = performance.now()
    const { id } = await rehearsals.open({ from: city.from, to: city.to, yaml }, '')
    const stands = () => rehearsals.list().rehearsals[0]
    while (stands()?.state === 'queued' || stands()?.state === 'running') await pause(20)
    const elapsed = performance.now() - begin
    const done = JSON.parse(await rehearsals.whole(id)) as RehearsalView
    if (done.result === null) throw new Error(`The rehearsal is ${done.state}: ${done.why}`)
    if (done.result.map.length === 0) throw new Error('An earlier orange made no difference.')
    measure.figure('replay.rehearsal', '× real time', (city.to - city.from) / elapsed, BAR)
  } finally {
    await rehearsals.stop()
    await archive.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
