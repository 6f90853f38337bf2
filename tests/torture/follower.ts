// Whoever follows the log under torture: keeps every checkpoint that it ever saw. In the end each of
// them must be the beginning of the last, and signed.
import { setTimeout } from 'node:timers/promises';
import { openAudited } from '#cli/audit-source.ts';
import { verifyByNode } from '#ledger/log-signer.ts';
import { openCheckpoint } from '#protocol/checkpoint.ts';
import { compareHeads } from '#protocol/log-follow.ts';
import { openTileTree } from '#protocol/tile-reader.ts';

export interface Follower {
  seen(): number;
  /** Looks once more, and compares. @returns what does not go together, in words */
  compare(): Promise<string[]>;
  stop(): Promise<void>;
}

const waitMs = 300;

export function followTortured(origin: string): Follower {
  const notes = new Map<string, Uint8Array>();
  let stopped = false;

  async function look(): Promise<void> {
    const answer = await fetch(`${origin}/v1/log/checkpoint`);
    if (!answer.ok) return;
    const note = new Uint8Array(await answer.arrayBuffer());
    notes.set(Buffer.from(note).toString(), note);
  }

  async function run(): Promise<void> {
    while (!stopped) {
      // Down, just now.
      await look().catch(() => {});
      await setTimeout(waitMs);
    }
  }

  const running = run();
  return {
    seen: () => notes.size,
    async stop() {
      stopped = true;
      await running;
    },
    async compare() {
      const { trust, source, readCheckpoint } = await openAudited(origin, {});
      const open = (note: Uint8Array) => openCheckpoint(note, trust, verifyByNode);
      const last = await open(await readCheckpoint());
      if (last.state === 'refused') return [`the last checkpoint: ${last.message}`];
      const tree = await openTileTree(source, last.checkpoint);
      const wrong: string[] = [];
      for (const note of notes.values()) {
        const older = await open(note);
        if (older.state === 'refused') wrong.push(`a checkpoint: ${older.message}`);
        else {
          const { size } = older.checkpoint;
          const growing = size > 0 && size < tree.size;
          const proof = growing ? await tree.consistencyProof(size) : [];
          const relation = compareHeads(older.checkpoint, last.checkpoint, proof);
          if (relation !== 'same' && relation !== 'grown')
            wrong.push(`a checkpoint of ${size} leaves: ${relation}`);
        }
      }
      return wrong;
    },
  };
}
