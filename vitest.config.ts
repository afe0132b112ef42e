import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['services/**/*.test.ts', 'web/**/*.test.ts'],
    setupFiles: ['services/testdata/properties.ts'],
    sequence: { shuffle: true },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Many tests wait for sockets, disks and browsers: more workers than cores keep both cores busy.
    maxWorkers: 3,
    // A process a file would spend as long on loading as on testing; no test leaves anything behind in a module.
    isolate: false,
  },
})
