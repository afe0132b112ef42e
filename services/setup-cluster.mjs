// What a cluster needs besides npm's packages: node-rdkafka, which is compiled here, and, where Java is, the jars of Kafka. Both
// are kept for the user, so that the next clone takes seconds. Needs nothing but Node: `npm run setup:cluster`.
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { availableParallelism, homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'qingyu')
const version = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).peerDependencies['node-rdkafka']

const say = (sentence) => process.stderr.write(`${sentence}\n`)
const has = (command, ...args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0

function fail(sentence) {
  say(`\n${sentence}`)
  process.exit(1)
}

/** Runs a step; what it says is shown only when it fails. */
function run(title, cwd, command, args, advice, env = {}) {
  const started = Date.now()
  say(`· ${title} …`)
  const options = { cwd, env: { ...process.env, ...env }, encoding: 'utf8', maxBuffer: 2 ** 28 }
  const { status, error, stdout, stderr } = spawnSync(command, args, options)
  if (status !== 0) {
    const last = `${stdout ?? ''}${stderr ?? ''}`.trimEnd().split('\n').slice(-30).join('\n')
    fail(`${last}\n\n${title} failed: ${error?.message ?? `${command} ended with ${status}`}. ${advice}`)
  }
  say(`  done in ${Math.round((Date.now() - started) / 1000)} s`)
}

/** Puts a folder in its place at once, so that nobody ever finds half of it. */
function place(made, target) {
  rmSync(target, { recursive: true, force: true })
  mkdirSync(dirname(target), { recursive: true })
  renameSync(made, target)
}

const driver = join(root, 'node_modules/node-rdkafka')

/** Whether the package is there in this version and was compiled for this Node. */
function isThere() {
  const manifest = join(driver, 'package.json')
  if (!existsSync(manifest)) return false
  // This package calls its versions v3.6.1.
  if (JSON.parse(readFileSync(manifest, 'utf8')).version.replace(/^v/, '') !== version) return false
  return has(process.execPath, '-e', `require(${JSON.stringify(driver)})`)
}

/** Compiles in a folder apart, because npm may tidy up the node_modules that it installs into. */
function compile(target) {
  const tools = 'It needs make, g++, python3, libssl-dev and zlib1g-dev (Debian: apt-get install them).'
  for (const name of ['make', 'g++', 'python3'])
    if (!has(name, '--version')) fail(`node-rdkafka cannot be compiled: ${name} is absent. ${tools}`)
  const work = `${target}.${process.pid}`
  const made = join(work, 'node_modules/node-rdkafka')
  mkdirSync(work, { recursive: true })
  process.once('exit', () => rmSync(work, { recursive: true, force: true }))
  writeFileSync(join(work, 'package.json'), JSON.stringify({ name: 'setup-cluster', private: true }))
  const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const registry = 'Check the way to the npm registry.'
  run(`Fetching node-rdkafka ${version}`, work, 'npm', [...install, `node-rdkafka@${version}`], registry)
  run('Configuring librdkafka', join(made, 'deps'), process.execPath, ['../util/configure'], tools)
  // By all cores: node-gyp would make it by one, and breaks with more.
  const jobs = `-j${availableParallelism()}`
  run('Compiling librdkafka', made, 'make', ['-C', 'deps/librdkafka', jobs, 'libs'], tools)
  const prefix = dirname(dirname(process.execPath))
  const headers = existsSync(join(prefix, 'include/node/node.h')) ? { npm_config_nodedir: prefix } : {}
  const node = `Where it cannot fetch the headers of Node ${process.versions.node}, set npm_config_nodedir to a folder with include/node/node.h.`
  run('Compiling node-rdkafka', made, 'npm', ['run', 'install'], `${tools} ${node}`, {
    ...headers,
    JOBS: '1',
  })
  trim(made, work)
  place(made, target)
}

/** Leaves what `require` and the linker look for: 16 of 540 MB. */
function trim(made, work) {
  const spent = ['deps', 'src', 'test', 'e2e', 'examples', 'bench', 'ci', 'util', 'build/Release/obj.target']
  for (const folder of spent) rmSync(join(made, folder), { recursive: true, force: true })
  for (const name of readdirSync(join(made, 'build/deps')))
    if (!/\.(so|dylib)/.test(name)) rmSync(join(made, 'build/deps', name), { recursive: true })
  for (const name of ['bindings', 'file-uri-to-path'])
    cpSync(join(work, 'node_modules', name), join(made, 'node_modules', name), { recursive: true })
}

function setUpDriver() {
  if (isThere()) return say(`node-rdkafka ${version} is in place.`)
  const { modules } = process.versions
  const kept = join(cache, `node-rdkafka-${version}-abi${modules}-${process.platform}-${process.arch}`)
  if (!existsSync(kept)) compile(kept)
  const copy = `${driver}.${process.pid}`
  cpSync(kept, copy, { recursive: true, verbatimSymlinks: true })
  place(copy, driver)
  if (!isThere())
    fail(
      `node-rdkafka was compiled but cannot be loaded: remove ${kept} and run npm run setup:cluster again.`,
    )
  say(`node-rdkafka ${version} is in place.`)
}

function setUpJars() {
  const home = join(root, 'services/testdata/kafka')
  const target = join(cache, 'kafka')
  const plan = readFileSync(join(home, 'pom.xml'), 'utf8')
  const stamp = join(target, 'pom.xml')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === plan) return say('The jars of Kafka are in place.')
  if (!has('java', '-version') || !has('mvn', '-version'))
    return say(
      'NO JARS OF KAFKA: java or mvn is absent (Debian: apt-get install default-jre-headless maven). Tests on a real Kafka are skipped, and npm run cluster uses one in memory.',
    )
  const made = `${target}.${process.pid}`
  process.once('exit', () => rmSync(made, { recursive: true, force: true }))
  const copy = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'
  const args = ['-B', '-q', '-f', join(home, 'pom.xml'), copy, `-DoutputDirectory=${made}`]
  run('Fetching the jars of Kafka', home, 'mvn', args, 'Check the way to Maven Central.')
  writeFileSync(join(made, 'pom.xml'), plan)
  place(made, target)
}

setUpDriver()
setUpJars()
