// The token that a settlement contract pays in, as the token describes itself.
import { parseAbi } from 'viem';
import type { Chain } from './chain.ts';
import type { Hex } from './epoch-books.ts';
import { settlementAbi } from './settlement-abi.ts';

export interface Token {
  /** In lower case. */
  address: Hex;
  symbol: string;
  decimals: number;
}

const tokenAbi = parseAbi([
  'function symbol() view returns (string)',
  'function decimals() view returns (uint8)',
]);

/** It is shown to people: no more than this of it, and no control characters. */
const symbolLengthMax = 16;

/** @throws chain/... */
export async function readToken(chain: Chain): Promise<Token> {
  return chain.ask('describe the token', async (client) => {
    const at = { address: chain.settlement, abi: settlementAbi } as const;
    const address = await client.readContract({ ...at, functionName: 'token' });
    const ofToken = { address, abi: tokenAbi } as const;
    const symbol = await client.readContract({ ...ofToken, functionName: 'symbol' });
    const decimals = await client.readContract({ ...ofToken, functionName: 'decimals' });
    return {
      address: address.toLowerCase() as Hex,
      symbol: symbol.replace(/[^\x20-\x7e]/g, '').slice(0, symbolLengthMax),
      decimals,
    };
  });
}
