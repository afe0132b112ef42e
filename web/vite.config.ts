import { fileURLToPath } from 'node:url'
import preact from '@preact/preset-vite'
import { defineConfig } from 'vite'

const page = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

export default defineConfig({
  plugins: [preact()],
  // Relative, so that the wall also works behind a path of a reverse proxy.
  base: './',
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    // MapLibre with its worker and deck.gl are one lazy chunk; the figures around the map do not wait for it.
    chunkSizeWarningLimit: 2500,
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: {
        index: page('index.html'),
        desk: page('desk.html'),
        report: page('report.html'),
        analyst: page('analyst.html'),
        'push-worker': page('push-worker.ts'),
      },
      // A service worker answers for what lies below its own address, so it stands beside the pages and keeps its name.
      output: {
        entryFileNames: ({ name }) => (name === 'push-worker' ? '[name].js' : 'assets/[name]-[hash].js'),
      },
    },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8080', '/ws': { target: 'ws://127.0.0.1:8080', ws: true } } },
})
