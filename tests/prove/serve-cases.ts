// A Vite server on localhost that gives browsers the proof's page, the cases and the files they
// name, and hands on what their workers report. Any browser that opens a seat's page can take part,
// several at once.
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import path from 'node:path';
import { createServer, type Plugin } from 'vite';
import type { ProofCase, Report } from './case.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** What a backend is told, and whom its reports go to. */
export interface Sitting {
  cases: readonly ProofCase[];
  turn: number;
  report: (report: Report) => void;
}

interface Seated {
  /** The address of a page that computes with the seat's arithmetic. */
  url: string;
  /** From here on the page is a stranger. */
  leave: () => void;
}

export interface CaseServer {
  seat(arithmetic: string, sitting: Sitting): Seated;
  close(): Promise<void>;
}

/** Gives each page its own sitting: every request names its seat. */
function createExchange(sittings: ReadonlyMap<string, Sitting>): Plugin {
  const find = ({ url }: IncomingMessage) =>
    sittings.get(new URL(url ?? '', 'http://localhost').searchParams.get('seat') ?? '');
  return {
    name: 'prove',
    configureServer({ middlewares }) {
      middlewares.use('/prove/cases', (request, response) => {
        const sitting = find(request);
        response.statusCode = sitting ? 200 : 410;
        response.setHeader('content-type', 'application/json');
        response.end(sitting && JSON.stringify({ cases: sitting.cases, turn: sitting.turn }));
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
        const sitting = find(request);
        sitting?.report(JSON.parse(Buffer.concat(chunks).toString()));
        response.statusCode = sitting ? 200 : 410;
        response.end();
      });
    },
  };
}

export async function serveCases(): Promise<CaseServer> {
  const sittings = new Map<string, Sitting>();
  let seatsGiven = 0;
  const server = await createServer({
    root,
    configFile: false,
    logLevel: 'error',
    plugins: [createExchange(sittings)],
    optimizeDeps: { noDiscovery: true },
    server: { host: 'localhost', port: 0, hmr: false, watch: null },
  });
  await server.listen();
  return {
    seat(arithmetic, sitting) {
      const name = String(seatsGiven++);
      sittings.set(name, sitting);
      const query = new URLSearchParams({ arithmetic, seat: name });
      return {
        url: `${server.resolvedUrls?.local[0]}tests/prove/page.html?${query}`,
        leave: () => sittings.delete(name),
      };
    },
    close: () => server.close(),
  };
}
