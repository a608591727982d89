import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'
import { emojiList } from './emoji-list.ts'

/** Where `npm run dev` finds a running node. */
const node = process.env.CHINWAG_URL ?? 'http://127.0.0.1:8000'

export default defineConfig({
  plugins: [svelte(), emojiList()],
  build: {
    target: 'es2022',
    // The page's content security policy allows no inline script, and every browser
    // that runs ES2022 preloads modules by itself.
    modulePreload: { polyfill: false },
    // A `data:` font or script would break the same policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      input: { index: 'index.html', sw: 'src/sw/service-worker.ts' },
      // Its address says what it may look after: all of the page. It changes with each version, under the same name.
      output: { entryFileNames: ({ name }) => (name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js') },
    },
  },
  server: {
    proxy: {
      '/api': node,
      '/emulation': node,
      '/connection': { target: node, ws: true },
    },
  },
  test: { include: ['src/**/*.test.ts'] },
})
