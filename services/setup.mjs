// Installs and builds what is missing or stale, with nothing but Node: the first thing `npm start` and `npm test` run.
import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const windows = process.platform === 'win32'

function fail(sentence) {
  process.stderr.write(`\n${sentence}\n`)
  process.exit(1)
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19))
    fail(`Qingyu needs Node 20.19 or newer; this is ${process.versions.node}.`)
}

function run(title, command, args) {
  const started = Date.now()
  process.stderr.write(`· ${title} …\n`)
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: windows,
  })
  if (error || status !== 0) fail(`${title} failed: ${error?.message ?? `${command} ended with ${status}`}.`)
  process.stderr.write(`  done in ${Math.round((Date.now() - started) / 1000)} s\n`)
}

/** All files below the given places that a build depends on. */
function files(place) {
  const path = join(root, place)
  if (!existsSync(path)) return []
  if (statSync(path).isFile()) return [path]
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
    entry.name === 'node_modules' ? [] : files(join(place, entry.name)),
  )
}

/** A stamp over names and contents: times are not to be trusted after a clone or a copy. */
function stampOf(places, wanted) {
  const hash = createHash('sha256')
  for (const file of places.flatMap(files).filter(wanted).sort())
    hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0')
  return hash.digest('hex')
}

function step({ title, stamp, places, wanted = () => true, made, command, args }) {
  const file = join(root, stamp)
  const now = stampOf(places, wanted)
  if (existsSync(join(root, made)) && existsSync(file) && readFileSync(file, 'utf8') === now) return
  run(title, command, args)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, now)
}

const source = (file) => !/\.(test|contract)\.ts$/.test(file)

checkNode()
step({
  title: 'Installing packages (the first time takes a minute or two)',
  stamp: 'node_modules/.qingyu-stamp',
  places: ['package-lock.json'],
  made: 'node_modules/.package-lock.json',
  command: 'npm',
  args: ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'],
})
step({
  title: 'Building the services',
  stamp: 'dist/.services-stamp',
  places: ['services', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'],
  wanted: (file) => file.endsWith('.json') || (file.endsWith('.ts') && source(file)),
  made: 'dist/services/main.js',
  command: process.execPath,
  args: ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'],
})
step({
  title: 'Building the pages',
  stamp: 'dist/.web-stamp',
  places: ['web', 'services/core', 'package-lock.json'],
  wanted: source,
  made: 'dist/web/index.html',
  command: process.execPath,
  args: ['node_modules/vite/bin/vite.js', 'build', 'web', '--logLevel', 'warn'],
})
