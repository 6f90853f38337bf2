// The self-test's answers are the oracle's: they are made again here, and a backend that gives any
// other is found out, by its digests alone.
import { expect, test } from 'vitest';
import type { ExactBackend } from '#model/backend.ts';
import type { EncoderConfig } from '#model/encoder.ts';
import { syntheticConfig } from '#model/synthetic.ts';
import { createReferenceBackend } from '#reference/encoder.ts';
import {
  answerOf,
  cases,
  nameAnswer,
  runSelfTest,
  shapeCase,
  testShape,
} from '#worker/self-test.ts';
import { nameShape, shapeAnswers } from '#worker/shape-answers.ts';
import { lying } from './bad-backends.ts';

const oracle = createReferenceBackend();
const noOracle = async (): Promise<ExactBackend> => {
  throw new Error('The oracle was asked for.');
};

/** all-MiniLM-L6-v2, as the manifest of its import says. */
const miniLm = (weightBits: 7 | 8): EncoderConfig => ({
  ...syntheticConfig,
  positions: 512,
  tokensMax: 512,
  hiddenSize: 384,
  intermediateSize: 1552,
  heads: 12,
  layers: 6,
  weightBits,
  outlierColumns: 16,
});

test('every case has the answer of the oracle', async () => {
  const given: string[] = [];
  for (const [index, one] of cases.entries()) {
    given.push(nameAnswer(await answerOf(oracle, one, index + 1)));
  }
  expect(given).toEqual(cases.map(({ answer }) => answer));
});

test('every shape that is known has the answer of the oracle', async () => {
  const given: [string, string][] = [];
  for (const config of [miniLm(7), miniLm(8)]) {
    given.push([nameShape(config), nameAnswer(await answerOf(oracle, shapeCase(config), 1))]);
  }
  expect(given).toEqual(Object.entries(shapeAnswers));
});

test('one wrong bit in one case is found, and the case named', async () => {
  const liar = lying(oracle, ({ intermediateSize }) => intermediateSize === 208);
  await expect(runSelfTest({ backend: liar })).rejects.toMatchObject({
    code: 'self-test/wrong-bytes',
    shortMessage: expect.stringContaining('(odd shapes)'),
  });
});

test('a known shape is tested without the oracle, another one with it', async () => {
  const liar = lying(oracle);
  const wrong = { code: 'self-test/wrong-bytes' };
  await testShape({ backend: oracle, createOracle: noOracle }, miniLm(7));
  await expect(
    testShape({ backend: liar, createOracle: noOracle }, miniLm(7)),
  ).rejects.toMatchObject(wrong);
  const createOracle = async () => oracle;
  const other = { ...syntheticConfig, heads: 4 };
  await testShape({ backend: oracle, createOracle }, other);
  await expect(testShape({ backend: liar, createOracle }, other)).rejects.toMatchObject(wrong);
  await expect(testShape({ backend: oracle, createOracle: noOracle }, other)).rejects.toThrow(
    'The oracle was asked for.',
  );
});
