// A requester under torture: keeps work in the queue, remembers every batch that was acknowledged,
// and in the end holds each output against the oracle, byte by byte.
import { setTimeout } from 'node:timers/promises';
import { type Batch, createRequester, readEmbedding } from '#cli/requester.ts';
import type { EncoderWeights } from '#model/encoder.ts';
import { openTokenizer } from '#model/tokenizer.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { toUnitVector } from '#reference/deliver.ts';
import { encodeRow } from '#reference/encoder.ts';
import { makeTestTokenizer } from '../coordinator/test-model.ts';
import { embedLine } from '../coordinator/test-site.ts';
import type { Draws } from './draws.ts';

export interface CustomerOptions {
  origin: string;
  apiKey: string;
  weights: EncoderWeights;
  draws: Draws;
}

export interface Customer {
  /** Rejects with what an honest coordinator would not have answered. */
  failed: Promise<never>;
  /** Units of acknowledged batches, and how many of them are done. */
  units(): { total: number; completed: number };
  /** Lets no further batch in. @returns once every acknowledged one is complete */
  finish(onWait: () => void): Promise<void>;
  /** @returns what is not as the oracle says, in words */
  compare(): Promise<string[]>;
  batches(): number;
  stop(): Promise<void>;
}

const batchLines = 640;
const openShare = 0.5;
const waitMs = 250;
const vocabulary = 60;
/** A batch is added while fewer units than these are undone. */
const unitsWaitingMin = 100;
const quietMsMax = 300_000;

interface Kept {
  texts: string[];
  output: string | null;
  total: number;
  completed: number;
}

/** Of a refusal that does not pass. */
class Refusal extends Error {}

/** The coordinator was killed over it, or is not up: whether it was heard is not known. */
function isOutage(thrown: unknown): boolean {
  if (thrown instanceof Refusal) return false;
  return !(thrown instanceof IdlewildError) || /with (429|5\d\d)/.test(thrown.message);
}

function makeText(draws: Draws): string {
  const words = draws.whole(1, 8);
  return Array.from({ length: words }, () => `w${draws.whole(0, vocabulary - 1)}`).join(' ');
}

export function openCustomer({ origin, apiKey, weights, draws }: CustomerOptions): Customer {
  const requester = createRequester({ coordinator: origin, apiKey });
  const kept = new Map<string, Kept>();
  let adding = true;
  let stopped = false;
  const units = () => {
    const all = [...kept.values()];
    const sum = (of: (batch: Kept) => number) => all.reduce((total, batch) => total + of(batch), 0);
    return { total: sum(({ total }) => total), completed: sum(({ completed }) => completed) };
  };

  async function ask(path: string, body?: object): Promise<Batch> {
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
    const post = { method: 'POST', headers, body: JSON.stringify(body) };
    const answer = await fetch(`${origin}${path}`, body ? post : { headers });
    if (answer.ok) return (await answer.json()) as Batch;
    const words = `${path}: ${answer.status} ${await answer.text()}`;
    throw answer.status >= 500 || answer.status === 429 ? new Error(words) : new Refusal(words);
  }

  async function look(): Promise<void> {
    for (const [id, batch] of kept) {
      if (batch.output !== null) continue;
      const found = await ask(`/v1/batches/${id}`);
      batch.total = found.x_units.total;
      batch.completed = found.x_units.completed;
      if (found.status === 'completed') batch.output = found.output_file_id;
      else if (found.status === 'failed') throw new Refusal(`Batch ${id} failed.`);
    }
  }

  async function add(): Promise<void> {
    const texts = Array.from({ length: batchLines }, () => makeText(draws));
    const lines = texts.map((text, i) => JSON.stringify(embedLine(`${i}`, text)));
    const file = await requester.upload(`${lines.join('\n')}\n`, 'torture.jsonl');
    const { id } = await ask('/v1/batches', {
      input_file_id: file,
      endpoint: '/v1/embeddings',
      completion_window: '24h',
      x_open: draws.unit() < openShare,
    });
    kept.set(id, { texts, output: null, total: 0, completed: 0 });
  }

  async function run(): Promise<void> {
    while (!stopped) {
      try {
        await look();
        const { total, completed } = units();
        if (adding && total - completed < unitsWaitingMin) await add();
      } catch (thrown) {
        if (!isOutage(thrown)) throw thrown;
      }
      await setTimeout(waitMs);
    }
  }

  const running = run();
  const failed = new Promise<never>((_, reject) => running.catch(reject));
  failed.catch(() => {});

  return {
    failed,
    units,
    batches: () => kept.size,
    async finish(onWait) {
      adding = false;
      const isDone = () => [...kept.values()].every(({ output }) => output !== null);
      let last = { at: performance.now(), completed: units().completed };
      while (!isDone()) {
        await Promise.race([setTimeout(waitMs), failed]);
        onWait();
        const { total, completed } = units();
        if (completed > last.completed) last = { at: performance.now(), completed };
        if (performance.now() - last.at > quietMsMax) {
          throw new Error(`${total - completed} units are stuck: none was done for 5 minutes.`);
        }
      }
    },
    async stop() {
      stopped = true;
      await running;
    },
    async compare() {
      const tokenizer = openTokenizer(makeTestTokenizer());
      const wrong: string[] = [];
      for (const [id, { texts, output }] of kept) {
        const lines = await requester.outputLines(output ?? '');
        if (lines.length !== texts.length) wrong.push(`${id}: ${lines.length} lines`);
        for (const { custom_id, response } of lines) {
          const expected = toUnitVector(
            encodeRow(weights, tokenizer.encode(texts[Number(custom_id)])),
          );
          const got = readEmbedding(response.body.data[0].embedding);
          if (!expected.every((value, i) => Object.is(value, got[i])))
            wrong.push(`${id}: line ${custom_id} has other bytes`);
        }
      }
      return wrong;
    },
  };
}
