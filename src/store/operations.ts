// Every operation that the main thread may ask of the database, by name. Each is one transaction.
import { deletePerson, readAccount, withdrawConsent } from './account-operations.ts';
import { createBatch, findBatch, findMovingBatch, listBatches } from './batch-operations.ts';
import { beginBatch, failBatch } from './begin-batch.ts';
import { bindAccount } from './bind-account.ts';
import { checkBooks, checkBooksAtBoot } from './check-books.ts';
import {
  claimMovingBatch,
  claimName,
  claimPartnerJob,
  dropClaims,
  renewClaims,
} from './claim-operations.ts';
import { closeLeavers, retireAudits } from './close-audits.ts';
import { addAudits, gatherAudits } from './compose-operations.ts';
import { countDays } from './count-days.ts';
import { finishBatch, readUnits } from './delivery-operations.ts';
import { makeDraw } from './draw.ts';
import { cancelBatch, expireBatches } from './end-batches.ts';
import { eraseAddresses } from './erase-addresses.ts';
import { expireLeases, findOutputLeases, type OwnedReturn, returnLeases } from './expire-leases.ts';
import { deleteFile, findFile, insertFile, listFiles } from './file-operations.ts';
import { appendToLog, openLog, publishCheckpoint, publishCosigned } from './log-append.ts';
import {
  readCheckpoint,
  readCosigned,
  readLeaves,
  readLogGroups,
  readRotations,
} from './log-reads.ts';
import { rotateLogKey } from './log-rotate.ts';
import { readLogTile } from './log-tiles.ts';
import { findOutputHome, restoreOutput, withdrawLost } from './lost-payloads.ts';
import { readMarket } from './market-operations.ts';
import { operatorOperations } from './operator-operations.ts';
import { addOrder, cancelOrder, findOrder, listOrders } from './order-operations.ts';
import {
  findModelsWanted,
  findPartnerJob,
  settleAuditByCoordinator,
  settleByCoordinator,
  settleCompared,
} from './partner-operations.ts';
import {
  surveyAudits,
  surveyBatches,
  surveyFiles,
  surveyUnits,
  takeSweep,
} from './payload-survey.ts';
import { addPresence, surveyMarket } from './presence.ts';
import { addProject, findProjectOfKey, openDefaultProject } from './project-operations.ts';
import { closeRates, readRate, readRates } from './rates.ts';
import { findReceipt } from './receipt-operations.ts';
import { releaseTails } from './release-units.ts';
import {
  dropAuditPayloads,
  dropFiles,
  dropUnitPayloads,
  endBatchPayloads,
  findBatchesOver,
  findOutputsOver,
} from './retention-operations.ts';
import { revokeSessions } from './revoke-sessions.ts';
import { findSession, openSession } from './session-operations.ts';
import { settleRows } from './settle.ts';
import type { VerdictOptions } from './settlement.ts';
import { settlementOperations } from './settlement-operations.ts';
import { snapshotDatabase } from './snapshot-database.ts';
import type { Transaction } from './transaction.ts';
import type { Waits } from './waits.ts';
import { work } from './work-operation.ts';

/**
 * What time has brought: leases, audits and batches that are over and, where they are looked for,
 * contributors that have left: that reads every held unit.
 */
async function passTime(
  transaction: Transaction,
  options: VerdictOptions & { waits: Waits; leavers: boolean },
): Promise<void> {
  const { now, rules, secret, named, leavers } = options;
  await expireLeases(transaction, now);
  await retireAudits(transaction, options);
  if (leavers) await closeLeavers(transaction, options);
  await releaseTails(transaction, { now, rules, named, draw: makeDraw(secret) });
  await expireBatches(transaction, now);
}

export const operations = {
  ...operatorOperations,
  ...settlementOperations,
  addAudits,
  addOrder,
  addPresence,
  addProject,
  appendToLog,
  beginBatch,
  bindAccount,
  cancelBatch,
  cancelOrder,
  checkBooks: (transaction: Transaction, _input: null) => checkBooks(transaction),
  checkBooksAtBoot,
  claimMovingBatch,
  claimName,
  claimPartnerJob,
  closeRates,
  countDays,
  currentRate: (transaction: Transaction, _input: null) => readRate(transaction),
  createBatch,
  deleteFile,
  deletePerson,
  dropAuditPayloads,
  dropClaims,
  dropFiles,
  dropUnitPayloads,
  endBatchPayloads,
  eraseAddresses,
  failBatch,
  findBatch,
  findBatchesOver,
  findFile,
  findModelsWanted: (transaction: Transaction, _input: null) => findModelsWanted(transaction),
  findMovingBatch,
  findOrder,
  findOutputHome,
  findOutputLeases,
  findOutputsOver,
  findPartnerJob,
  findProjectOfKey,
  findReceipt,
  findSession,
  finishBatch,
  gatherAudits,
  insertFile,
  listBatches,
  listFiles,
  listOrders,
  openDefaultProject,
  openLog,
  openSession,
  passTime,
  publishCheckpoint,
  publishCosigned,
  readAccount,
  readCheckpoint: (transaction: Transaction, _input: null) => readCheckpoint(transaction),
  readCosigned: (transaction: Transaction, _input: null) => readCosigned(transaction),
  readLeaves,
  readLogGroups,
  readLogTile,
  readMarket,
  readRates,
  readRotations: (transaction: Transaction, _input: null) => readRotations(transaction),
  readUnits,
  renewClaims,
  restoreOutput,
  revokeSessions,
  returnLeases: (transaction: Transaction, { leases }: { leases: OwnedReturn[] }) =>
    returnLeases(transaction, leases),
  rotateLogKey,
  settleAuditByCoordinator,
  settleCompared,
  settleByCoordinator,
  settleRows,
  snapshotDatabase,
  surveyAudits,
  surveyBatches,
  surveyFiles,
  surveyMarket,
  surveyUnits,
  takeSweep,
  withdrawConsent,
  withdrawLost,
  work,
};

export type Operations = typeof operations;
export type OperationName = keyof Operations;
