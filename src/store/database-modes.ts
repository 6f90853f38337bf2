// What each operation needs of the others while it runs. One writer at a time, among all replicas:
// so each transaction finds the database as a single embedded one would show it, no statement has to
// think of races, and no two lock rows in different orders. Replicas share out everything else:
// connections, signatures, digests, payloads. What the one writer carries is in docs/scale.md.
import type { OperationName } from './operations.ts';

export type OperationMode =
  /** One statement that reads, or several whose answers need not be of one moment. */
  | 'look'
  /** Reads of one moment. */
  | 'read'
  /** Reads of one moment that go through whole tables. */
  | 'survey'
  /** Writes what no other operation decides upon, or holds a row's lock of its own. */
  | 'free'
  /** Everything else: alone. */
  | 'write';

const modes: Partial<Record<OperationName, OperationMode>> = {
  addKey: 'free',
  appendToLog: 'free',
  beat: 'free',
  checkBooks: 'survey',
  checkBooksAtBoot: 'survey',
  claimMovingBatch: 'free',
  claimPartnerJob: 'free',
  countDays: 'free',
  dropClaims: 'free',
  findBatch: 'look',
  findBatchesOver: 'look',
  findFile: 'look',
  findModelsWanted: 'survey',
  findMovingBatch: 'look',
  findOutputHome: 'look',
  findOutputLeases: 'look',
  findOutputsOver: 'look',
  findPartnerJob: 'look',
  findProjectOfKey: 'look',
  findReceipt: 'look',
  findSession: 'look',
  gatherAudits: 'read',
  insertFile: 'free',
  listActs: 'look',
  listAllBatches: 'look',
  listBatches: 'look',
  listContributors: 'look',
  listConvictions: 'look',
  listFiles: 'look',
  listKeys: 'look',
  listProjects: 'look',
  openSession: 'free',
  publishCheckpoint: 'free',
  publishCosigned: 'free',
  readAccount: 'free',
  readCheckpoint: 'look',
  readCosigned: 'look',
  readGauges: 'look',
  readLeaves: 'read',
  readLedgerTotals: 'survey',
  readLogGauges: 'look',
  readLogGroups: 'read',
  readLogTile: 'read',
  readProjects: 'look',
  readRotations: 'look',
  readUnits: 'look',
  renewClaims: 'free',
  showAccount: 'look',
  surveyAudits: 'look',
  surveyBatches: 'look',
  surveyFiles: 'look',
  surveyUnits: 'look',
  takeSweep: 'free',
};

/** An operation that nobody has thought about is alone. */
export function modeOf(name: OperationName): OperationMode {
  return modes[name] ?? 'write';
}
