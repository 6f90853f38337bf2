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
  addJournalAttempt: 'free',
  addKey: 'free',
  addPresence: 'free',
  addPayments: 'free',
  appendToLog: 'free',
  beat: 'free',
  beginChainSeen: 'free',
  beginEpochs: 'free',
  checkBooks: 'survey',
  checkBooksAtBoot: 'survey',
  claimMovingBatch: 'free',
  claimPartnerJob: 'free',
  claimName: 'free',
  countDays: 'free',
  currentRate: 'look',
  countEpoch: 'free',
  dropClaims: 'free',
  findBatch: 'look',
  findBatchesOver: 'look',
  findFile: 'look',
  findModelsWanted: 'survey',
  findLatestEpoch: 'look',
  findMovingBatch: 'look',
  findOrder: 'look',
  findOutputHome: 'look',
  findOutputLeases: 'look',
  findOutputsOver: 'look',
  findPartnerJob: 'look',
  findProjectOfKey: 'look',
  findReceipt: 'look',
  findSession: 'look',
  gatherAudits: 'read',
  hasEpochNews: 'survey',
  insertFile: 'free',
  listActs: 'look',
  listAllBatches: 'look',
  listBatches: 'look',
  listContributors: 'look',
  listConvictions: 'look',
  listEscrowOrders: 'look',
  listFiles: 'look',
  listKeys: 'look',
  listOrders: 'look',
  listOrdersOf: 'look',
  listProjects: 'look',
  listRequesters: 'look',
  openSession: 'free',
  publishCheckpoint: 'free',
  publishCosigned: 'free',
  readAccount: 'free',
  readAccountPaid: 'look',
  readChainSeen: 'look',
  readCheckpoint: 'look',
  readCosigned: 'look',
  readDues: 'look',
  readEpochCredits: 'look',
  readEpochDebits: 'look',
  readGauges: 'look',
  readJournal: 'look',
  readLeaves: 'read',
  readLedgerTotals: 'survey',
  readLogGauges: 'look',
  readLogGroups: 'read',
  readLogTile: 'read',
  readMarket: 'look',
  readProjects: 'look',
  readRates: 'look',
  readRotations: 'look',
  readUnits: 'look',
  readWithheld: 'look',
  renewClaims: 'free',
  setJournalState: 'free',
  showAccount: 'look',
  showEpochs: 'look',
  surveyAudits: 'look',
  surveyBatches: 'look',
  surveyFiles: 'look',
  surveyMarket: 'survey',
  surveyUnits: 'look',
  takeSweep: 'free',
};

/** An operation that nobody has thought about is alone. */
export function modeOf(name: OperationName): OperationMode {
  return modes[name] ?? 'write';
}
