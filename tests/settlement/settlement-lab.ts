// A real chain with the real contract, a token, a requester's deposit and a signed order: what the
// tests of the chain's client need.
import { encodeDeployData, encodeFunctionData } from 'viem';
import { generatePrivateKey, type LocalAccount, privateKeyToAccount } from 'viem/accounts';
import { type Chain, openChain } from '#settlement/chain.ts';
import type { Hex } from '#settlement/epoch-books.ts';
import type { Sender } from '#settlement/sender.ts';
import { settlementAbi, settlementBytecode } from '#settlement/settlement-abi.ts';
import { hashOrder, orderTypedData, type SpendingOrder } from '#settlement/spending-order.ts';
import { testDollarAbi, testDollarBytecode } from '#settlement/test-dollar-abi.ts';
import { type ChainNode, startChain } from '../wallet/chain-node.ts';
import { hashOf } from './epoch-lab.ts';
import { createMemoryJournal } from './memory-journal.ts';
import { type NodeGate, openGate } from './node-gate.ts';

const daySeconds = 86_400;
/** A machine with other work answers late. */
const answerMsMax = 300_000;
const ether = 10n ** 18n;

export interface SettlementLab {
  node: ChainNode;
  gate: NodeGate;
  token: Hex;
  settlement: Hex;
  chain: Chain;
  /** Who may post. */
  sender: Sender;
  /** Who has a deposit of 10^18 base units. */
  requester: LocalAccount;
  order: SpendingOrder;
  orderHash: Hex;
  orderSignature: Hex;
  /** Milliseconds of the sender's clock. */
  clock: { now: number };
  arbiter: Hex;
  mine(blocks?: number): Promise<void>;
  /** As anyone of the node's accounts; in a block when this resolves. */
  send(from: Hex, to: Hex | null, data: Hex): Promise<Hex | null>;
  passDays(days: number): Promise<void>;
  close(): Promise<void>;
}

export const chainId = 31_337;

/** @param confirmations that the client waits for */
export async function openLab(confirmations = 2): Promise<SettlementLab> {
  const node = await startChain(chainId);
  const gate = await openGate(node);
  // Blocks come when a test says so, and hold what was sent by then.
  await node.request('evm_setAutomine', [false]);
  const [governance, arbiter, guardian] = node.accounts as Hex[];
  const poster = await fund(node);
  const requester = await fund(node);
  const send = (from: Hex, to: Hex | null, data: Hex) => sendFrom(node, { from, to, data });

  const token = (await send(governance, null, testDollarBytecode))!;
  const settlement = (await send(
    governance,
    null,
    encodeDeployData({
      abi: settlementAbi,
      bytecode: settlementBytecode,
      args: [
        token,
        {
          disputeWindow: BigInt(daySeconds),
          rulingTime: BigInt(daySeconds),
          withdrawalDelay: BigInt(5 * daySeconds),
          bond: 1_000_000n,
        },
        governance,
        poster.address,
        arbiter,
        guardian,
      ],
    }),
  ))!;
  await deposit({ send, from: guardian, token, settlement, requester: requester.address });
  const order: SpendingOrder = {
    requester: requester.address.toLowerCase() as Hex,
    project: hashOf('project'),
    cap: ether,
    expiresAt: 4_000_000_000n,
    nonce: hashOf('nonce'),
  };
  const orderSignature = await requester.signTypedData(
    orderTypedData(order, { chainId, settlement }),
  );
  const url = gate.url;
  const chain = await openChain({
    url,
    chainId,
    settlement,
    confirmations,
    timeoutMs: answerMsMax,
  });
  const clock = { now: 1_000_000 };
  const sender: Sender = {
    chain,
    account: poster,
    journal: createMemoryJournal(),
    maxFeePerGas: ether / 1_000_000n,
    stuckAfterMs: 60_000,
    now: () => clock.now,
  };
  const mine = async (blocks = 1) => {
    await node.request('anvil_mine', [`0x${blocks.toString(16)}`]);
  };
  return {
    node,
    gate,
    token,
    settlement,
    chain,
    sender,
    requester,
    order,
    orderHash: hashOrder(order),
    orderSignature,
    clock,
    arbiter,
    mine,
    send,
    async passDays(days) {
      await node.request('evm_increaseTime', [days * daySeconds]);
      await mine(confirmations);
    },
    async close() {
      await gate.close();
      await node.close();
    },
  };
}

/** A key of our own, with the chain's currency. */
async function fund(node: ChainNode) {
  const account = privateKeyToAccount(generatePrivateKey());
  await node.request('anvil_setBalance', [account.address, `0x${(1_000n * ether).toString(16)}`]);
  return account;
}

async function deposit(options: {
  send: SettlementLab['send'];
  from: Hex;
  token: Hex;
  settlement: Hex;
  requester: Hex;
}): Promise<void> {
  const { send, from, token, settlement, requester } = options;
  const amount = ether;
  const ofToken = (functionName: 'mint' | 'approve', account: Hex) =>
    encodeFunctionData({ abi: testDollarAbi, functionName, args: [account, 2n * amount] });
  await send(from, token, ofToken('mint', from));
  await send(from, token, ofToken('approve', settlement));
  const args = [requester, amount] as const;
  await send(
    from,
    settlement,
    encodeFunctionData({ abi: settlementAbi, functionName: 'deposit', args }),
  );
}

/** @returns the address of a contract that it made */
async function sendFrom(
  node: ChainNode,
  { from, to, data }: { from: Hex; to: Hex | null; data: Hex },
): Promise<Hex | null> {
  const call = { from, data, gas: '0x989680', ...(to ? { to } : {}) };
  const hash = await node.request('eth_sendTransaction', [call]);
  type Receipt = { status: string; contractAddress: Hex | null } | null;
  let receipt: Receipt = null;
  while (receipt === null) {
    await node.request('anvil_mine', ['0x1']);
    receipt = (await node.request('eth_getTransactionReceipt', [hash])) as Receipt;
  }
  if (receipt.status !== '0x1') throw new Error(`The chain reverted a call of the test to ${to}.`);
  return receipt.contractAddress;
}
