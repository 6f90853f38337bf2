// An ERC-2612 permit, where the token has it: the requester's signature stands in for a transaction
// that approves. Tokens differ in how they name their domain, so ours is used only where it hashes to
// the one that the token itself goes by.
import {
  type Address,
  domainSeparator,
  parseAbi,
  parseSignature,
  type TypedDataDomain,
} from 'viem';
import type { Chain } from '#settlement/chain.ts';
import type { Hex } from '#settlement/epoch-books.ts';
import type { Payer } from './send-call.ts';

const permitAbi = parseAbi([
  'function DOMAIN_SEPARATOR() view returns (bytes32)',
  'function name() view returns (string)',
  'function version() view returns (string)',
  'function nonces(address owner) view returns (uint256)',
]);

const types = {
  Permit: [
    { name: 'owner', type: 'address' },
    { name: 'spender', type: 'address' },
    { name: 'value', type: 'uint256' },
    { name: 'nonce', type: 'uint256' },
    { name: 'deadline', type: 'uint256' },
  ],
} as const;

/** A transaction that waits longer is asked for anew. */
const permitSeconds = 3_600n;

export interface Permit {
  deadline: bigint;
  v: number;
  r: Hex;
  s: Hex;
}

interface Permitted {
  token: Address;
  spender: Address;
  value: bigint;
}

/** @returns null where the token has no permits that we know how to sign */
export async function signPermit(
  { chain, account }: Payer,
  { token, spender, value }: Permitted,
): Promise<Permit | null> {
  const known = await findDomain(chain, token, account.address);
  if (known === null) return null;
  const { domain, nonce } = known;
  const { timestamp } = await chain.ask('show a block', (client) => client.getBlock());
  const deadline = timestamp + permitSeconds;
  const message = { owner: account.address, spender, value, nonce, deadline };
  const signature = await account.signTypedData({ domain, types, primaryType: 'Permit', message });
  const { r, s, yParity } = parseSignature(signature);
  return { deadline, v: 27 + yParity, r, s };
}

async function findDomain(chain: Chain, token: Address, owner: Address) {
  const ask = <Answer>(question: Promise<Answer>) => question.catch(notThere);
  return chain.ask('describe the token', async (client) => {
    const at = { address: token, abi: permitAbi } as const;
    const separator = await ask(client.readContract({ ...at, functionName: 'DOMAIN_SEPARATOR' }));
    const nonce = await ask(client.readContract({ ...at, functionName: 'nonces', args: [owner] }));
    const name = await ask(client.readContract({ ...at, functionName: 'name' }));
    if (separator === null || nonce === null || name === null) return null;
    const version = (await ask(client.readContract({ ...at, functionName: 'version' }))) ?? '1';
    const { chainId } = chain;
    const domain: TypedDataDomain = { name, version, chainId, verifyingContract: token };
    return domainSeparator({ domain }) === separator ? { domain, nonce } : null;
  });
}

/** A function that a contract lacks; a node that is away is another matter. */
function notThere(thrown: unknown): null {
  for (let at = thrown; at instanceof Error; at = at.cause) {
    if (/^ContractFunction(Reverted|ZeroData)Error$|^AbiDecoding/.test(at.name)) return null;
  }
  throw thrown;
}
