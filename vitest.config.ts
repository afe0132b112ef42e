import { defineConfig } from 'vitest/config'

/** Whole clusters on real servers, some minutes of them: `npm run test:cluster`. */
const CLUSTER = [
  'services/archive-cluster.test.ts',
  'services/cluster.test.ts',
  'services/recorded-cluster.test.ts',
  'services/deploy-native.test.ts',
]

export default defineConfig(({ mode }) => ({
  test: {
    include: mode === 'cluster' ? CLUSTER : ['services/**/*.test.ts', 'web/**/*.test.ts'],
    exclude: ['node_modules', ...(mode === 'cluster' ? [] : CLUSTER)],
    globalSetup: ['web/testdata/pages-folder.ts'],
    setupFiles: ['services/testdata/properties.ts'],
    // Threads that tests start run the sources, too (services/thread.ts).
    execArgv: ['--import', './services/testdata/typescript.mjs'],
    sequence: { shuffle: true },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Many tests wait for sockets, disks and browsers: more workers than cores keep both cores busy.
    maxWorkers: mode === 'cluster' ? 1 : 3,
    // A process a file would spend as long on loading as on testing; no test leaves anything behind in a module.
    isolate: false,
  },
}))
