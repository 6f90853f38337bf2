// The doctor's look at the chain's node, which tells what wallets that are contracts have signed.
import { createWalletChain } from '#ledger/wallet-chain.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { type Finding, failed, found, warned } from './finding.ts';
import type { Settings } from './settings.ts';

export async function checkChain(settings: Settings): Promise<Finding[]> {
  const { 'chain-id': chainId, 'chain-rpc': url } = settings;
  if (url === undefined) {
    return [found('chain', `no node of chain ${chainId}: wallets that are contracts are refused`)];
  }
  try {
    await createWalletChain({ chainId, url }).checkId();
    return [found('chain', `the node is of chain ${chainId}`)];
  } catch (thrown) {
    if (!(thrown instanceof IdlewildError)) throw thrown;
    const todo = `Look at --chain-rpc and --chain-id (${thrown.code}).`;
    const isAway = thrown.code === 'chain/unreachable';
    return [(isAway ? warned : failed)('chain', thrown.shortMessage, todo)];
  }
}
