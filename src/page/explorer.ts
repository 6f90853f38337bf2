// Where a chain's transactions and contracts can be looked at, for chains whose explorer is known; of
// others the hash alone is shown.
import { shorten } from '#words/format.ts';
import { create } from './elements.ts';

const explorers: Record<number, string> = {
  1: 'https://etherscan.io',
  10: 'https://optimistic.etherscan.io',
  100: 'https://gnosisscan.io',
  137: 'https://polygonscan.com',
  8453: 'https://basescan.org',
  42161: 'https://arbiscan.io',
  84532: 'https://sepolia.basescan.org',
  11155111: 'https://sepolia.etherscan.io',
};

/** A link, or the name in full for whoever has an explorer of their own. */
export function makeChainLink(chainId: number, kind: 'tx' | 'address', name: string): HTMLElement {
  const explorer = explorers[chainId];
  const code = create('code', '', explorer ? shorten(name) : name);
  if (!explorer) return code;
  const link = document.createElement('a');
  link.href = `${explorer}/${kind}/${name}`;
  link.className = 'chain-link';
  link.rel = 'noopener noreferrer';
  link.title = name;
  link.append(code);
  return link;
}
