// `npm test`: types, lint and format beside the tests, because the tests often wait for disks and browsers. Arguments go to vitest.
import { spawn } from 'node:child_process'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const windows = process.platform === 'win32'

function run(command, args, stdio) {
  const child = spawn(command, args, { cwd: root, stdio, shell: windows })
  const heard = []
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => heard.push(chunk))
  return new Promise((done) =>
    child.once('close', (code) => done({ code: code ?? 1, text: Buffer.concat(heard).toString() })),
  )
}

const [check, tests] = await Promise.all([
  run('npm', ['run', '--silent', 'check'], 'pipe'),
  run(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)], 'inherit'),
])
if (check.code !== 0) process.stderr.write(`\nTypes, lint or format:\n${check.text}\n`)
else process.stdout.write('Types, lint and format are in order.\n')
process.exit(check.code || tests.code)
