// The demo as its user runs it, in real browsers: every unit is accepted, every backend computes,
// and running it twice gives the same output.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

interface Report {
  units: number;
  accepted: number;
  rejected: number;
  sentences: number;
  contributors: { account: string; backend: string; adapter: string; units: number }[];
  credits: number;
  outputDigest: string;
  receiptsVerified: number;
  hits: { text: string }[];
}

async function demo(): Promise<Report> {
  const args = ['bin/idlewild.js', 'demo', '--sentences', '96', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  return JSON.parse(stdout) as Report;
}

test('the demo verifies a book, and twice the same', async () => {
  const first = await demo();
  expect(first).toMatchObject({ sentences: 96, rejected: 0, accepted: first.units });
  expect(first.units).toBeGreaterThan(1);
  expect(first.receiptsVerified).toBeGreaterThanOrEqual(first.units);
  expect(first.credits).toBeGreaterThan(0);
  expect(first.hits).toHaveLength(5);
  const backends = first.contributors.map(({ backend }) => backend).sort();
  expect(backends).toEqual(['wasm', 'wasm', 'webgpu']);
  for (const { adapter, units } of first.contributors) {
    expect(adapter).not.toBe('');
    expect(units).toBeGreaterThan(0);
  }
  expect(new Set(first.contributors.map(({ account }) => account)).size).toBe(3);

  const second = await demo();
  expect(second.outputDigest).toBe(first.outputDigest);
});
