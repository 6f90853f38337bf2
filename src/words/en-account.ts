// English, the account: binding a wallet, what can be lost, and deletion.
import { long } from './long.ts';

export const englishAccount = {
  'claimable.none': 'Nothing is earned yet.',
  'claimable.unpaid':
    'Earned and not paid out. This coordinator pays nothing out yet: it is a record.',
  'claimable.bound': 'This key is bound to a wallet, so the wallet claims its credit.',
  'claimable.paid': 'Earned and not paid out; {paid} were.',

  'bind.wallet': 'Credit goes to this wallet already: {address}. There is nothing to bind.',
  'bind.bound': 'This browser’s key is bound to {wallet}. To go on, press Start with that wallet.',
  'bind.choose': 'Bind this browser’s key to a wallet:',
  'bind.first':
    'Press Start first. With a wallet its credit is the wallet’s at once; without one, this ' +
    'browser’s key can be bound here.',
  'bind.none': 'No wallet has announced itself to this page.',
  'bind.none.act': 'Install one, or unlock it and look again.',
  'bind.look': 'Look again',
  'bind.means': 'Both keys sign this sentence, in English, with the two addresses:',
  'bind.sentence':
    'Count all credit of this device account for this wallet, now and from now on. This cannot ' +
    'be undone, costs nothing and moves no funds.',
  'bind.effect':
    'From then on this browser’s key gets no more work: you press Start with the wallet. What ' +
    'waits for a verdict is still judged and counts for the wallet.',
  'bind.steps':
    'This browser’s key signs by itself. {wallet} then asks you once. It sends no transaction.',
  'bind.go': 'Sign with {wallet}',
  'bind.cancel': 'Not now',
  'bind.begin': 'Asking the coordinator for a fresh number to sign.',
  'bind.asked': 'Waiting for your signature in {wallet}.',
  'bind.signed': 'Signed by {wallet}. Telling the coordinator.',
  'bind.done': 'Bound. All credit of {device} counts for {wallet} now.',
  'bind.failed': 'Not bound, and nothing has changed: {message}',
  'bind.unsure':
    'The coordinator’s answer did not come: {message} Ask it for your account before you try again.',

  'delete.title': 'Delete my data',
  'delete.goes': 'This goes',
  'delete.goes.browser':
    'From this browser: model files, the signing key, the session, your consent and settings.',
  'delete.goes.coordinator':
    'At the coordinator: your consent, the name of your graphics card, and your network address; ' +
    'of a unit not yet decided, once its batch is over.',
  'delete.stays': 'This stays',
  'delete.stays.receipts':
    'Receipts and signed results under your pseudonym, in a public log that nobody can rewrite. ' +
    'They say that an address computed a unit, not who it is.',
  'delete.stays.credit':
    'Credit, the sums by day, and a binding to a wallet, which follow from them.',
  'delete.loses.credit': long(
    'This browser’s key earned {credit} credit. The key is deleted too, and without it nobody can ',
    'claim that. Bind a wallet first to keep it.',
  ),
  'delete.loses.unknown':
    'If a key of this browser earned credit, nobody can claim it afterwards. Bind a wallet first ' +
    'to keep it.',
  'delete.first': 'First, {results} not sent yet will be sent, so that no credit is lost.',
  'delete.loses.results': '{results} not sent yet will be lost, credit included.',
  'delete.go': 'Delete for good',
  'delete.keep': 'Keep everything',
  'delete.done': 'Deleted, here and at the coordinator.',
  'delete.done-here':
    'Deleted from this browser. There was no session to ask the coordinator with, so what it has ' +
    'is as it was.',
  'delete.failed': 'The coordinator was not asked, or did not answer: {message}',
  'delete.here': 'Delete from this browser only',
  'delete.here.means':
    'What the coordinator has then stays, and once the key is gone this browser cannot ask for ' +
    'its deletion any more.',
} as const;
