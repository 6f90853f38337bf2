// What must hold of the lab's log after whatever was done to it, and seeded groups to fill it with.
import { expect } from 'vitest';
import { verifyByNode } from '#ledger/log-signer.ts';
import { toHex } from '#protocol/bytes.ts';
import { openCheckpoint } from '#protocol/checkpoint.ts';
import { compareHeads } from '#protocol/log-follow.ts';
import { leafHash, rootOfHashes } from '#protocol/merkle.ts';
import { openTileTree } from '#protocol/tile-reader.ts';
import { checkBooks } from '#store/check-books.ts';
import { readCheckpoint, readLeaves, toEntry } from '#store/log-reads.ts';
import { type LabDatabase, type LabReceipt, origin, signer } from './log-lab.ts';

const trust = { origin, keysAt: () => [signer.key] };

/** A seeded stream of groups: mulberry32. */
export function makeGroups(seed: number) {
  let state = seed;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const group = (): LabReceipt[] =>
    Array.from({ length: 1 + Math.floor(random() * 6) }, () => ({
      account: Math.floor(random() * 5),
      open: random() < 0.5,
      voided: random() < 0.2,
    }));
  return { random, group };
}

export async function readHead(lab: LabDatabase) {
  const head = await lab.run(readCheckpoint);
  const opened = head && (await openCheckpoint(head.checkpoint, trust, verifyByNode));
  if (opened?.state !== 'verified') throw new Error('not signed');
  return opened.checkpoint;
}

/** Every published head is a prefix of the log as it is now; every receipt is in it once. */
export async function checkWhole(
  lab: LabDatabase,
  published: readonly { size: number; root: Uint8Array }[],
): Promise<void> {
  const head = await readHead(lab);
  const tree = await openTileTree(lab.reader, head);
  for (const older of published) {
    const growing = older.size > 0 && older.size < head.size;
    const proof = growing ? await tree.consistencyProof(older.size) : [];
    expect(['same', 'grown']).toContain(compareHeads(older, head, proof));
  }
  const rows = (await lab.run((transaction) =>
    readLeaves(transaction, { start: 0, end: head.size }),
  ))!;
  const entries = rows.map(({ payload, salt }) => toEntry({ payload: payload!, salt }));
  expect(toHex(rootOfHashes(entries.map(leafHash)))).toBe(toHex(head.root));
  const all = await lab.run(({ query }) =>
    query<{ payload: Uint8Array }>('select payload from receipts'),
  );
  const named = (some: { payload: Uint8Array | null }[]) =>
    some.map(({ payload }) => toHex(payload!)).sort();
  expect(named(rows)).toEqual(named(all));
  await lab.run(checkBooks).catch((error: Error) => {
    // The lab writes no verdicts; what it writes must hold.
    expect(error.message).toMatch(/an account/);
  });
}
