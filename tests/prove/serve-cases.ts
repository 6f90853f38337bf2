// A Vite server on localhost that gives a browser the proof's page, the cases and the files they
// name, and hands on what its worker reports. Any browser that opens the page can take part.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createServer, type Plugin } from 'vite';
import type { ProofCase, Report } from './case.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** What the page in a browser is told, and whom its reports go to. One run at a time. */
export interface Sitting {
  cases: readonly ProofCase[];
  turn: number;
  report: (report: Report) => void;
}

export interface CaseServer {
  /** @returns the address of a page that computes with `arithmetic` */
  seat(arithmetic: string, sitting: Sitting): string;
  close(): Promise<void>;
}

const none: Sitting = { cases: [], turn: 0, report() {} };

export async function serveCases(): Promise<CaseServer> {
  let current = none;
  const exchange: Plugin = {
    name: 'prove',
    configureServer({ middlewares }) {
      middlewares.use('/prove/cases', (_request, response) => {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ cases: current.cases, turn: current.turn }));
      });
      // Past Vite, which would take shards for modules.
      middlewares.use('/prove/files', async (request, response) => {
        const file = path.join(root, path.posix.normalize(`/${request.url}`));
        const bytes = await readFile(file).catch(() => null);
        response.statusCode = bytes ? 200 : 404;
        response.end(bytes);
      });
      middlewares.use('/prove/report', async (request, response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk);
        current.report(JSON.parse(Buffer.concat(chunks).toString()));
        response.end();
      });
    },
  };
  const server = await createServer({
    root,
    configFile: false,
    logLevel: 'error',
    plugins: [exchange],
    optimizeDeps: { noDiscovery: true },
    server: { host: 'localhost', port: 0, hmr: false, watch: null },
  });
  await server.listen();
  return {
    seat(arithmetic, sitting) {
      current = sitting;
      return `${server.resolvedUrls?.local[0]}tests/prove/page.html?arithmetic=${arithmetic}`;
    },
    async close() {
      current = none;
      await server.close();
    },
  };
}
