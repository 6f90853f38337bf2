// `idlewild serve`: a coordinator on a data folder. `startCoordinator` composes it with the WASM
// kernels and the built page, for this command, the demo and `npm start` alike.
import { access } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import pino, { type Logger } from 'pino';
import { createCoordinator } from '#coordinator/coordinator.ts';
import type { Certificate } from '#coordinator/http-server.ts';
import { createPartner } from '#coordinator/partner.ts';
import { createServerLog } from '#coordinator/server-log.ts';
import type { SettlementOptions } from '#coordinator/settlement-desk.ts';
import { parseWitnessTarget } from '#coordinator/witnesses.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { build } from './build.ts';
import { readKernels, relaxedKernels } from './build-kernels.ts';
import { checkAdminToken, checkProxies, findWarning, readOrigin } from './check-address.ts';
import { readCertificate } from './read-certificate.ts';
import { addSettings, readSettings } from './read-settings.ts';
import { readSettlement } from './read-settlement.ts';
import type { Settings } from './settings.ts';

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
  /** The Ethereum chain that grants are bound to. */
  chainId?: number;
  /** Address of a node of it, for wallets that are contracts. */
  chainRpc?: string;
  /** As the world reaches it; by default http://localhost and the port. */
  origin?: string;
  laboratory?: boolean;
  log?: Logger;
  /** A result waits so long for a stranger's before the coordinator is its partner. */
  partnerWaitMs?: number;
  /** For how long payloads are kept after their batch's end; 0: for ever. */
  retentionDays?: { private: number; open: number };
  /** Addresses of proxies whose X-Forwarded-For is believed. */
  trustProxy?: string[];
  /** Witnesses of the log, as URL#VKEY. */
  witnesses?: string[];
  /** Hands the log over to a fresh key. */
  rotateLogKey?: boolean;
  /** Opens /admin, /v1/admin and /metrics. */
  adminToken?: string;
  tls?: Certificate;
  /** HTTP connections open at once. */
  connectionsMax?: number;
  /** Accounts whose results are as good as the coordinator's own. */
  named?: string[];
  /** How credit is paid out. */
  settlement?: SettlementOptions;
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
  /** Of TLS, for connections from now on. */
  replaceCertificate(tls: Certificate): void;
  /** Closes an epoch of settlement now. @returns its number; null where there is none to close */
  closeEpoch(): Promise<number | null>;
  close(): Promise<void>;
}

const pageFolder = fileURLToPath(new URL('../../dist/', import.meta.url));

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
  const { databaseUrl, databasePoolMax, adminToken, tls, retentionDays } = options;
  checkAdminToken(adminToken, { host, origin });
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
      ...(adminToken && { adminToken }),
      ...(tls && { tls }),
      ...(options.connectionsMax && { connectionsMax: options.connectionsMax }),
      ...(options.named && { named: options.named }),
      ...(options.chainId && { chainId: options.chainId }),
      ...(options.chainRpc && { chainRpc: options.chainRpc }),
      ...(options.settlement && { settlement: options.settlement }),
      witnesses: witnesses.map(parseWitnessTarget),
      waits: {
        ...(partnerWaitMs !== undefined && { partnerWaitMs }),
        ...(retentionDays && toRetention(retentionDays)),
      },
    });
    await coordinator.listen({ host, port }).catch(async (thrown) => {
      await coordinator.close();
      throw explainListen(thrown, host, port);
    });
    if (options.rotateLogKey) await coordinator.rotateLogKey();
    const { apiKey, receiptKey, died, replaceCertificate, closeEpoch } = coordinator;
    const address = coordinator.origin();
    const warning = findWarning(host, address);
    const close = () => coordinator.close();
    const running = { origin: address, apiKey, receiptKey, warning, died };
    return { ...running, replaceCertificate, closeEpoch, close };
  } catch (thrown) {
    await partner.close();
    throw thrown;
  }
}

const dayMs = 24 * 60 * 60_000;

function toRetention(days: { private: number; open: number }) {
  return { privateRetentionMs: days.private * dayMs, openRetentionMs: days.open * dayMs };
}

function explainListen(thrown: unknown, host: string, port: number): unknown {
  const { code } = thrown as NodeJS.ErrnoException;
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return thrown;
  const why = code === 'EACCES' ? 'may not be used' : 'is in use';
  return new IdlewildError('serve/port', `Port ${port} of ${host} ${why}.`, {
    metaMessages: ['Choose another with --port.'],
  });
}

