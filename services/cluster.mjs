// `npm run cluster`: sets up what is missing, then starts a whole cluster on this machine.
await import('./setup.mjs')
await import('./setup-cluster.mjs')
const { dirname } = await import('node:path')
const { fileURLToPath } = await import('node:url')
const { cluster } = await import('../dist/services/cluster.js')
await cluster(process.argv.slice(2), dirname(dirname(fileURLToPath(import.meta.url))))
