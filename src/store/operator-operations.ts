// The operator's operations by name: looks at everything, and acts that are kept with their reasons.
import { addKey, listKeys, revokeKey } from './key-operations.ts';
import { cancelAnyBatch, listActs, unban } from './operator-acts.ts';
import {
  listAllBatches,
  listContributors,
  listConvictions,
  readLedgerTotals,
} from './operator-lists.ts';
import { beat, readGauges, readLogGauges } from './operator-reads.ts';
import { listProjects, readProjects } from './project-operations.ts';
import { setProject } from './set-project.ts';
import { showAccount } from './show-account.ts';

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
  readProjects,
  revokeKey,
  setProject,
  showAccount,
  unban,
};
