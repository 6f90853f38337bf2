// The worker, cache and wallet from source in a real Chromium: a Vite server with a page that only
// loads harness.ts, and whatever a test wants to answer under /v1/.

import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { createServer, type Plugin } from 'vite';
import { buildKernels } from '#cli/build-kernels.ts';

const root = path.resolve(import.meta.dirname, '../..');

export type Answer = (url: URL, init: { headers: Headers; body: Uint8Array }) => Promise<Response>;

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return new Uint8Array(Buffer.concat(chunks));
}

async function send(response: Response, target: ServerResponse): Promise<void> {
  target.writeHead(response.status, Object.fromEntries(response.headers));
  const reader = response.body?.getReader();
  try {
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      const { value } = part;
      await new Promise((resolve) => target.write(value, resolve));
    }
    target.end();
  } catch {
    // A body that fails is a connection that breaks, after what was sent.
    target.socket?.end();
  }
}

function harness(answer: Answer, script: string): Plugin {
  return {
    name: 'harness',
    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
        if (url.pathname === '/harness') {
          response.setHeader('content-type', 'text/html');
          response.end(`<script type="module" src="/${script}"></script>`);
        } else if (url.pathname.startsWith('/v1/')) {
          const headers = new Headers(request.headers as Record<string, string>);
          readBody(request)
            .then((body) => answer(url, { headers, body }))
            .then(
              (answered) => send(answered, response),
              () => response.destroy(),
            );
        } else next();
      });
    },
  };
}

/** @returns the server's origin; its page is at /harness */
export async function serveHarness(answer: Answer, script = 'tests/worker/harness.ts') {
  await buildKernels();
  const server = await createServer({
    root,
    configFile: path.join(root, 'vite.config.ts'),
    logLevel: 'error',
    cacheDir: 'node_modules/.vite-harness',
    plugins: [harness(answer, script)],
    server: { port: 0, host: '127.0.0.1', hmr: false, watch: null },
    optimizeDeps: { noDiscovery: true },
    appType: 'custom',
  });
  await server.listen();
  const url = server.resolvedUrls?.local[0];
  if (!url) throw new Error('The harness has no address.');
  return { origin: new URL(url).origin, close: () => server.close() };
}
