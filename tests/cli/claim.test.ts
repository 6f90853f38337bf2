// What `idlewild claim` refuses before it asks anyone.
import { expect, test } from 'vitest';
import { addClaim } from '#cli/claim.ts';
import { addressOf } from '../settlement/epoch-lab.ts';
import { runCommand } from './run-command.ts';

const account = addressOf('a contributor');
/** One capital letter that is no checksum. */
const mistyped = account.replace(/[a-f]/, (letter) => letter.toUpperCase());
const nowhere = 'http://127.0.0.1:9';

test.each([
  [['--all', '--account', account, '--coordinator', nowhere], 'exclude each other'],
  [['--account', account, '--min', '1', '--coordinator', nowhere], '--min belongs to --all'],
  [['--all', '--files', nowhere], 'Give --coordinator, or both'],
  [['--all', '--settlement', account], 'Give --coordinator, or both'],
  [['--account', '0x1234'], 'expected an address'],
  [['--account', mistyped], 'capital letters are mistyped'],
  [['--all', '--chain-id', '0'], 'expected the number of a chain'],
  [['--all', '--confirmations', '0'], 'expected 1 to 1000'],
  [['--all', '--max-fee', '0'], 'expected gwei'],
])('%j is refused', async (words, message) => {
  const run = runCommand(addClaim, ['claim', '--chain-rpc', nowhere, ...words]);
  await expect(run).rejects.toThrow(message);
});
