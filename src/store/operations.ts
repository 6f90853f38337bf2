// Every operation that the main thread may ask of the database, by name. Each is one transaction.
import {
  beginBatch,
  cancelBatch,
  createBatch,
  expireBatches,
  failBatch,
  findBatch,
  listBatches,
  listMovingBatches,
} from './batch-operations.ts';
import { checkBooks, checkBooksAtBoot } from './check-books.ts';
import { finishBatch, readUnits } from './delivery-operations.ts';
import { expireLeases, findOutputLeases, type OwnedReturn, returnLeases } from './expire-leases.ts';
import { deleteFile, findFile, insertFile, listFiles } from './file-operations.ts';
import { findModelsWanted, findPartnerUnit, settleByCoordinator } from './partner-operations.ts';
import { addProject, findProjectOfKey, openDefaultProject } from './project-operations.ts';
import { findReceipt } from './receipt-operations.ts';
import { findSession, openSession } from './session-operations.ts';
import type { Transaction } from './transaction.ts';
import { work } from './work-operation.ts';

/** What time has brought: leases and batches that are over. */
async function passTime(transaction: Transaction, { now }: { now: number }): Promise<void> {
  await expireLeases(transaction, now);
  await expireBatches(transaction, now);
}

export const operations = {
  addProject,
  beginBatch,
  cancelBatch,
  checkBooks: (transaction: Transaction, _input: null) => checkBooks(transaction),
  checkBooksAtBoot,
  createBatch,
  deleteFile,
  failBatch,
  findBatch,
  findFile,
  findModelsWanted: (transaction: Transaction, _input: null) => findModelsWanted(transaction),
  findOutputLeases,
  findPartnerUnit,
  findProjectOfKey,
  findReceipt,
  findSession,
  finishBatch,
  insertFile,
  listBatches,
  listFiles,
  listMovingBatches: (transaction: Transaction, _input: null) => listMovingBatches(transaction),
  openDefaultProject,
  openSession,
  passTime,
  readUnits,
  returnLeases: (transaction: Transaction, { leases }: { leases: OwnedReturn[] }) =>
    returnLeases(transaction, leases),
  settleByCoordinator,
  work,
};

export type Operations = typeof operations;
export type OperationName = keyof Operations;
