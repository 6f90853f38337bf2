// `npm run bench -- page`: what the shipped page weighs before consent and after it, and how long a
// visitor who comes back waits from the click to the first finished result. Weights are taken with
// a model in miniature, times with MiniLM and a real book.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readBook } from '#cli/book.ts';
import type { EncoderConfig } from '#model/encoder.ts';
import { syntheticConfig } from '#model/synthetic.ts';
import { writeTestModel } from '../coordinator/test-model.ts';
import { importTestModel, modelFolder } from '../e2e/moby-dick-batch.ts';
import { openProfile, type PageSite, startPageSite } from './page-site.ts';
import { type Visit, visit } from './page-visits.ts';
import {
  type Fetched,
  ofKind,
  sum,
  sumSent,
  type WorkerWeights,
  weighPages,
  weighWorker,
} from './page-weights.ts';
import { type BenchReport, type BenchRow, describeMachine } from './report.ts';

/** More than all visits together compute before they stop. */
const miniatureTexts = 20_000;
const sentences = 4_000;
const coldVisits = 3;
const warmVisits = 7;
const phases = ['connecting', 'testing', 'waiting', 'loading', 'working'] as const;

export async function page(): Promise<BenchReport> {
  const rows = [...(await withMiniature(weights)), ...(await times())];
  return { bench: 'page', machine: describeMachine(), rows };
}

/** One layer of MiniLM: whoever meets that model needs no oracle for the self-test in its shape. */
const oneLayer: EncoderConfig = {
  ...syntheticConfig,
  ...{ hiddenSize: 384, intermediateSize: 1552, heads: 12, layers: 1 },
  ...{ weightBits: 7, outlierColumns: 16 },
};

/** A site with work for many visits, on a model that computes a unit in a moment. */
export async function withMiniature<Result>(
  work: (origin: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(path.join(tmpdir(), 'idlewild-miniature-'));
  const model = await writeTestModel(folder, 1, oneLayer);
  const texts = Array.from({ length: miniatureTexts }, (_, i) => `w${i % 60} w${(7 * i) % 60}`);
  let site: PageSite | null = null;
  try {
    site = await startPageSite(model, texts);
    return await work(site.origin);
  } finally {
    await site?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const row = (
  about: string,
  unit: string,
  ours: number,
  spread: number | null = null,
): BenchRow => ({
  ...{ case: about, unit, ours, spread },
  ...{ rival: null, rivalName: null, ratio: null },
});

const kilobytes = (bytes: number) => Math.round(bytes / 10) / 100;
const weight = (about: string, files: readonly Fetched[]) =>
  row(about, 'kB gz', kilobytes(sum(files)));
const sentWeight = (about: string, files: readonly Fetched[]) =>
  row(`${about}, as sent`, 'kB', kilobytes(sumSent(files)));

async function weights(origin: string): Promise<BenchRow[]> {
  const { page, frame, widget } = await weighPages(origin);
  const rows = [
    weight('page, script before consent (at most 30)', ofKind(page, 'script')),
    weight('page, all before consent', page),
    sentWeight('page, all before consent', page),
    weight('frame, script before consent (at most 30)', ofKind(frame, 'script')),
    weight('frame, all before consent', frame),
    weight("widget's module (at most 3)", widget),
  ];
  for (const backend of ['wasm', 'webgpu'] as const) {
    const found = await weighWorker(origin, backend).catch((thrown: Error) => thrown);
    if (found instanceof Error) {
      // A machine without an adapter measures the rest.
      process.stderr.write(`${backend}: ${found.message}\n`);
      continue;
    }
    const name = backend === 'wasm' ? 'WASM' : 'WebGPU';
    rows.push(...workerRows(`worker, ${name}, first visit`, found.first));
    rows.push(...totals(`worker, ${name}, second visit`, found.second.worker));
  }
  return rows;
}

function workerRows(about: string, { worker, entry, page }: WorkerWeights): BenchRow[] {
  const names = new Set(entry.map(({ name }) => name));
  const chunks = worker.filter(({ name }) => !names.has(name));
  return [
    weight(`${about}, entry and its imports (at most 60)`, entry),
    ...chunks.map((chunk) => weight(`${about}, chunk ${chunk.name}`, [chunk])),
    ...totals(about, worker),
    weight(`${about}, what the page fetches besides`, page),
  ];
}

function totals(about: string, worker: readonly Fetched[]): BenchRow[] {
  return [
    weight(`${about}, script to the first result (at most 60)`, ofKind(worker, 'script')),
    weight(`${about}, all to the first result`, worker),
    sentWeight(`${about}, all to the first result`, worker),
  ];
}

async function times(): Promise<BenchRow[]> {
  await importTestModel();
  const texts = readBook(sentences).map(({ text }) => text);
  const site = await startPageSite({ folder: modelFolder, name: 'all-MiniLM-L6-v2' }, texts);
  try {
    const address = `${site.origin}/?lang=en`;
    const cold: Visit[] = [];
    for (let run = 0; run < coldVisits; run++) cold.push(...(await visits(address, 1)));
    const warm = (await visits(address, 1 + warmVisits)).slice(1);
    const megabytes = median(cold.map(({ downloadedBytes }) => downloadedBytes)) / 1e6;
    return [
      ...timeRows('cold cache', cold),
      row('cold cache, model fetched over loopback', 'MB', round(megabytes, 1)),
      ...timeRows('warm cache (at most 3000, goal 1000)', warm),
    ];
  } finally {
    await site.close();
  }
}

/** Visits of one new profile, one after the other. */
async function visits(address: string, count: number): Promise<Visit[]> {
  const { context, close } = await openProfile({ webgpu: false });
  try {
    const all: Visit[] = [];
    for (let run = 0; run < count; run++) all.push(await visit({ context, address }));
    return all;
  } finally {
    await close();
  }
}

function timeRows(about: string, all: readonly Visit[]): BenchRow[] {
  const [{ backend }] = all;
  const what = `${backend}, ${about}`;
  const results = all.map(({ resultMs }) => resultMs);
  const reached = phases.flatMap((phase) => {
    const times = all.flatMap(({ phaseMs }) => phaseMs[phase] ?? []);
    // Not every visit passes through every phase, or stays there until it is told.
    return times.length === all.length ? [timeRow(`${what}, click to ${phase}`, times)] : [];
  });
  return [
    ...reached,
    timeRow(`${what}, click to first result, median of ${all.length}`, results),
    row(`${what}, click to first result, slowest`, 'ms', Math.round(Math.max(...results))),
    timeRow(
      `${what}, CPU of the tab till then`,
      all.map(({ cpuMs }) => cpuMs),
    ),
    row(`${what}, rows of the first unit`, 'rows', median(all.map(({ rows }) => rows))),
  ];
}

function timeRow(about: string, times: readonly number[]): BenchRow {
  const middle = median(times);
  const spread = (Math.max(...times) - Math.min(...times)) / Math.max(middle, 1);
  return row(about, 'ms', Math.round(middle), round(spread, 2));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

const round = (value: number, digits: number) => Number(value.toFixed(digits));