interface ServeFlags {
  rotateLogKey: boolean;
  json: boolean;
}

export function addServe(program: Command): void {
  addSettings(
    program
      .command('serve')
      .description('run a coordinator: the requester API, the contributors and their page')
      .option('--rotate-log-key', 'hand the log over to a fresh key, once, at this start', false)
      .option('--json', 'print the address and the key as one JSON object', false),
  ).action(serve);
}

async function serve(flags: ServeFlags): Promise<void> {
  const folder = process.cwd();
  const settings = await readSettings({ flags: { ...flags }, environment: process.env, folder });
  const files = { tlsCert: settings['tls-cert'], tlsKey: settings['tls-key'] };
  const tls = await readCertificate(files);
  const options = toOptions(settings, tls);
  const settlement = await readSettlement(settings);
  await build();
  const coordinator = await startCoordinator({
    ...options,
    ...(settlement && { settlement }),
    rotateLogKey: flags.rotateLogKey,
  });
  const { origin, apiKey, warning } = coordinator;
  if (warning) process.stderr.write(`Warning: ${warning}\n`);
  process.stdout.write(
    flags.json
      ? `${JSON.stringify({ origin, apiKey })}\n`
      : words(coordinator, options.adminToken !== undefined),
  );
  const renew = () => void replaceCertificate(coordinator, { files, log: options.log });
  if (tls) process.on('SIGHUP', renew);
  const death = await Promise.race([untilSignal(), coordinator.died]);
  process.removeListener('SIGHUP', renew);
  await coordinator.close();
  if (death) throw death;
}

/** @throws settings/missing, settings/invalid, serve/weak-token */
function toOptions(settings: Settings, tls: Certificate | null) {
  const { data, database, host, port, origin, laboratory } = settings;
  const adminToken = settings['admin-token'];
  if (data === undefined) {
    throw new IdlewildError('settings/missing', 'Where is everything to be kept?', {
      metaMessages: ["Name a folder by --data, by IDLEWILD_DATA, or as 'data' in the config file."],
    });
  }
  checkDatabase(database);
  checkProxies(settings['trust-proxy']);
  if (origin !== undefined) readOrigin(origin);
  checkAdminToken(adminToken, { host, origin });
  const chainRpc = settings['chain-rpc'];
  const secrets = [database, adminToken, chainRpc].filter((secret) => secret !== undefined);
  const destination = pino.destination(2);
  return {
    dataFolder: data,
    databasePoolMax: settings['database-connections'],
    connectionsMax: settings.connections,
    named: [...settings.named],
    chainId: settings['chain-id'],
    retentionDays: {
      private: settings['retention-days'],
      open: settings['open-retention-days'],
    },
    models: [...settings.model],
    host,
    port,
    laboratory,
    log: createServerLog({ level: settings['log-level'], destination, secrets }),
    trustProxy: [...settings['trust-proxy']],
    witnesses: [...settings.witness],
    ...(database && { databaseUrl: database }),
    ...(chainRpc && { chainRpc }),
    ...(origin && { origin }),
    ...(adminToken && { adminToken }),
    ...(tls && { tls }),
  };
}

/** Never shown: it may hold a password. @throws settings/invalid */
function checkDatabase(url: string | undefined): void {
  if (url === undefined) return;
  if (URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol)) return;
  const message = 'The database must be an address such as postgres://user:password@host/name.';
  throw new IdlewildError('settings/invalid', message);
}

interface Renewal {
  files: Parameters<typeof readCertificate>[0];
  log: Logger;
}

/** What cannot be used is told, and the old certificate stays. */
async function replaceCertificate(
  coordinator: RunningCoordinator,
  { files, log }: Renewal,
): Promise<void> {
  try {
    const tls = await readCertificate(files);
    if (tls) coordinator.replaceCertificate(tls);
    log.info('the certificate was read again');
  } catch (thrown) {
    log.error({ err: thrown }, 'the certificate stays as it was');
  }
}

function words({ origin, apiKey }: RunningCoordinator, administered: boolean): string {
  const lines = [`Page       ${origin}`, `OpenAI API ${origin}/v1`];
  if (administered) lines.push(`Admin page ${origin}/admin`);
  if (apiKey) lines.push(`API key    ${apiKey} (shown this once)`);
  return `${lines.join('\n')}\n`;
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}
