#!/usr/bin/env node
// `npx qingyu …`: sets up what is missing, then hands over to the built program.
await import('./setup.mjs')
const { main } = await import('../dist/services/main.js')
await main(process.argv.slice(2))
