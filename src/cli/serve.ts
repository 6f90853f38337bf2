// `idlewild serve`: a coordinator on a data folder. `startCoordinator` composes it with the WASM
// kernels and the built page, for this command, the demo and `npm start` alike.
import { access } from 'node:fs/promises';
import { isIP } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import pino, { type Logger } from 'pino';
import { createCoordinator } from '#coordinator/coordinator.ts';
import { createPartner } from '#coordinator/partner.ts';
import { parseWitnessTarget } from '#coordinator/witnesses.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { build } from './build.ts';
import { readKernels, relaxedKernels } from './build-kernels.ts';

export interface StartCoordinatorOptions {
  dataFolder: string;
  /** PostgreSQL's address; without it the data folder holds the database. */
  databaseUrl?: string;
  /** Connections to PostgreSQL at most. */
  databasePoolMax?: number;
  /** Folders written by `idlewild model import`. */
  models?: string[];
  host?: string;
  /** 0 picks a free one. */
  port?: number;
  /** As the world reaches it; by default http://localhost and the port. */
  origin?: string;
  laboratory?: boolean;
  log?: Logger;
  /** A result waits so long for a stranger's before the coordinator is its partner. */
  partnerWaitMs?: number;
  /** Addresses of proxies whose X-Forwarded-For is believed. */
  trustProxy?: string[];
  /** Witnesses of the log, as URL#VKEY. */
  witnesses?: string[];
  /** Hands the log over to a fresh key. */
  rotateLogKey?: boolean;
}

export interface RunningCoordinator {
  origin: string;
  /** The default project's key, at the first start on a folder alone. */
  apiKey: string | null;
  /** Ed25519 public key of its receipts, raw. */
  receiptKey: Uint8Array;
  /** What an operator should know of this address, or null. */
  warning: string | null;
  /** Resolves should its database die. */
  died: Promise<IdlewildError>;
  close(): Promise<void>;
}

const pageFolder = fileURLToPath(new URL('../../dist/', import.meta.url));
const portMax = 65_535;
const connectionsMax = 100;

async function findPage(): Promise<string | null> {
  return access(path.join(pageFolder, 'index.html')).then(
    () => pageFolder,
    () => null,
  );
}

export async function startCoordinator(
  options: StartCoordinatorOptions,
): Promise<RunningCoordinator> {
  const { dataFolder, models = [], host = '127.0.0.1', port = 8787, partnerWaitMs } = options;
  const { origin, log, laboratory = false, trustProxy, witnesses = [] } = options;
  const { databaseUrl, databasePoolMax } = options;
  const page = await findPage();
  const [kernels, relaxed] = [await readKernels(), await readKernels(relaxedKernels)];
  const partner = createPartner({ kernels, relaxed });
  try {
    const coordinator = await createCoordinator({
      dataFolder,
      models,
      partner,
      laboratory,
      ...(databaseUrl && { databaseUrl }),
      ...(databasePoolMax && { databasePoolMax }),
      ...(page && { pageFolder: page }),
      ...(origin && { origin: readOrigin(origin) }),
      ...(log && { log }),
      ...(trustProxy && { trustProxy }),
      witnesses: witnesses.map(parseWitnessTarget),
      ...(partnerWaitMs !== undefined && { waits: { partnerWaitMs } }),
    });
    await coordinator.listen({ host, port }).catch(async (thrown) => {
      await coordinator.close();
      throw explainListen(thrown, host, port);
    });
    if (options.rotateLogKey) await coordinator.rotateLogKey();
    const { apiKey, receiptKey, died } = coordinator;
    const address = coordinator.origin();
    const warning = findWarning(host, address);
    const close = () => coordinator.close();
    return { origin: address, apiKey, receiptKey, warning, died, close };
  } catch (thrown) {
    await partner.close();
    throw thrown;
  }
}

function readOrigin(origin: string): string {
  if (URL.canParse(origin) && /^https?:$/.test(new URL(origin).protocol)) {
    return new URL(origin).origin;
  }
  throw new IdlewildError('serve/origin', `--origin must be an address such as https://a.example.`);
}

function explainListen(thrown: unknown, host: string, port: number): unknown {
  const { code } = thrown as NodeJS.ErrnoException;
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return thrown;
  const why = code === 'EACCES' ? 'may not be used' : 'is in use';
  return new IdlewildError('serve/port', `Port ${port} of ${host} ${why}.`, {
    metaMessages: ['Choose another with --port.'],
  });
}

