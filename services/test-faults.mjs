// `npm run test:faults -- cluster`: sets up what is missing, then harms a cluster on this machine and judges what is left.
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

await import('./setup.mjs')
await import('./setup-cluster.mjs')
const { testFaults } = await import('../dist/services/faults/main.js')
process.exit(await testFaults(process.argv.slice(2), resolve(fileURLToPath(import.meta.url), '../..')))
