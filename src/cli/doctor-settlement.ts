// The doctor's look at what pays contributors: the contract, the token, the poster's key and its gas.
import { openChain } from '#settlement/chain.ts';
import type { Hex } from '#settlement/epoch-books.ts';
import { readToken } from '#settlement/read-token.ts';
import { settlementAbi } from '#settlement/settlement-abi.ts';
import { suggestFees } from '#settlement/transaction-fees.ts';
import { type Finding, failed, found, warned } from './finding.ts';
import { readSettlement } from './read-settlement.ts';
import type { Settings } from './settings.ts';

/** In the contract's order. */
const posterRole = 1;
/** A post, and a claim for fifty. */
const epochGas = 4_000_000n;
/** Epochs that the poster should be able to pay for. */
const epochsMin = 10n;

export async function checkSettlement(settings: Settings): Promise<Finding[]> {
  const options = await readSettlement(settings);
  if (!options) return [found('settlement', 'none: contributors are not paid')];
  const { contract, poster, confirmations = 1 } = options;
  const chain = await openChain({
    url: settings['chain-rpc'] ?? '',
    chainId: settings['chain-id'],
    settlement: contract,
    confirmations,
  });
  const { symbol, decimals } = await readToken(chain);
  const findings = [found('settlement', `the contract pays in ${symbol} of ${decimals} decimals`)];
  const holder = await chain.ask('name its poster', (client) =>
    client.readContract({
      address: contract,
      abi: settlementAbi,
      functionName: 'holder',
      args: [posterRole],
    }),
  );
  const { address } = poster;
  findings.push(
    holder.toLowerCase() === address.toLowerCase()
      ? found('poster', `${address} may post`)
      : failed('poster', `${address} may not post`, `The contract's poster is ${holder}.`),
  );
  const balance = await chain.ask('show a balance', (client) => client.getBalance({ address }));
  const { maxFeePerGas } = await suggestFees(chain);
  return [...findings, checkGas(address, balance, maxFeePerGas)];
}

function checkGas(address: Hex, balance: bigint, maxFeePerGas: bigint): Finding {
  const epochs = maxFeePerGas === 0n ? epochsMin : balance / (maxFeePerGas * epochGas);
  const todo = `Send the chain's own currency to ${address}.`;
  if (balance === 0n) return failed('gas', 'the poster has nothing to pay gas with', todo);
  const words = `the poster can pay for ${epochs > 1_000n ? 'over 1000' : epochs} epochs`;
  return epochs < epochsMin ? warned('gas', words, todo) : found('gas', words);
}
