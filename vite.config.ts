// The page and its worker, built to dist/: hashed files, no inline script, no third-party request,
// so that a strict Content-Security-Policy holds. `idlewild build` (cli/build-page.ts) runs it.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { shadersPlugin } from './src/engine/build-plugin.ts';
import { wordsPlugin } from './src/words/build-plugin.ts';

const root = fileURLToPath(new URL('.', import.meta.url));

/**
 * What the worker's entry shares with its later parts, and what only a signature needs, in a file
 * each: as many as there would be otherwise weigh 1.5 kB gz more.
 */
const workerFiles = [
  {
    name: 'base',
    test: /src.(protocol.(cbor|bytes|errors|limits|sha256)|model.tables)|@noble.hashes.(sha2|utils|_md)/,
  },
  {
    name: 'signing',
    test: /@noble.(secp256k1|hashes.(sha3|_u64))|src.(protocol.keccak|wallet.(secp256k1|hash-typed-data))/,
  },
];

export default defineConfig({
  root,
  // The kernels lie outside src, where the package's `#` imports do not reach.
  resolve: {
    alias: [{ find: /^#(kernels(?:-relaxed)?\.wasm)/, replacement: path.join(root, 'build/$1') }],
  },
  plugins: [shadersPlugin(), wordsPlugin()],
  worker: {
    format: 'es',
    plugins: () => [shadersPlugin()],
    rolldownOptions: { output: { codeSplitting: { groups: workerFiles } } },
  },
  build: {
    outDir: 'dist',
    target: 'es2023',
    // A data: URL would need a hole in the policy, and the polyfill an inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: ['index.html', 'admin.html', 'embed-frame.html', 'widget.html'].map((page) =>
        path.join(root, page),
      ),
    },
  },
});