/** A page that is neither local nor on TLS has no WebGPU, no WebCrypto and no OPFS. */
function findWarning(host: string, origin: string): string | null {
  const { protocol, hostname } = new URL(origin);
  const local = (name: string) => name === 'localhost' || name === '[::1]' || /^127\./.test(name);
  if (protocol === 'https:') return null;
  const listensLocally = local(isIP(host) === 6 ? `[${host}]` : host);
  if (local(hostname) && listensLocally) return null;
  return (
    'Without TLS, browsers give pages off localhost no WebGPU, no WebCrypto and no storage: ' +
    'contributors cannot start. Put a TLS proxy in front and name its address with --origin.'
  );
}

interface ServeCommandOptions {
  data: string;
  database?: string;
  databaseConnections?: string;
  model: string[];
  host: string;
  port: string;
  origin?: string;
  trustProxy?: string[];
  witness?: string[];
  rotateLogKey: boolean;
  laboratory: boolean;
  json: boolean;
}

export function addServe(program: Command): void {
  program
    .command('serve')
    .description('run a coordinator: the requester API, the contributors and their page')
    .requiredOption('--data <folder>', 'where everything is kept')
    .option('--database <url>', 'PostgreSQL, better named by DATABASE_URL; several may share it')
    .option('--database-connections <n>', 'connections to PostgreSQL at most', '8')
    .option('--model <folder...>', 'models made by `idlewild model import`, copied in', [])
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <n>', 'port to listen on; 0 picks a free one', '8787')
    .option('--origin <url>', 'as the world reaches it; grants are bound to it')
    .option('--trust-proxy <address...>', 'proxies whose X-Forwarded-For is believed')
    .option('--witness <url#vkey...>', "witnesses that cosign the log's checkpoints")
    .option('--rotate-log-key', 'hand the log over to a fresh key, once, at this start', false)
    .option('--laboratory', 'one address may check itself; for demos and tests', false)
    .option('--json', 'print the address and the key as one JSON object', false)
    .action(serve);
}

async function serve(options: ServeCommandOptions): Promise<void> {
  const port = Number(options.port);
  if (!Number.isInteger(port) || port < 0 || port > portMax) {
    throw new IdlewildError('serve/port', `--port must be a whole number up to ${portMax}.`);
  }
  const databaseUrl = readDatabase(options.database ?? process.env.DATABASE_URL);
  await build();
  const coordinator = await startCoordinator({
    dataFolder: path.resolve(options.data),
    ...(databaseUrl && { databaseUrl }),
    databasePoolMax: readConnections(options.databaseConnections ?? ''),
    models: options.model.map((folder) => path.resolve(folder)),
    host: options.host,
    port,
    laboratory: options.laboratory,
    log: pino(pino.destination(2)),
    ...(options.origin !== undefined && { origin: options.origin }),
    ...(options.trustProxy && { trustProxy: options.trustProxy }),
    ...(options.witness && { witnesses: options.witness }),
    rotateLogKey: options.rotateLogKey,
  });
  const { origin, apiKey, warning } = coordinator;
  if (warning) process.stderr.write(`Warning: ${warning}\n`);
  process.stdout.write(
    options.json ? `${JSON.stringify({ origin, apiKey })}\n` : words(coordinator),
  );
  const death = await Promise.race([untilSignal(), coordinator.died]);
  await coordinator.close();
  if (death) throw death;
}

/** Never shown: it may hold a password. */
function readDatabase(url: string | undefined): string | null {
  if (!url) return null;
  if (URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol)) return url;
  const message = '--database must be an address such as postgres://user:password@host/name.';
  throw new IdlewildError('serve/database', message);
}

function readConnections(words: string): number {
  const connections = Number(words);
  if (Number.isInteger(connections) && connections >= 2 && connections <= connectionsMax) {
    return connections;
  }
  const message = `--database-connections must be a whole number from 2 to ${connectionsMax}.`;
  throw new IdlewildError('serve/database', message);
}

function words({ origin, apiKey }: RunningCoordinator): string {
  const lines = [`Page       ${origin}`, `OpenAI API ${origin}/v1`];
  if (apiKey) lines.push(`API key    ${apiKey} (shown this once)`);
  return `${lines.join('\n')}\n`;
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}
