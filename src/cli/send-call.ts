// One call to a contract, from estimate to the block that is believed, for commands that a person runs
// once. They need no journal: sums on the contract are cumulative, so a call that is sent twice is
// refused there, and one that another transaction may overtake is not sent at all.
import { keccak256, type TransactionReceipt } from 'viem';
import type { LocalAccount } from 'viem/accounts';
import { IdlewildError } from '#protocol/errors.ts';
import type { Chain } from '#settlement/chain.ts';
import type { Hex } from '#settlement/epoch-books.ts';
import { capFees, suggestFees } from '#settlement/transaction-fees.ts';

export interface Payer {
  chain: Chain;
  /** Pays the gas. */
  account: LocalAccount;
  /** Wei for a unit of gas, whatever the node suggests. */
  maxFeePerGas: bigint;
  /** Told each transaction as it is sent. */
  onSent?(hash: Hex): void;
}

export interface OneCall {
  to: Hex;
  data: Hex;
  /** For sentences: "to claim for 0x…". */
  doing: string;
}

const pollMs = 1_000;
const waitMsMax = 10 * 60_000;

/**
 * @throws settlement/... before anything is signed; chain/busy where the account has transactions under
 * way; chain/reverted, chain/slow with the transaction's hash
 */
export async function sendCall(payer: Payer, call: OneCall): Promise<TransactionReceipt> {
  const { chain, account, maxFeePerGas, onSent = () => {} } = payer;
  const nonce = await findFreeNonce(payer);
  const { to, data, doing } = call;
  const gas = await chain.ask(doing, (client) =>
    client.estimateGas({ account: account.address, to, data }),
  );
  const fees = capFees(await suggestFees(chain), maxFeePerGas);
  const { chainId } = chain;
  const raw = await account.signTransaction({
    type: 'eip1559',
    chainId,
    nonce,
    to,
    data,
    gas: (gas * 5n) / 4n,
    ...fees,
  });
  const hash = keccak256(raw);
  await chain.ask(doing, (client) => client.sendRawTransaction({ serializedTransaction: raw }));
  onSent(hash);
  const receipt = await waitFor(chain, hash);
  if (receipt.status === 'success') return receipt;
  throw new IdlewildError('chain/reverted', `The chain did not ${doing}: ${hash} reverted.`, {
    retryable: true,
    metaMessages: ['Somebody else may have been first. Run this again to see what is left.'],
  });
}

/** What waits already could be this very call: a second would pay its gas for nothing. */
async function findFreeNonce({ chain, account: { address } }: Payer): Promise<number> {
  const [mined, pending] = await chain.ask('count transactions', (client) =>
    Promise.all([
      client.getTransactionCount({ address, blockTag: 'latest' }),
      client.getTransactionCount({ address, blockTag: 'pending' }),
    ]),
  );
  if (pending <= mined) return mined;
  throw new IdlewildError('chain/busy', `${address} has ${pending - mined} transactions waiting.`, {
    retryable: true,
    metaMessages: ['Run this again when they are in a block.'],
  });
}

async function waitFor(chain: Chain, hash: Hex): Promise<TransactionReceipt> {
  for (let waitedMs = 0; waitedMs < waitMsMax; waitedMs += pollMs) {
    const receipt = await chain.ask('show a receipt', (client) =>
      client.getTransactionReceipt({ hash }).catch((thrown) => {
        if ((thrown as Error).name === 'TransactionReceiptNotFoundError') return null;
        throw thrown;
      }),
    );
    const { believed } = await chain.readHead();
    if (receipt && receipt.blockNumber <= believed) return receipt;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  throw new IdlewildError('chain/slow', `No block that is believed has ${hash} yet.`, {
    retryable: true,
    metaMessages: ['It is under way: look at it later. Nothing is paid twice.'],
  });
}
