// A database with one project, in which orders are registered and escrows filled as the chain's desk
// would (tests/settlement has a real one), and batches are reserved, computed by a crowd, and ended.
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { BatchTerms } from '#store/batch-operations.ts';
import { openEmbedded } from '#store/database-embedded.ts';
import type { DatabaseEngine } from '#store/database-engine.ts';
import { modeOf } from '#store/database-modes.ts';
import { operations } from '#store/operations.ts';
import type { NewOrder } from '#store/order-operations.ts';
import type { Transaction } from '#store/transaction.ts';
import { type Level, policy } from '#validator/policy.ts';
import { copyTemplate } from '../coordinator/template-folder.ts';
import type { Run } from '../sim/sql-context.ts';

export const project = 'project 0';
export const creditsPerTokenUnit = 1_000n;
export const dayMs = 24 * 3_600_000;
export const rowCost = 375_000_000;
export const unitCost = 32 * rowCost;

export const hashOf = (text: string) =>
  `0x${createHash('sha256').update(text).digest('hex')}` as const;
export const addressOf = (text: string) => hashOf(text).slice(0, 42);

export interface LabBatch {
  id: string;
  units?: number;
  kind?: 'work' | 'bounded';
  level?: Level;
  terms?: BatchTerms;
  now?: number;
}

export async function openPaymentLab() {
  const root = await mkdtemp(path.join(os.tmpdir(), 'idlewild-payment-'));
  const { dataFolder } = await copyTemplate(root);
  const engine: DatabaseEngine = await openEmbedded(path.join(dataFolder, 'database'));
  const run: Run = (name, input) =>
    engine.transaction(modeOf(name), (query) =>
      (operations[name] as (transaction: Transaction, input: unknown) => Promise<never>)(
        { query },
        input,
      ),
    );
  const query = <Row>(sql: string, parameters: unknown[] = []) =>
    engine.transaction('write', (ask) => ask<Row>(sql, parameters));

  async function addProject(): Promise<void> {
    const keyHash = new Uint8Array(32).fill(7);
    await run('addProject', { id: project, name: project, words: '', keyHash, now: 0 });
    await run('insertFile', {
      id: `file of ${project}`,
      project_id: project,
      purpose: 'batch',
      filename: 'file',
      bytes: 0,
      blob: 'blob',
      created_at: 0,
    });
  }

  /** Registered. */
  async function addOrder(name: string, change: Partial<NewOrder> = {}): Promise<string> {
    const hash = hashOf(name);
    await run('addOrder', {
      hash,
      project,
      requester: addressOf('requester'),
      cap: 1_000_000n,
      expiresAt: (1_000 * dayMs) / 1000,
      nonce: hash,
      signature: new Uint8Array(65),
      source: 'escrow',
      now: 0,
      signedMax: 16,
      ...change,
    });
    await run('ruleOnOrder', { hash, state: 'registered', reason: null });
    return hash;
  }

  const addEscrow = (
    available: bigint,
    taken: { hash: string; taken: bigint }[] = [],
    block = 1n,
  ) => run('writeEscrow', { requester: addressOf('requester'), available, block, now: 0, taken });

  const createBatch = ({ id, level = 'sampled', terms, now = 0 }: LabBatch) =>
    run('createBatch', {
      id,
      project,
      inputFile: `file of ${project}`,
      endpoint: '/v1/embeddings',
      completionWindow: '24h',
      metadata: null,
      open: false,
      verification: level,
      access: null,
      now,
      expiresAt: now + dayMs,
      idempotency: null,
      ...(terms && { terms }),
    });

  const beginBatch = ({ id, units = 1, kind = 'work', now = 0 }: LabBatch) =>
    run('beginBatch', {
      batch: id,
      now,
      rules: policy,
      creditsPerTokenUnit,
      model: 'model',
      planBlob: 'plan',
      requestsTotal: units,
      requestsFailed: 0,
      units: Array.from({ length: units }, (_, place) => ({
        kind,
        digest: Buffer.from(hashOf(`${id} ${place}`).slice(2), 'hex'),
        model: Buffer.alloc(32, 1),
        inputBlob: `unit ${place} of ${id}`,
        rows: 32,
        cost: unitCost,
        rowCostMax: rowCost,
        linesAlone: 1,
        lengthClass: 0,
      })),
    });

  const endBatch = (id: string, now: number) =>
    run('finishBatch', {
      ...{ batch: id, now, output: null, error: null },
      ...{ requestsCompleted: 0, requestsFailed: 0 },
    });

  const findBatch = async (id: string) => (await run('findBatch', { project, id }))!;

  return {
    engine,
    run,
    query,
    addProject,
    addOrder,
    addEscrow,
    createBatch,
    beginBatch,
    endBatch,
    findBatch,
    async close() {
      await engine.close();
      await rm(root, { recursive: true });
    },
  };
}

export type PaymentLab = Awaited<ReturnType<typeof openPaymentLab>>;
