// The demo's money: a chain of its own, a test stablecoin, the settlement contract, and the people who
// hold its keys. All of it is gone when the demo ends.
import { encodeDeployData, encodeFunctionData, parseEther, parseGwei } from 'viem';
import { generatePrivateKey, type LocalAccount, privateKeyToAccount } from 'viem/accounts';
import { IdlewildError } from '#protocol/errors.ts';
import { openChain } from '#settlement/chain.ts';
import type { Hex } from '#settlement/epoch-books.ts';
import { readToken, type Token } from '#settlement/read-token.ts';
import { settlementAbi, settlementBytecode } from '#settlement/settlement-abi.ts';
import { testDollarAbi, testDollarBytecode } from '#settlement/test-dollar-abi.ts';
import { type LocalChain, startLocalChain } from './local-chain.ts';
import type { Payer } from './send-call.ts';

export interface DemoChain {
  node: LocalChain;
  contract: Hex;
  token: Token;
  /** Posts the epochs. */
  poster: LocalAccount;
  /** Holds test dollars. */
  requester: Payer;
  /** Pays the gas of everybody's claims. */
  relayer: Payer;
  /** As if so many seconds went by. */
  pass(seconds: number): Promise<void>;
  close(): Promise<void>;
}

const chainId = 31_337;
/** Of the chain, which shares its machine with browsers that compute. */
const answerMsMax = 300_000;
const daySeconds = 86_400;
/** The shortest that the contract allows. */
export const windowSeconds = daySeconds;
const terms = {
  disputeWindow: BigInt(windowSeconds),
  rulingTime: BigInt(daySeconds),
  withdrawalDelay: BigInt(5 * daySeconds),
  bond: 1_000_000n,
};
/** Base units: 10,000 test dollars. */
export const depositAmount = 10_000_000_000n;

export async function openDemoChain(): Promise<DemoChain> {
  const node = await startLocalChain(chainId);
  try {
    return await furnish(node);
  } catch (thrown) {
    await node.close();
    throw thrown;
  }
}

async function furnish(node: LocalChain): Promise<DemoChain> {
  const [governance, arbiter, guardian] = node.accounts as Hex[];
  const poster = await fund(node);
  const tokenAddress = await send(node, { from: governance, data: testDollarBytecode });
  const contract = await send(node, {
    from: governance,
    data: encodeDeployData({
      abi: settlementAbi,
      bytecode: settlementBytecode,
      args: [tokenAddress, terms, governance, poster.address, arbiter, guardian],
    }),
  });
  const requester = await fund(node);
  const args = [requester.address, depositAmount] as const;
  const mint = encodeFunctionData({ abi: testDollarAbi, functionName: 'mint', args });
  await send(node, { from: governance, to: tokenAddress, data: mint });
  const { url } = node;
  const at = { url, chainId, settlement: contract, confirmations: 1 };
  const chain = await openChain({ ...at, timeoutMs: answerMsMax });
  const maxFeePerGas = parseGwei('100');
  return {
    node,
    contract,
    token: await readToken(chain),
    poster,
    requester: { chain, account: requester, maxFeePerGas },
    relayer: { chain, account: await fund(node), maxFeePerGas },
    async pass(seconds) {
      await node.request('evm_increaseTime', [seconds]);
      await node.request('anvil_mine', ['0x1']);
    },
    close: () => node.close(),
  };
}

/** A key of its own, with the chain's currency for gas. */
async function fund(node: LocalChain): Promise<LocalAccount> {
  const account = privateKeyToAccount(generatePrivateKey());
  const balance = `0x${parseEther('100').toString(16)}`;
  await node.request('anvil_setBalance', [account.address, balance]);
  return account;
}

interface Sending {
  from: Hex;
  /** None makes a contract. */
  to?: Hex;
  data: Hex;
}

/** In a block when it resolves. @returns the contract's address */
async function send(node: LocalChain, sending: Sending): Promise<Hex> {
  const hash = await node.request('eth_sendTransaction', [sending]);
  type Mined = { status: string; contractAddress: Hex | null } | null;
  let receipt: Mined = null;
  while (receipt === null) {
    await node.request('anvil_mine', ['0x1']);
    receipt = (await node.request('eth_getTransactionReceipt', [hash])) as Mined;
  }
  if (receipt.status === '0x1') return receipt.contractAddress ?? '0x';
  throw new IdlewildError('demo/chain', "The demo's chain reverted a call.");
}
