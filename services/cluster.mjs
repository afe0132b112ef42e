// `npm run cluster`: sets up what is missing, then starts a whole cluster on this machine.
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

await import('./setup.mjs')
await import('./setup-cluster.mjs')
const { cluster } = await import('../dist/services/cluster.js')
await cluster(process.argv.slice(2), resolve(fileURLToPath(import.meta.url), '../..'))
