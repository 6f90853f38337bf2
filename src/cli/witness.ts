// `idlewild witness`: cosigns the logs of coordinators, at once or on request (C2SP tlog-witness), so
// that none of them can show two people two histories unseen.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Command } from 'commander';
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import { logLimits } from '#protocol/log-limits.ts';
import { formatVerifierKey } from '#protocol/signed-note-key.ts';
import { openWitnessDesk, type WitnessDesk } from './witness-desk.ts';
import { openWitnessState } from './witness-state.ts';

export interface WitnessOptions {
  /** Coordinators whose logs are cosigned. */
  log: string[];
  /** Folder of its key and of what it cosigned. */
  data: string;
  /** Its name, which its key carries. */
  name: string;
  host?: string;
  port?: number;
}

export interface RunningWitness {
  vkey: string;
  url: string;
  close(): Promise<void>;
}

const bodyBytesMax = 2 * logLimits.noteBytesMax;
const drainBytesMax = 8 * bodyBytesMax;
const requestMs = 10_000;

async function readBody(request: IncomingMessage): Promise<Uint8Array | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Read on for a while: who is cut off in the middle never hears why.
    if (bytes > drainBytesMax) break;
    if (bytes <= bodyBytesMax) chunks.push(chunk);
  }
  return bytes > bodyBytesMax ? null : new Uint8Array(Buffer.concat(chunks));
}

async function handle(desk: WitnessDesk, request: IncomingMessage, response: ServerResponse) {
  const reply = (status: number, body: string, type = 'text/plain; charset=utf-8') => {
    const headers = { 'content-type': type, 'x-content-type-options': 'nosniff' };
    response.writeHead(status, headers).end(body);
  };
  if (request.url !== '/add-checkpoint') return reply(404, 'POST /add-checkpoint\n');
  if (request.method !== 'POST') return reply(405, 'POST /add-checkpoint\n');
  const body = await readBody(request);
  if (!body) return reply(413, `The body is above ${bodyBytesMax} bytes (bodyBytesMax).\n`);
  const answer = await desk.add(body);
  return answer.status === 200
    ? reply(200, answer.body)
    : reply(answer.status, answer.body, answer.contentType);
}

/** @throws audit/..., fetch/... where a log cannot be reached */
export async function startWitness(options: WitnessOptions): Promise<RunningWitness> {
  const state = await openWitnessState(path.resolve(options.data), options.name);
  const desk = await openWitnessDesk(state, options.log);
  const server: Server = createServer((request, response) => {
    handle(desk, request, response).catch((thrown: unknown) => {
      const { retryable } = toIdlewildError(thrown);
      response.writeHead(retryable ? 503 : 500).end('The witness failed; try again later.\n');
    });
  });
  server.requestTimeout = requestMs;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve);
  });
  const { address, port, family } = server.address() as AddressInfo;
  return {
    vkey: formatVerifierKey(state.signer.key),
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Flags extends Omit<WitnessOptions, 'host' | 'port'> {
  listen?: string;
}

export function addWitness(program: Command): void {
  program
    .command('witness')
    .description("cosign coordinators' logs: once, or on request with --listen")
    .requiredOption('--log <url...>', 'coordinators whose logs are cosigned')
    .requiredOption('--data <folder>', 'its key, and what it cosigned last')
    .option('--name <name>', 'its name, without a scheme', 'idlewild-witness')
    .option('--listen <host:port>', 'answer requests of logs; put TLS in front')
    .action(async ({ listen, ...options }: Flags) => {
      if (listen === undefined) return witnessOnce(options);
      const [, host, port] = /^(.+):(\d{1,5})$/.exec(listen) ?? [];
      if (host === undefined) {
        throw new IdlewildError('witness/listen', '--listen must be an address and a port.');
      }
      const witness = await startWitness({ ...options, host, port: Number(port) });
      process.stdout.write(`Witness  ${witness.url}\nKey      ${witness.vkey}\n`);
      await new Promise<void>((resolve) => {
        process.once('SIGINT', resolve);
        process.once('SIGTERM', resolve);
      });
      await witness.close();
    });
}

async function witnessOnce(options: WitnessOptions): Promise<void> {
  const state = await openWitnessState(path.resolve(options.data), options.name);
  const desk = await openWitnessDesk(state, options.log);
  for (const note of await desk.visit()) process.stdout.write(note);
}
