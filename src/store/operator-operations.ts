// The operator's operations by name: looks at everything, and acts that are kept with their reasons.
import { cancelAnyBatch, listActs, unban } from './operator-acts.ts';
import {
  listAllBatches,
  listContributors,
  listConvictions,
  readLedgerTotals,
} from './operator-lists.ts';
import { beat, readGauges, readLogGauges } from './operator-reads.ts';
import { addKey, listKeys, listProjects, revokeKey } from './project-operations.ts';

export const operatorOperations = {
  addKey,
  beat,
  cancelAnyBatch,
  listActs,
  listAllBatches,
  listContributors,
  listConvictions,
  listKeys,
  listProjects,
  readGauges,
  readLedgerTotals,
  readLogGauges,
  revokeKey,
  unban,
};
