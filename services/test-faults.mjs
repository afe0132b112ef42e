// `npm run test:faults -- cluster`: sets up what is missing, then harms a cluster on this machine and judges what is left.
await import('./setup.mjs')
await import('./setup-cluster.mjs')
const { dirname } = await import('node:path')
const { fileURLToPath } = await import('node:url')
const { testFaults } = await import('../dist/services/faults/main.js')
process.exit(await testFaults(process.argv.slice(2), dirname(dirname(fileURLToPath(import.meta.url)))))
