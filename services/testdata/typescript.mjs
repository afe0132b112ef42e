// Lets threads that tests start run our TypeScript as it is: what vitest loads by itself is its own process alone. Node 22.18 and newer need no help.
import { register } from 'node:module'
import process from 'node:process'

if (!process.features.typescript) register('./typescript-hooks.mjs', import.meta.url)
