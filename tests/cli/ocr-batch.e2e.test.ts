// `idlewild ocr --batch` from files to text: a real coordinator, two contributors who compute every
// unit with onnxruntime-web and confirm each other, and the command in a process of its own.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningCoordinator, startCoordinator } from '#cli/serve.ts';
import { createOnnxBackend } from '#onnx/create-backend.ts';
import type { BoundedMaker } from '#worker/bounded-maker.ts';
import { createContributor } from '#worker/contributor.ts';
import type { Clock } from '#worker/environment.ts';
import type { Contributor, ContributorStatus } from '#worker/status.ts';
import { renderPages } from '../ocr/render-pages.ts';
import { detection, recognition } from '../onnx/real-models.ts';
import { saveModel } from '../onnx/save-model.ts';
import { startOptions } from '../worker/begin-contributor.ts';
import { nodeEnvironment } from '../worker/node-environment.ts';

const clock: Clock = {
  now: () => performance.now(),
  wallMs: () => Date.now(),
  sleep: (ms, signal) => wait(ms, undefined, signal ? { signal } : {}),
  breathe: () => new Promise((resolve) => setImmediate(resolve)),
};

const bounded: BoundedMaker = {
  threadsMax: 1,
  find: async () => [{ name: 'wasm', adapterClass: 'wasm' }],
  create: (backend) => createOnnxBackend({ backend }),
};

const texts = ['Call me Ishmael.', 'There she blows!'];
const examples = [{ x: [1, 3, 320, 320] }, { x: [1, 3, 48, 320] }];
/** Longer than the test: only contributors compute. */
const partnerWaitMs = 24 * 60 * 60_000;

let folder: string;
let pages: string[];
let coordinator: RunningCoordinator;
const crew: { contributor: Contributor; last(): ContributorStatus | null }[] = [];

async function contribute(): Promise<void> {
  const { origin } = coordinator;
  const contributor = createContributor(nodeEnvironment({ origin, fetch, clock, bounded }));
  let last: ContributorStatus | null = null;
  void contributor.subscribe((status) => {
    last = status;
  });
  crew.push({ contributor, last: () => last });
  await contributor.start(startOptions, null);
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'idlewild-ocr-batch-'));
  const given = texts.map((text, index) => {
    const html = `<main style='padding:24px;font:28px "DejaVu Sans"'>${text}</main>`;
    return { name: `page-${index}`, html, text: [text], width: 384, height: 96 };
  });
  pages = await renderPages(given, folder);
  const models = [path.join(folder, 'detector'), path.join(folder, 'recognizer')];
  for (const [index, model] of [await detection(), await recognition()].entries()) {
    model.manifest.name = path.basename(models[index]);
    model.manifest.cost = { perRequest: 6e8, perElement: null, example: examples[index] };
    await saveModel(models[index], model);
  }
  coordinator = await startCoordinator({
    dataFolder: path.join(folder, 'data'),
    models,
    port: 0,
    laboratory: true,
    partnerWaitMs,
  });
  await contribute();
  await contribute();
});

afterAll(async () => {
  for (const { contributor } of crew) await contributor.stop();
  await coordinator?.close();
  await rm(folder, { recursive: true, force: true });
});

function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = ['--import', 'tsx', 'src/cli/main.ts', 'ocr', ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, command, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}

test('pages are computed by two contributors, and their text comes in order', async () => {
  const place = ['--coordinator', coordinator.origin, '--key', coordinator.apiKey ?? ''];
  const { code, stdout, stderr } = await run(...pages, ...place, '--batch', '--side', '384');
  expect(stdout, stderr).toBe(pages.map((page, at) => `${page}:\n${texts[at]}\n`).join(''));
  expect(stderr).toContain('Reading page 1 of 2');
  expect(stderr).toContain('Read 2 of 2 pages, 2 lines');
  expect(code).toBe(0);
  // Nobody but the two was there: the coordinator would take a unit after a day.
  for (const { last } of crew) {
    await expect.poll(() => last()?.totals.accepted).toBeGreaterThan(0);
  }
});
