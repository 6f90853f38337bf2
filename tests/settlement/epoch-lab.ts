// Books of an epoch for the tests: as many accounts as wanted, the same for the same number.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { toHex, utf8 } from '#protocol/bytes.ts';
import { keccak256 } from '#protocol/keccak.ts';
import type { EpochBooks, Hex } from '#settlement/epoch-books.ts';

export function addressOf(name: string): Hex {
  return `0x${toHex(keccak256(utf8(name)).subarray(12))}`;
}

export function hashOf(name: string): Hex {
  return `0x${toHex(keccak256(utf8(name)))}`;
}

/** In order, every credit an integer multiple of 1,000; the orders' debits cover the credits. */
export function makeBooks(accounts: number, orders: number): EpochBooks {
  const credits = Array.from({ length: accounts }, (_, i) => ({
    account: addressOf(`account ${i}`),
    cumulative: BigInt(i + 1) * 1_000n,
  })).sort((a, b) => (a.account < b.account ? -1 : 1));
  const total = credits.reduce((sum, { cumulative }) => sum + cumulative, 0n);
  const debits = Array.from({ length: orders }, (_, i) => ({
    requester: addressOf(`requester ${i}`),
    order: hashOf(`order ${i}`),
    cumulative: total / BigInt(orders) + 1n,
  })).sort((a, b) => (a.requester < b.requester ? -1 : 1));
  return { credits, debits };
}

export async function makeTestFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'idlewild-epochs-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
