// Wallets that are contracts on a local chain: deployed (ERC-1271), and known by their address alone
// (ERC-6492). Two accounts of the chain own each, and both must sign.
import {
  decodeFunctionResult,
  encodeDeployData,
  encodeFunctionData,
  type Hex,
  serializeErc6492Signature,
} from 'viem';
import { type Bytes, fromHex } from '#protocol/bytes.ts';
import type { ChainNode } from './chain-node.ts';
import { type CompiledContract, compileSolidity } from './compile-solidity.ts';

export interface ContractAccount {
  address: Hex;
  /** Over typed data as the protocol gives it. */
  sign(data: object): Promise<Bytes>;
}

interface DeployedWallet extends ContractAccount {
  /** Others own it from now on. */
  rotate(): Promise<void>;
}

export interface ContractWallets {
  deployed(): Promise<DeployedWallet>;
  /** Not deployed until `deploy`. */
  counterfactual(): Promise<ContractAccount & { deploy(): Promise<void> }>;
  /** Takes all the gas there is, reverts, or answers nonsense. */
  odd(kind: 'endless' | 'reverting' | 'nonsense'): Promise<Hex>;
}

const oddKinds = ['endless', 'reverting', 'nonsense'];

export async function makeContractWallets(chain: ChainNode): Promise<ContractWallets> {
  const { ContractWallet, OddWallet, WalletFactory } = await compileSolidity('ContractWallet.sol');
  const owners = chain.accounts.slice(0, 2) as Hex[];
  let salts = 0;
  let factory: Hex | null = null;

  async function send(transaction: { to?: Hex; data: Hex }): Promise<{ contractAddress: Hex }> {
    const sent = { from: owners[0], ...transaction };
    const hash = await chain.request('eth_sendTransaction', [sent]);
    for (;;) {
      const receipt = await chain.request('eth_getTransactionReceipt', [hash]);
      if (receipt) return receipt as { contractAddress: Hex };
    }
  }

  async function deploy({ abi, bytecode }: CompiledContract, args: unknown[]): Promise<Hex> {
    return (await send({ data: encodeDeployData({ abi, bytecode, args }) })).contractAddress;
  }

  async function sign(data: object): Promise<Bytes> {
    const signatures: Hex[] = [];
    for (const owner of owners) {
      const written = [owner, JSON.stringify(data)];
      signatures.push((await chain.request('eth_signTypedData_v4', written)) as Hex);
    }
    return fromHex(signatures.map((one) => one.slice(2)).join(''));
  }

  return {
    async deployed() {
      const address = await deploy(ContractWallet, [owners]);
      return {
        address,
        sign,
        async rotate() {
          const args = [chain.accounts.slice(1, 3)];
          const call = { abi: ContractWallet.abi, functionName: 'rotate', args };
          await send({ to: address, data: encodeFunctionData(call) });
        },
      };
    },

    async counterfactual() {
      factory ??= await deploy(WalletFactory, []);
      const to = factory;
      const salt: Hex = `0x${String(++salts).padStart(64, '0')}`;
      const { abi } = WalletFactory;
      const where = { abi, functionName: 'addressOf', args: [salt, owners] };
      const call = [{ to, data: encodeFunctionData(where) }, 'latest'];
      const data = (await chain.request('eth_call', call)) as Hex;
      const address = decodeFunctionResult({ ...where, data }) as Hex;
      const making = { abi, functionName: 'make', args: [salt, owners] };
      const make = encodeFunctionData(making);
      return {
        address,
        async sign(signed) {
          const signature: Hex = `0x${Buffer.from(await sign(signed)).toString('hex')}`;
          const wrapped = serializeErc6492Signature({ address: to, data: make, signature });
          return fromHex(wrapped.slice(2));
        },
        deploy: async () => void (await send({ to, data: make })),
      };
    },

    odd: (kind) => deploy(OddWallet, [oddKinds.indexOf(kind)]),
  };
}
