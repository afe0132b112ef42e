#!/usr/bin/env node
// `npx qingyu …`: sets up what is missing, then hands over to the built program. An image has it all, and no set-up.
import { existsSync } from 'node:fs'

const setUp = new URL('setup.mjs', import.meta.url)
if (existsSync(setUp)) await import(setUp.href)
const { main } = await import('../dist/services/main.js')
await main(process.argv.slice(2))
