// Starts a thread whose source is TypeScript. Node 20 ignores `--import tsx` for a worker's own
// entry, so a line of JavaScript registers the loader first; it works under tsx and vitest alike.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

/** By its path: a data URL knows no packages, and `require.resolve` would find the CommonJS one. */
function findLoader(): string {
  const home = createRequire(import.meta.url).resolve('tsx/package.json');
  return new URL('dist/esm/api/index.mjs', pathToFileURL(home)).href;
}

/** Three times V8's semi-space: what --max-semi-space-size=64 gives (docs/operator.md, few cores). */
const maxYoungGenerationSizeMb = 192;

export function startWorker(entry: URL, workerData: unknown): Worker {
  const source =
    `import { register } from ${JSON.stringify(findLoader())};` +
    `register(); await import(${JSON.stringify(entry.href)});`;
  const url = new URL(`data:text/javascript,${encodeURIComponent(source)}`);
  return new Worker(url, { workerData, resourceLimits: { maxYoungGenerationSizeMb } });
}
