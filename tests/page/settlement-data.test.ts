// The bytes that the page sends to the contract are those of the contract's own interface.
import fc from 'fast-check';
import { decodeFunctionData, encodeFunctionData, toEventSelector, toFunctionSelector } from 'viem';
import { expect, test } from 'vitest';
import {
  claimData,
  claimedData,
  claimedEvent,
  claimFaults,
  finalEpochData,
  readWord,
} from '#page/settlement-data.ts';
import { settlementAbi } from '#settlement/settlement-abi.ts';

const account = `0x${'aB'.repeat(20)}`;
const hash = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => `0x${Buffer.from(bytes).toString('hex')}`);

test('a claim of any amount with any proof is encoded as viem does', () => {
  const amounts = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });
  fc.assert(
    fc.property(amounts, fc.array(hash, { maxLength: 20 }), (cumulative, proof) => {
      const data = claimData({ account, cumulative, proof }) as `0x${string}`;
      const args = [account.toLowerCase(), cumulative, proof] as never;
      const functionName = 'claim';
      expect(data).toBe(encodeFunctionData({ abi: settlementAbi, functionName, args }));
      expect(decodeFunctionData({ abi: settlementAbi, data }).args?.[1]).toBe(cumulative);
    }),
  );
});

test('what is read of it is asked as viem does, and its words are read', () => {
  const args = [account.toLowerCase()] as never;
  const asked = { abi: settlementAbi, functionName: 'claimed', args } as const;
  expect(claimedData(account)).toBe(encodeFunctionData(asked));
  expect(finalEpochData).toBe(toFunctionSelector('finalEpoch()'));
  const two = `0x${'7'.padStart(64, '0')}${'ff'.padStart(64, '0')}`;
  expect([readWord(two), readWord(two, 1), readWord(two, 2)]).toEqual([7n, 255n, null]);
  expect(['0x', '0x12', null, 7, {}].map((answer) => readWord(answer))).toEqual(
    Array(5).fill(null),
  );
});

test('errors and the event are the contract’s', () => {
  const errors = ['NothingToClaim()', 'InvalidProof()', 'NothingCollected()', 'Paused(uint256)'];
  expect(Object.keys(claimFaults)).toEqual(errors.map((error) => toFunctionSelector(error)));
  const names = settlementAbi.flatMap((one) => (one.type === 'error' ? one.name : []));
  expect(names).toEqual(expect.arrayContaining(errors.map((error) => error.split('(')[0])));
  expect(claimedEvent).toBe(toEventSelector('Claimed(address,uint256,uint256)'));
});
