// The few calls of the contract that a claimer needs, as bytes: each is a selector and words of 32 bytes.
// tests/page/settlement-data.test.ts holds them to the contract's own interface.

/** First four bytes of the keccak-256 of a signature; of an event all of it. */
const selectors = {
  /** claim(address,uint256,bytes32[]) */
  claim: '0x3d13f874',
  /** claimed(address) */
  claimed: '0xc884ef83',
  /** finalEpoch() */
  finalEpoch: '0x3a98d88e',
} as const;

/** Claimed(address indexed account, uint256 amount, uint256 cumulative) */
export const claimedEvent = '0x987d620f307ff6b94d58743cb7a7509f24071586a77759b77c2d4e29f75a2f9a';

/** What the contract refuses a claim with, by the selector of its error. */
export const claimFaults = {
  '0x969bf728': 'nothing-to-claim',
  '0x09bde339': 'invalid-proof',
  '0xceb7135a': 'nothing-collected',
  '0x32fb7c98': 'paused',
} as const;

const wordDigits = 64;

export function addressWord(address: string): string {
  return address.slice(2).toLowerCase().padStart(wordDigits, '0');
}

function numberWord(number: bigint | number): string {
  return number.toString(16).padStart(wordDigits, '0');
}

export interface Claim {
  account: string;
  cumulative: bigint;
  proof: readonly string[];
}

export function claimData({ account, cumulative, proof }: Claim): string {
  // The list lies behind the three words before it: its place, 96 bytes, and its length come first.
  const list = [numberWord(96), numberWord(proof.length), ...proof.map((node) => node.slice(2))];
  return [selectors.claim, addressWord(account), numberWord(cumulative), ...list].join('');
}

export function claimedData(account: string): string {
  return selectors.claimed + addressWord(account);
}

export const finalEpochData = selectors.finalEpoch;

/** The one word of an answer, or a word of a log's data. @returns null for what is none */
export function readWord(answer: unknown, place = 0): bigint | null {
  if (typeof answer !== 'string' || !/^0x([0-9a-fA-F]{64})+$/.test(answer)) return null;
  const from = 2 + place * wordDigits;
  const digits = answer.slice(from, from + wordDigits);
  return digits ? BigInt(`0x${digits}`) : null;
}
