// The operations of settlement by name: epochs and their books, orders and escrows, what the chain paid,
// and the journal of what is sent to it.
import { beginEpochs, closeEpoch, countEpoch, hasEpochNews } from './epoch-close.ts';
import { addAttempt, addToJournal, readJournal, setJournalState } from './epoch-journal.ts';
import {
  findLatestEpoch,
  moveEpoch,
  readEpochCredits,
  readEpochDebits,
  readWithheld,
  settleEpoch,
  showEpochs,
} from './epoch-operations.ts';
import {
  listEscrowOrders,
  listOrdersOf,
  listRequesters,
  ruleOnOrder,
  writeEscrow,
} from './epoch-orders.ts';
import {
  addPayments,
  beginChainSeen,
  readAccountPaid,
  readChainSeen,
  readDues,
} from './epoch-payments.ts';

export const settlementOperations = {
  addJournalAttempt: addAttempt,
  addPayments,
  addToJournal,
  beginChainSeen,
  beginEpochs,
  closeEpoch,
  countEpoch,
  findLatestEpoch,
  hasEpochNews,
  listEscrowOrders,
  listOrdersOf,
  listRequesters,
  moveEpoch,
  readAccountPaid,
  readChainSeen,
  readDues,
  readEpochCredits,
  readEpochDebits,
  readJournal,
  readWithheld,
  ruleOnOrder,
  setJournalState,
  settleEpoch,
  showEpochs,
  writeEscrow,
};
