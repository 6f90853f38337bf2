// What a chain says, in our codes. The words of nodes are those of geth, erigon, besu and anvil.
import { encodeErrorResult, RpcRequestError } from 'viem';
import { expect, test } from 'vitest';
import { IdlewildError } from '#protocol/errors.ts';
import { toChainError } from '#settlement/chain-errors.ts';
import { settlementAbi } from '#settlement/settlement-abi.ts';

function nodeSays(message: string, data?: string): RpcRequestError {
  const error = { code: -32_000, message, ...(data ? { data } : {}) };
  return new RpcRequestError({ body: {}, url: 'http://node.example', error });
}

test.each([
  ['nonce too low', 'chain/nonce-used'],
  ['replacement transaction underpriced', 'chain/underpriced'],
  ['max fee per gas less than block base fee', 'chain/underpriced'],
  ['already known', 'chain/known'],
  ['insufficient funds for gas * price + value', 'chain/out-of-gas-money'],
  ['the tea is cold', 'chain/refused'],
])('"%s" is %s', (message, code) => {
  expect(toChainError(nodeSays(message), 'do it')).toMatchObject({ code, retryable: false });
});

test("a refusal of the contract has its error's name, its values, and what to do next", () => {
  const data = encodeErrorResult({ abi: settlementAbi, errorName: 'EpochOpen', args: [7n] });
  const error = toChainError(nodeSays('execution reverted', data), 'post epoch 8');
  expect(error).toMatchObject({
    code: 'settlement/epoch-open',
    shortMessage: 'The contract refuses to post epoch 8: EpochOpen(7).',
    retryable: true,
    metaMessages: ['Wait until the epoch before it is final or struck.'],
  });
});

test('the error of another contract is a revert all the same', () => {
  const error = toChainError(nodeSays('execution reverted', '0xdeadbeef'), 'claim');
  expect(error).toMatchObject({ code: 'settlement/reverted', retryable: false });
  expect(error.shortMessage).toContain('0xdeadbeef');
});

test('an error that has a code keeps it', () => {
  const known = new IdlewildError('chain/wrong-chain', 'Another chain.');
  expect(toChainError(known, 'do it')).toBe(known);
});
