// What a retention test looks for on disk: the bytes of one line, as they lie in files, inputs, plans
// and outputs, wherever below the data folder; and files that a day has gone by for.
import { randomBytes } from 'node:crypto';
import { readdir, readFile, utimes } from 'node:fs/promises';
import path from 'node:path';
import { openTokenizer } from '#model/tokenizer.ts';
import { wordsToBytes } from '#protocol/bytes.ts';
import { encodeRow } from '#reference/encoder.ts';
import { policy } from '#validator/policy.ts';
import type { TestContributor } from './test-contributor.ts';
import { makeTestTokenizer } from './test-model.ts';
import { embedLine, makeTexts, startTestSite, type TestSite } from './test-site.ts';

export const hourMs = 60 * 60_000;
export const dayMs = 24 * hourMs;

export interface Canary {
  line: object;
  customId: string;
  /** Its text, tokens and output, by what they are. */
  bytes: Record<'name' | 'tokens' | 'output', Buffer>;
}

/**
 * A line unlike every other. @param words of the test model, which are sought between the special
 * tokens: other lines may begin with them
 */
export function makeCanary({ model }: TestSite, words: string): Canary {
  const customId = `canary-${randomBytes(8).toString('hex')}`;
  const tokens = openTokenizer(makeTestTokenizer()).encode(words);
  return {
    customId,
    line: embedLine(customId, words),
    bytes: {
      name: Buffer.from(customId),
      tokens: Buffer.from(wordsToBytes(tokens.slice(1, -1))),
      output: Buffer.from(wordsToBytes(encodeRow(model.weights, tokens))),
    },
  };
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

/** @returns what of the canary lies where, such as `tokens in packs` */
export async function findCanary({ dataFolder }: TestSite, { bytes }: Canary): Promise<string[]> {
  const found = new Set<string>();
  for (const file of await listFiles(dataFolder)) {
    const content = await readFile(file);
    for (const [what, sought] of Object.entries(bytes)) {
      const home = path.basename(path.dirname(file));
      if (content.includes(sought)) found.add(`${what} in ${home.length === 2 ? 'a file' : home}`);
    }
  }
  return [...found].sort();
}

/** Every file of payloads as if it had been written long ago. */
export async function ageFiles({ dataFolder }: TestSite): Promise<void> {
  for (const file of await listFiles(path.join(dataFolder, 'blobs'))) await utimes(file, 0, 0);
}

/** Small, so that a few units are replicated, held, audited by strangers, and released. */
const rules = {
  ...policy,
  runMin: 2,
  auditSlack: 4,
  watched: [],
  coordinatorShare: 0,
  holdUnits: [{ confirmedBelow: Number.POSITIVE_INFINITY, units: 1 }],
};
const roundsMax = 80;

export interface RetentionLab {
  site: TestSite;
  members: TestContributor[];
  /** Works on a batch until it is over. */
  finish(batch: string): Promise<void>;
  /** A batch of the canary and other texts, to its end. @returns its id */
  run(canary: Canary, change?: object, count?: number, prefix?: string): Promise<string>;
  /** Time goes by for the coordinator, which looks around then. */
  pass(ms: number): Promise<void>;
  /** For the files: the pack that is written to is closed within an hour. */
  letADayPass(): Promise<void>;
  receiptsOf(batch: string): Promise<string[]>;
  /** Checks the books too. */
  close(): Promise<void>;
}

export async function openRetentionLab(): Promise<RetentionLab> {
  const site = await startTestSite({ rules, secret: 'retention' });
  const members = [await site.contributor(), await site.contributor(), await site.contributor()];
  const lab: RetentionLab = {
    site,
    members,
    async finish(batch) {
      for (let round = 0; round < roundsMax; round++) {
        if ((await site.batch(batch)).status === 'completed') return;
        for (const member of members) await member.turn().catch(() => member.open());
        await lab.pass(2_000);
      }
      throw new Error('the batch does not end');
    },
    async run(canary, change = {}, count = 200, prefix = '') {
      const lines = makeTexts(count).map((text, i) => embedLine(`${i}`, `${prefix}${text}`));
      const id = await site.submit([canary.line, ...lines], site.apiKey, change);
      await lab.finish(id);
      return id;
    },
    async pass(ms) {
      site.clock.now += ms;
      await site.coordinator.settle();
    },
    async letADayPass() {
      await site.reopen();
      await ageFiles(site);
    },
    async receiptsOf(batch) {
      const { output_file_id } = await site.batch(batch);
      return (await site.lines(output_file_id)).flatMap(({ x_receipts }) => x_receipts);
    },
    async close() {
      await site.coordinator.checkBooks();
      await site.close();
    },
  };
  return lab;
}
