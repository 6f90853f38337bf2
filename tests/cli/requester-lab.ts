// A requester with tokens and gas, on the chain of a settlement lab.
import { encodeFunctionData } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import type { Payer } from '#cli/send-call.ts';
import { openChain } from '#settlement/chain.ts';
import type { Hex } from '#settlement/epoch-books.ts';
import { readToken, type Token } from '#settlement/read-token.ts';
import { testDollarAbi } from '#settlement/test-dollar-abi.ts';
import type { SettlementLab } from '../settlement/settlement-lab.ts';

export interface RequesterLab {
  payer: Payer;
  token: Token;
  key: Hex;
}

/** Blocks come by themselves from here on. @param tokens base units */
export async function openRequesterLab(lab: SettlementLab, tokens: bigint): Promise<RequesterLab> {
  const key = generatePrivateKey();
  const account = privateKeyToAccount(key);
  const [governance] = lab.node.accounts as Hex[];
  const args = [account.address, tokens] as const;
  const data = encodeFunctionData({ abi: testDollarAbi, functionName: 'mint', args });
  await lab.send(governance, lab.token, data);
  await lab.node.request('anvil_setBalance', [account.address, `0x${(10n ** 20n).toString(16)}`]);
  await lab.node.request('evm_setAutomine', [true]);
  const chain = await openChain({ ...lab.chain, confirmations: 1 });
  const payer: Payer = { chain, account, maxFeePerGas: 10n ** 11n };
  return { payer, token: await readToken(chain), key };
}
