// The page and its worker, built to dist/: hashed files, no inline script, no third-party request,
// so that a strict Content-Security-Policy holds. `idlewild build` (cli/build-page.ts) runs it.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const root = fileURLToPath(new URL('.', import.meta.url));

export default defineConfig({
  root,
  // The kernels lie outside src, where the package's `#` imports do not reach.
  resolve: {
    alias: [{ find: /^#(kernels(?:-relaxed)?\.wasm)/, replacement: path.join(root, 'build/$1') }],
  },
  worker: { format: 'es' },
  build: {
    outDir: 'dist',
    target: 'es2023',
    // A data: URL would need a hole in the policy, and the polyfill an inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: { input: ['index.html', 'admin.html'].map((page) => path.join(root, page)) },
  },
});
