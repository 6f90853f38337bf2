// A wallet that is a contract says itself what it signed: its chain is asked, through a node that is
// not trusted with more than that. ERC-1271 where it is deployed, ERC-6492 where it will be.
//
//   unsure → (eth_chainId is ours) → sure → (a question fails) → unsure
import {
  encodeDeployData,
  encodeFunctionData,
  erc6492SignatureValidatorAbi,
  erc6492SignatureValidatorByteCode,
  type Hex,
  isErc6492Signature,
  parseAbi,
} from 'viem';
import { toHex } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { WalletCheck } from '#protocol/receipt.ts';
import { askNode, type NodeAddress, reverted, unreachable } from './json-rpc.ts';
import type { WalletStatement } from './wallet-signature.ts';

export interface WalletChain {
  chainId: number;
  /** @throws chain/wrong-id, chain/unreachable */
  checkId(): Promise<void>;
  /**
   * @param block by default the newest
   * @returns null where there is no such contract, or it says no
   * @throws chain/wrong-id, chain/unreachable
   */
  ask(statement: WalletStatement, block?: number): Promise<WalletCheck | null>;
}

export interface WalletChainOptions extends NodeAddress {
  chainId: number;
}

const erc1271Abi = parseAbi([
  'function isValidSignature(bytes32 hash, bytes signature) view returns (bytes4)',
]);
/** What isValidSignature answers for yes: its own selector, padded to a word. */
const isValidWord = `0x1626ba7e${'0'.repeat(56)}`;
const yes = 1n;

/** @throws settings/invalid for an address that cannot be one; it is not shown */
export function createWalletChain({ chainId, ...node }: WalletChainOptions): WalletChain {
  checkAddress(node.url);
  let isSure = false;

  async function ask(method: string, params: readonly unknown[]): Promise<unknown> {
    try {
      return await askNode(node, method, params);
    } catch (thrown) {
      // Who answers at the address after this may be another.
      isSure = false;
      throw thrown;
    }
  }

  async function checkId(): Promise<void> {
    const told = readQuantity(await ask('eth_chainId', []));
    if (told !== chainId) {
      const message = `The node is of chain ${told}, and the grants are of chain ${chainId}.`;
      throw new IdlewildError('chain/wrong-id', message, {
        metaMessages: [`Its operator names a node of chain ${chainId} by --chain-rpc.`],
      });
    }
    isSure = true;
  }

  return {
    chainId,
    checkId,
    async ask(statement, at) {
      if (!isSure) await checkId();
      const block = at ?? readQuantity(await ask('eth_blockNumber', []));
      const { kind, call, isYes } = ask1271Or6492(statement);
      const answer = await ask('eth_call', [call, `0x${block.toString(16)}`]);
      return isYes(answer) ? { kind, block } : null;
    },
  };
}

/** Of whichever chain the node is. @throws settings/invalid, chain/unreachable */
export async function openWalletChain(node: NodeAddress): Promise<WalletChain> {
  checkAddress(node.url);
  const chainId = readQuantity(await askNode(node, 'eth_chainId', []));
  return createWalletChain({ ...node, chainId });
}

/** As eth_call takes it, and what says yes to it. */
function ask1271Or6492({ account, hash, signature }: WalletStatement) {
  const written: Hex = `0x${toHex(signature)}`;
  const address = account.toLowerCase() as Hex;
  if (signature.length > 32 && isErc6492Signature(written)) {
    const data = encodeDeployData({
      abi: erc6492SignatureValidatorAbi,
      bytecode: erc6492SignatureValidatorByteCode,
      args: [address, hash, written],
    });
    const isYes = (answer: unknown) => isHexWord(answer) && BigInt(answer) === yes;
    return { kind: 'erc6492', call: { data }, isYes } as const;
  }
  const args = [hash, written] as const;
  const data = encodeFunctionData({ abi: erc1271Abi, functionName: 'isValidSignature', args });
  const isYes = (answer: unknown) => answer === isValidWord;
  return { kind: 'erc1271', call: { to: address, data }, isYes } as const;
}

/** The validator answers one byte, or one word. */
function isHexWord(answer: unknown): answer is Hex {
  return answer !== reverted && /^0x[0-9a-f]{1,64}$/i.test(String(answer));
}

function readQuantity(answer: unknown): number {
  const value = /^0x[0-9a-f]{1,14}$/i.test(String(answer)) ? Number(answer) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw unreachable('gave no answer that can be read');
  return value;
}

function checkAddress(url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const isHttp = parsed !== null && /^https?:$/.test(parsed.protocol);
  if (isHttp && parsed.username === '' && parsed.password === '') return;
  const message = "The chain's node must be an http(s) address, without a user's name in it.";
  throw new IdlewildError('settings/invalid', message, {
    metaMessages: ['Such as http://127.0.0.1:8545, by --chain-rpc or IDLEWILD_CHAIN_RPC.'],
  });
}
