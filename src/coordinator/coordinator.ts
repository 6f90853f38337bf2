// The coordinator: one data folder, one database, one server. Composed here, closed here.
import { createHmac, randomInt, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import pino, { type Logger } from 'pino';
import { createReceiptSigner, receiptPublicKey } from '#ledger/receipt-key.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { openBlobStore } from '#store/blob-store.ts';
import type { Books } from '#store/check-books.ts';
import { type Database, openDatabase } from '#store/database.ts';
import { makeFolder } from '#store/make-folder.ts';
import { waits as defaultWaits, type Waits } from '#store/waits.ts';
import { type Policy, policy } from '#validator/policy.ts';
import { createAccountCalls } from './account-calls.ts';
import { createAdminGate } from './admin-token.ts';
import { createChallenges } from './challenges.ts';
import { createClaims } from './claims.ts';
import type { Context } from './context.ts';
import { addContributorRoutes } from './contributor-routes.ts';
import { createGaugeReader } from './gauges.ts';
import { createHeardSpeeds } from './heard-speeds.ts';
import { type Certificate, createHttpServer, replaceCertificate } from './http-server.ts';
import { openKeyFile } from './key-file.ts';
import { createLoops, type Loops } from './loops.ts';
import { createLosses } from './losses.ts';
import { meterDatabase } from './metered-database.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { openModelStore } from './model-store.ts';
import { addPage } from './page-routes.ts';
import type { Partner } from './partner.ts';
import { createPresenceBook } from './presence-book.ts';
import { createProjectBook } from './project-book.ts';
import { type GivenProject, type MadeProject, makeProject, openProject } from './projects.ts';
import { openReceiptLog } from './receipt-log.ts';
import { createRowDigests } from './row-digests.ts';
import { createSessions } from './sessions.ts';
import { createSettlementDesk, type SettlementOptions } from './settlement-desk.ts';
import { openWalletChecks } from './wallet-checks.ts';
import { createWitnesses, type WitnessTarget } from './witnesses.ts';
import { createWorkCalls } from './work-call.ts';

export interface CoordinatorOptions {
  dataFolder: string;
  /** PostgreSQL's address; coordinators on one database share the data folder too. */
  databaseUrl?: string;
  /** Connections to PostgreSQL at most. */
  databasePoolMax?: number;
  /** Folders written by the importer; those registered before are served without being named. */
  models: string[];
  partner: Partner;
  /** Public origin, which grants name; by default http://localhost and the port. */
  origin?: string;
  /** Grants are bound to it. */
  chainId?: number;
  /** Address of a node of that chain, which knows wallets that are contracts; often a secret. */
  chainRpc?: string;
  /** The node's answer takes at most so long; a test gives its own. */
  chainAnswerMs?: number;
  /** How credit is paid out; without it, it is not. */
  settlement?: SettlementOptions;
  /** One address may be its own partner. */
  laboratory?: boolean;
  /** Built page, served at /. */
  pageFolder?: string;
  log?: Logger;
  waits?: Partial<Waits>;
  /** Milliseconds; a test gives its own. */
  now?: () => number;
  /** Numbers of the verdict ladder other than the policy's; a test gives its own. */
  rules?: Partial<Policy>;
  /** Accounts of the operator's own, whose results are as good as the coordinator's. */
  named?: string[];
  /** Of the draws; a test gives its own. */
  secret?: string;
  /** Uniform in [0, 1); a test gives its own. */
  random?: () => number;
  /** How often the coordinator looks around; 0 leaves it to `settle`. */
  tickMs?: number;
  /** Addresses of proxies whose X-Forwarded-For is believed. */
  trustProxy?: string[];
  /** Asked to cosign the log's checkpoints. */
  witnesses?: WitnessTarget[];
  /** Opens /v1/admin and /metrics; without one the first is off. */
  adminToken?: string;
  /** Without one it speaks plain HTTP. */
  tls?: Certificate;
  /** HTTP connections open at once. */
  connectionsMax?: number;
}

export interface Coordinator {
  /** The key of the default project, at the first start on a folder alone. */
  apiKey: string | null;
  /** Ed25519, 32 bytes. */
  receiptKey: Uint8Array;
  /** As grants name it. */
  origin(): string;
  listen(address: { host: string; port: number }): Promise<void>;
  /** A request without a network. */
  inject(options: InjectOptions): Promise<LightMyRequestResponse>;
  addProject(project: GivenProject): Promise<MadeProject>;
  /** @throws ledger/unbalanced */
  checkBooks(): Promise<Books>;
  /** Hands the log over to a fresh key; readers follow the statement that both keys sign. */
  rotateLogKey(): Promise<void>;
  /** Shows the newest tree to the witnesses at once. @returns how many cosigned it */
  askWitnesses(): Promise<number>;
  /** Of TLS, for connections from now on. */
  replaceCertificate(tls: Certificate): void;
  /** Does at once what the loops would do with time. */
  settle(): Promise<void>;
  /** Closes an epoch of settlement now. @returns its number; null where there is none to close */
  closeEpoch(): Promise<number | null>;
  /** Resolves should the database die: the process must end, and be started again. */
  died: Promise<IdlewildError>;
  /** Leases nothing more, finishes what runs, and leaves the folder to others. */
  close(): Promise<void>;
}

const defaultChainId = 31337;
const drawBits = 2 ** 47;

/** @returns the receipt key @throws coordinator/data-folder */
async function openFolder(dataFolder: string): Promise<string> {
  try {
    await makeFolder(dataFolder);
    return await openKeyFile(dataFolder, 'receipt-key.pem');
  } catch (cause) {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException;
    const message = `The data folder cannot be made or written to (${code}).`;
    throw new IdlewildError('coordinator/data-folder', message, {
      metaMessages: ['Give a folder that this user may write to, with room, by --data.'],
      cause,
    });
  }
}

interface Opened {
  context: Context;
  apiKey: string | null;
  /** What changes while it runs. */
  state: { origin: string; closing: boolean; loops: Loops | null };
}

interface Opening {
  database: Database;
  metrics: Metrics;
  /** The receipt key, PKCS #8. */
  pem: string;
}

async function openContext(
  options: CoordinatorOptions,
  { database, metrics, pem }: Opening,
): Promise<Opened> {
  const { dataFolder, partner, now = Date.now, chainId = defaultChainId } = options;
  const log = options.log ?? pino({ level: 'silent' });
  await database.run('checkBooksAtBoot', {});
  const apiKey = await openProject(database, now());
  const state: Opened['state'] = { origin: options.origin ?? '', closing: false, loops: null };
  const ladder = {
    rules: { ...policy, ...options.rules },
    // Of the key, so that replicas and restarts draw alike.
    secret: options.secret ?? createHmac('sha256', pem).update('draws').digest('hex'),
    named: (options.named ?? []).map((account) => account.toLowerCase()),
  };
  const waits = { ...defaultWaits, ...options.waits };
  const claims = createClaims(database, {
    now,
    claimMs: waits.claimMs,
    holder: options.databaseUrl ? randomUUID() : null,
  });
  const onWake = () => state.loops?.wake();
  const parts = { ...options, database, claims, log, now, chainId, onWake };
  const context: Context = {
    database,
    dataFolder,
    blobs: await openBlobStore(path.join(dataFolder, 'blobs')),
    models: await openModelStore(path.join(dataFolder, 'models'), options.models),
    partner,
    waits,
    now,
    verdicts: () => ({ now: now(), ...ladder }),
    random: options.random ?? (() => randomInt(drawBits) / drawBits),
    laboratory: options.laboratory ?? false,
    chainId,
    origin: () => state.origin || 'http://localhost',
    projects: createProjectBook(database, now),
    receiptKey: receiptPublicKey(pem),
    signReceipt: createReceiptSigner(pem),
    wallets: await openWalletChecks({ ...options, chainId, now, log }),
    challenges: createChallenges({ secret: pem, waits, now }),
    claims,
    settlement: createSettlementDesk(options.settlement, parts),
    losses: createLosses(now, waits),
    rowDigests: createRowDigests(),
    receiptLog: await openReceiptLog(database, { dataFolder, origin: options.origin }),
    log,
    metrics,
    gauges: createGaugeReader(database, { now, liveMs: waits.liveMs }),
    speeds: createHeardSpeeds(),
    presence: createPresenceBook(database, now),
    admin: createAdminGate(options.adminToken, now),
    timePassedAt: () => state.loops?.timePassedAt() ?? null,
    closing: () => state.closing,
    wake: onWake,
  };
  await checkModels(context);
  if (ladder.named.length > 0) context.log.info({ accounts: ladder.named }, 'named accounts');
  return { context, apiKey, state };
}

/** Units of a model that is gone would be leased for ever and computed by nobody. */
async function checkModels({ database, models }: Context): Promise<void> {
  const wanted = await database.run('findModelsWanted', null);
  const missing = wanted.find(({ model }) => !models.find(model));
  if (!missing) return;
  const message = `Units wait for model ${missing.model}, which is not in the data folder.`;
  throw new IdlewildError('model/missing', message, {
    metaMessages: ['Name its folder with --model once more.'],
  });
}

/**
 * Opens a data folder and everything on it; call `listen` to be reached.
 * @throws coordinator/folder-in-use, coordinator/database, ledger/unbalanced, model/..., manifest/...
 */
export async function createCoordinator(options: CoordinatorOptions): Promise<Coordinator> {
  const pem = await openFolder(options.dataFolder);
  const metrics = createMetrics(options.now ?? Date.now);
  const opened = await openDatabase(options.dataFolder, {
    onTally: metrics.count,
    ...(options.databaseUrl && { url: options.databaseUrl }),
    ...(options.databasePoolMax && { poolMax: options.databasePoolMax }),
  });
  const database = meterDatabase(opened, metrics);
  try {
    return await run(options, await openContext(options, { database, metrics, pem }));
  } catch (thrown) {
    await database.close();
    throw thrown;
  }
}

async function run(
  options: CoordinatorOptions,
  { context, apiKey, state }: Opened,
): Promise<Coordinator> {
  const { database, partner, now, waits } = context;
  const sessions = createSessions(context);
  const calls = createWorkCalls(context, sessions);
  const server = createHttpServer(context, options);
  const accounts = createAccountCalls(context, sessions);
  addContributorRoutes(server, context, { sessions, calls, accounts });
  if (options.pageFolder) await addPage(server, context, options.pageFolder);
  await server.ready();
  const loops = createLoops(context, options.tickMs ?? waits.tickMs);
  state.loops = loops;
  const witnesses = createWitnesses(context, options.witnesses ?? [], waits.witnessMs);
  loops.wake();
  return {
    apiKey,
    receiptKey: context.receiptKey,
    origin: context.origin,
    died: database.died,
    inject: (request) => server.inject(request),
    checkBooks: () => database.run('checkBooks', null),
    rotateLogKey: () => context.receiptLog.rotateKey(),
    askWitnesses: () => witnesses.ask(),
    replaceCertificate: (tls) => replaceCertificate(server, tls),
    settle: () => loops.settle(),
    closeEpoch: async () => context.settlement?.closeEpoch() ?? null,
    async listen({ host, port }) {
      await server.listen({ host, port });
      const { port: bound } = server.addresses()[0] as AddressInfo;
      state.origin ||= `${options.tls ? 'https' : 'http'}://localhost:${bound}`;
    },
    async addProject(project) {
      const made = await makeProject(database, { ...project, now: now() });
      context.projects.forget();
      return made;
    },
    async close() {
      state.closing = true;
      // A slow upload, or half a request, must not hold up a restart.
      const cut = setTimeout(() => server.server.closeAllConnections(), waits.closeMs);
      await server.close().finally(() => clearTimeout(cut));
      await calls.idle();
      await context.settlement?.stop();
      await loops.stop();
      await witnesses.stop();
      await partner.close();
      await context.blobs.close();
      await database.close();
    },
  };
}
