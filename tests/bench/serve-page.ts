// A Vite server for one script of this repository in a page, from source, with folders of files
// beside it: the models and the rival's files of a bench.
import { createReadStream, existsSync } from 'node:fs';
import path from 'node:path';
import { createServer, type Plugin } from 'vite';
import { buildKernels } from '#cli/build-kernels.ts';

/** A module is refused without its type. */
const types: Record<string, string> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

const root = path.resolve(import.meta.dirname, '../..');

/** What is served under /bench/NAME/ for each name. */
export type Folders = Record<string, string>;

function files(script: string, folders: Folders): Plugin {
  return {
    name: 'bench-files',
    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        const { pathname } = new URL(request.url ?? '/', 'http://bench');
        if (pathname === '/bench') {
          response.setHeader('content-type', 'text/html');
          response.end(`<script type="module" src="/${script}"></script>`);
          return;
        }
        const [, name, rest] = /^\/bench\/(\w+)\/(.+)$/.exec(pathname) ?? [];
        const file = name && folders[name] && path.join(folders[name], rest);
        if (!file) return next();
        if (!existsSync(file)) {
          response.statusCode = 404;
          response.end();
          return;
        }
        const type = types[path.extname(file)];
        if (type) response.setHeader('content-type', type);
        createReadStream(file).pipe(response);
      });
    },
  };
}

/**
 * @param script its path from the root of the repository
 * @returns the address of the page
 */
export async function servePage(script: string, folders: Folders = {}) {
  await buildKernels();
  const server = await createServer({
    root,
    configFile: path.join(root, 'vite.config.ts'),
    logLevel: 'error',
    cacheDir: 'node_modules/.vite-bench',
    plugins: [files(script, folders)],
    server: { port: 0, host: '127.0.0.1', hmr: false, watch: null },
    optimizeDeps: { noDiscovery: true },
    appType: 'custom',
  });
  await server.listen();
  const url = server.resolvedUrls?.local[0];
  if (!url) throw new Error('The bench server has no address.');
  return { page: new URL('/bench', url).href, close: () => server.close() };
}
