// The page and its worker, built to dist/: hashed files, no inline script, no third-party request,
// so that a strict Content-Security-Policy holds. `idlewild build` (cli/build-page.ts) runs it.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { shadersPlugin } from './src/engine/build-plugin.ts';
import { limitsPlugin } from './src/protocol/build-plugin.ts';
import { wordsPlugin } from './src/words/build-plugin.ts';

const root = fileURLToPath(new URL('.', import.meta.url));

/**
 * A worker's entry with all that it imports at once, in one file each: those that there would be
 * otherwise, for what it shares with its later parts, weigh 1 kB gz more.
 */
const workerFiles = [
  { name: 'worker', test: /src.(worker.(main|member|bounded-member)|model.tables)\.ts$/ },
];

/** The same of the pages: what the contributor's page shares with the frame and the market. */
const pageFiles = [
  {
    name: 'base',
    test: /preload-helper|src.(words.(say|format|pick-language|languages|long|apply-words|en-(machine|record|errors|sayings))|page.(elements|keep|language-choice|mark|failure-words|explain-error|show-credit)|protocol.errors)\.ts/,
  },
];

export default defineConfig({
  root,
  // The kernels lie outside src, where the package's `#` imports do not reach.
  resolve: {
    alias: [{ find: /^#(kernels(?:-relaxed)?\.wasm)/, replacement: path.join(root, 'build/$1') }],
  },
  plugins: [limitsPlugin(), shadersPlugin(), wordsPlugin()],
  worker: {
    format: 'es',
    plugins: () => [limitsPlugin(), shadersPlugin()],
    rolldownOptions: {
      output: { comments: { annotation: false }, codeSplitting: { groups: workerFiles } },
    },
  },
  build: {
    outDir: 'dist',
    target: 'es2023',
    // A data: URL would need a hole in the policy, and the polyfill an inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: { comments: { annotation: false }, codeSplitting: { groups: pageFiles } },
      input: ['index', 'admin', 'embed-frame', 'market', 'widget'].map((page) =>
        path.join(root, `${page}.html`),
      ),
    },
  },
});
