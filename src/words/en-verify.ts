// English, a receipt's checks, by the worker's codes: what was looked at, what came of it, and the
// sum, which claims no more than was looked at.
import { long } from './long.ts';

export const englishVerify = {
  'verify.again': 'Verify again',
  'verify.running': 'Checking…',
  'verify.holds': 'Holds',
  'verify.fails': 'Does not hold',
  'verify.unchecked': 'Not checked',
  'verify.progress': 'Share of the unit computed again',

  'verify.name.receipt': 'the receipt itself',
  'verify.name.signature': 'the coordinator’s signature',
  'verify.name.inclusion': 'its place in the public log',
  'verify.name.result': 'the signature on the result',
  'verify.name.wallet': 'the account’s grant',
  'verify.name.credit': 'the credit',
  'verify.name.recompute': 'the unit, computed again',

  'check.receipt-running': 'Fetching the receipt.',
  'check.signature-running': 'Checking the coordinator’s signature.',
  'check.inclusion-running': 'Looking for its place in the public log.',
  'check.result-running': 'Checking the signature on the result inside.',
  'check.wallet-running': 'Checking who granted the session key.',
  'check.credit-running': 'Counting the credit.',
  'check.recompute-running': 'Getting ready to compute the unit again.',
  'check.recompute-loading': 'Reading the model {model}.',
  'check.recompute-computing': 'Computing {rows} again with {model}.',

  'check.receipt-holds': 'The receipt is the one named here, of this result and this account.',
  'check.signature-holds': 'The coordinator signed it, with the key that this browser remembers.',
  'check.signature-holds-new-key':
    'The coordinator signed it, with a key that this browser meets for the first time and ' +
    'remembers from now on.',
  'check.inclusion-holds': long(
    'It is entry {index} of the public log, whose signed head counts {size} and continues the one ',
    'seen before.',
  ),
  'check.inclusion-holds-sealed': long(
    'A sealed commitment to it is entry {index} of the public log, whose signed head counts ',
    '{size}. Its batch is private, so the entry itself says nothing.',
  ),
  'check.result-holds':
    'The session key signed this result, as number {index} of {count} sent in one call.',
  'check.result-holds-alone': 'The session key signed this result.',
  'check.wallet-holds': 'The account {account} granted that session key.',
  'check.credit-holds': '{cost} multiply-adds, counted from the input, earn {credit} credit.',
  'check.recompute-holds':
    'Computed again here from the unit’s input, with {backend}, {rows} gave the same bytes.',
  'check.recompute-holds-void': long(
    'This receipt takes credit back, and rightly: computed again here with {backend}, {rows} gave ',
    'other bytes than the result.',
  ),

  'check.receipt-withheld': 'The coordinator named this receipt, and does not show it.',
  'check.receipt-malformed': 'What came is not a receipt that can be read.',
  'check.receipt-other-id': 'What came has another name than this receipt: {computed}.',
  'check.receipt-other-lease': 'The receipt is of another lease: {stated}.',
  'check.receipt-other-account': 'The receipt is of another account: {stated}.',
  'check.receipt-contradiction': 'The receipt and the result in it differ in {field}.',
  'check.signature-not-signed': 'The coordinator’s key did not sign it.',
  'check.signature-other-key':
    'The coordinator shows another key than the one this browser remembers: {stated}.',
  'check.inclusion-not-included': 'The proof does not lead to entry {index} of the log.',
  'check.inclusion-log': 'The log itself cannot be believed: {message}',
  'check.result-not-signed': 'The session key did not sign this result.',
  'check.result-not-placed': 'The signed call does not name this result.',
  'check.wallet-not-signed': 'The account {account} did not sign the grant.',
  'check.wallet-other-account': 'The grant is of another account: {stated}.',
  'check.wallet-other-coordinator': 'The grant is for another coordinator: {stated}.',
  'check.credit-other-cost':
    'It states {stated} multiply-adds; the input takes {computed}, counted here.',
  'check.credit-other-credit': 'It states {stated} credit; its cost earns {computed}.',
  'check.credit-other-than-told': 'It states {stated} credit; this page was told {told}.',
  'check.recompute-other-input': 'The coordinator gave the input of another unit.',
  'check.recompute-other-model': 'The coordinator gave another model.',
  'check.recompute-other-class':
    'It calls itself bounded, but its model {model} is exact: there should be bytes.',
  'check.recompute-other-digest': 'Computed again here, twice, the unit gave other bytes.',

  'check.receipt-unknown': 'This visit was told of no receipt for it.',
  'check.signature-not-reached':
    'The signature was not looked at: a check before it was not passed.',
  'check.inclusion-not-reached': 'The log was not looked at: a check before it was not passed.',
  'check.result-not-reached': 'The result was not looked at: a check before it was not passed.',
  'check.wallet-not-reached': 'The grant was not looked at: a check before it was not passed.',
  'check.credit-not-reached': 'The credit was not looked at: a check before it was not passed.',
  'check.recompute-not-reached':
    'The unit was not computed again: a check before it was not passed.',
  'check.signature-unsupported': 'This browser cannot check signatures of this kind (Ed25519).',
  'check.inclusion-waiting': 'It is not in the log yet. Verify again in a minute.',
  'check.inclusion-unlogged': 'It is older than the log, so it has no place there.',
  'check.inclusion-unsupported': 'This browser cannot check the log’s signature (Ed25519).',
  'check.inclusion-older':
    'The coordinator shows less of its log than before. A stale copy on the way does so too: ' +
    'verify again later.',
  'check.wallet-contract': long(
    'The account {account} is a contract: only its chain can tell what it signed. The coordinator ',
    'says that it asked there, at block {block}; this browser did not.',
  ),
  'check.credit-no-input': long(
    'Its {credit} credit is what {cost} multiply-adds earn. Without the input, their number is ',
    'the coordinator’s word.',
  ),
  'check.credit-failed': 'The cost could not be counted here: {message}',
  'check.receipt-failed': 'The receipt could not be fetched: {message}',
  'check.signature-failed': 'The coordinator’s signature could not be checked here: {message}',
  'check.inclusion-failed': 'Its place in the log could not be checked here: {message}',
  'check.result-failed': 'The signature on the result could not be checked here: {message}',
  'check.wallet-failed': 'The grant could not be checked here: {message}',
  'check.inclusion-unseen': 'The coordinator does not show the keys of its log.',
  'check.recompute-input-gone':
    'The unit’s input is gone, deleted when its retention ended, so it cannot be computed again.',
  'check.recompute-bounded': long(
    'This result is bounded: another machine’s numbers are equal to it only nearly. They were compared',
    'within what the model allows, and there are no bytes to compute again.',
  ),
  'check.recompute-capped': 'Your limits leave no room to fetch the model {model}.',
  'check.recompute-failed': 'It could not be computed here: {message}',

  'verify.sum.holds': 'Every check held: {held}.',
  'verify.sum.unchecked': '{checks} could not be made here: {unchecked}. The others held: {held}.',
  'verify.sum.none': 'No check could be made here, so nothing is shown either way.',
  'verify.sum.fails': long(
    'This does not hold: {failed}. Verify again; if it stays so, keep the receipt’s name and ask ',
    'the operator what happened. Anyone can check the same receipt.',
  ),
  'verify.sum.broken': 'The checks could not be finished: {message} Try again later.',
  'count.checks': { one: '{n} check', other: '{n} checks' },
} as const;
