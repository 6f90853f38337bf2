// The judge of the proof, tried with liars: a proof that cannot fail shows nothing. And the sweep:
// every model that it makes lies within the norm, and it reaches the ends of it.
import { describe, expect, test } from 'vitest';
import type { ExactBackend } from '#model/backend.ts';
import { createReferenceBackend } from '#reference/encoder.ts';
import type { ProofCase } from './case.ts';
import { judge, printProof } from './compare.ts';
import { computeCases } from './compute.ts';
import { openModel } from './proof-model.ts';
import { createSeat, hear, type Seat } from './seat.ts';
import { extremeCases, randomCases } from './sweep.ts';

const cases = extremeCases(3).filter(({ name }) => /zeros|smallest/.test(name));
const about = { machine: 'this one', seed: 3 };
const read = async () => new Uint8Array();

/** A seat filled by really computing the cases. */
async function seatOf(name: string, open: () => Promise<ExactBackend>, turn = 0): Promise<Seat> {
  const seat = createSeat(name, cases.length);
  await computeCases(open, { cases, turn, read, report: (one) => hear(seat, one) });
  return seat;
}

const honest = async () => createReferenceBackend();

/** The oracle, but for what `lie` does to the words of each call. */
const lying = (lie: (words: Int32Array, call: number) => void) => async () => {
  const oracle = createReferenceBackend();
  let calls = 0;
  const createEncoder: ExactBackend['createEncoder'] = async (weights) => {
    const encoder = await oracle.createEncoder(weights);
    return {
      async encode(rows) {
        const words = await encoder.encode(rows);
        lie(words, calls++);
        return words;
      },
      destroy: () => encoder.destroy(),
    };
  };
  return { ...oracle, createEncoder };
};

describe('the judge', () => {
  test('calls honest backends equal, in whatever order their rows came', async () => {
    const seats = [await seatOf('oracle', honest), await seatOf('other', honest, 2)];
    const proof = judge(cases, seats, about);
    expect(proof).toMatchObject({ equal: true, summary: '3 cases equal on 2 backends' });
  });

  test('names who gave one wrong bit, in which case and row', async () => {
    const flip = (words: Int32Array, call: number) => {
      if (call === 1) words[words.length - 1] ^= 1;
    };
    const seats = [await seatOf('oracle', honest), await seatOf('liar', lying(flip))];
    const proof = judge(cases, seats, about);
    expect(proof.equal).toBe(false);
    expect(proof.summary).toBe('2 cases equal on 2 backends, 1 differ: liar');
    expect(proof.cases[1].differing).toEqual([{ name: 'liar', what: 'rows 2 of 3' }]);
    const text = printProof(proof);
    expect(text).toContain(`! liar: rows 2 of 3 (${cases[1].name})`);
    expect(text.match(/DIFFERS/g)).toHaveLength(1);
  });

  test('holds everyone, the oracle too, to what was committed', async () => {
    const known = (await seatOf('oracle', honest)).answers.map((given) =>
      'rows' in given ? given.rows : [],
    );
    const committed = cases.map((one, i): ProofCase => ({ ...one, known: known[i] }));
    committed[0].known = [...known[0].slice(0, -1), '00'.repeat(32)];
    const seats = [await seatOf('oracle', honest), await seatOf('other', honest)];
    const { differing } = judge(committed, seats, about).cases[0];
    expect(differing.map(({ name }) => name)).toEqual(['oracle', 'other']);
  });

  test('a backend that fails midway has failed, one that cannot start is skipped', async () => {
    const broken = lying((_, call) => {
      if (call > 0) throw new Error('lost');
    });
    const absent = async () => {
      throw new Error('none here');
    };
    const silent = createSeat('silent', cases.length);
    hear(silent, { kind: 'opened', adapter: 'one that hangs' });
    hear(silent, { kind: 'unavailable', why: 'Silent.' });
    const seats = [
      await seatOf('oracle', honest),
      await seatOf('broken', broken),
      await seatOf('absent', absent),
      silent,
    ];
    const proof = judge(cases, seats, about);
    expect(proof.equal).toBe(false);
    expect(proof.summary).toBe('0 cases equal on 3 backends, 3 differ: silent; broken, 1 skipped');
    expect(printProof(proof)).toContain('absent: skipped. none here');
  });

  test('one backend alone proves nothing', async () => {
    expect(judge(cases, [await seatOf('oracle', honest)], about).equal).toBe(false);
  });
});

describe('the sweep', () => {
  test('every extreme is a model that a loader accepts', async () => {
    for (const { source } of extremeCases(1)) await openModel(source, read);
  });

  test('a seed gives the same cases, another seed others', () => {
    expect(randomCases(5, 20)).toEqual(randomCases(5, 20));
    expect(randomCases(6, 20)).not.toEqual(randomCases(5, 20));
  });

  test('reaches the ends of the allowed shapes', () => {
    const all = [...extremeCases(1), ...randomCases(1, 300)];
    const configs = all.flatMap(({ source }) => (source.kind === 'seeded' ? [source.config] : []));
    const ends = (field: keyof (typeof configs)[number]) => {
      const values = configs.map((config) => config[field] as number);
      return [Math.min(...values), Math.max(...values)];
    };
    expect(ends('hiddenSize')).toEqual([16, 1024]);
    expect(ends('intermediateSize')).toEqual([16, 4096]);
    expect(ends('outlierColumns')).toEqual([0, 64]);
    expect(ends('weightBits')).toEqual([7, 8]);
    expect(ends('tokensMax')).toEqual([1, 512]);
    const headSizes = configs.map(({ hiddenSize, heads }) => hiddenSize / heads);
    expect([Math.min(...headSizes), Math.max(...headSizes)]).toEqual([4, 256]);
    expect(new Set(configs.map(({ pooling }) => pooling)).size).toBe(2);
    expect(new Set(configs.map(({ attentionBias }) => attentionBias)).size).toBe(2);
    expect(new Set(configs.map(({ dense }) => dense?.activation)).size).toBe(3);
    const lengths = all.flatMap(({ rows }) => rows.map((row) => row.length));
    expect([Math.min(...lengths), Math.max(...lengths)]).toEqual([1, 512]);
  });
});
