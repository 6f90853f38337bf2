// Measures a graph on WebGPU, in a Chromium of this machine where there is one: how far its answers
// are from wasm's, and which operators the runtime hands to the CPU there.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Page, Route } from 'playwright-core';
import { adapterClass } from '#onnx/adapter-class.ts';
import { listCpuOperators } from '#onnx-import/count-cost.ts';
import type { Bytes } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { Dtype, TensorMap } from '#protocol/tensor.ts';
import { findInstalled, launchChromium } from './chromium.ts';
import type { Measurements, OpenGraph } from './model-import-measure.ts';
import { measureSpread, type Spread, widestOf } from './model-import-spread.ts';
import { gpuPage } from './model-import-webgpu-page.ts';

export interface GpuMeasurements {
  ways: string[];
  spread: Spread;
  /** Operators that ran on the CPU. */
  fallback: string[];
}

/** Served to the page by this process alone: nothing leaves it, and nothing is fetched. */
const origin = 'http://localhost';
/** A GPU in software takes a hundred times what wasm does. */
const gpuMsMax = 3 * 60_000;

/** What the page says of the run. */
interface PageReport {
  info: { vendor?: string; architecture?: string };
  outputs: { name: string; dtype: Dtype; shape: number[] }[];
}

interface GpuOptions extends Pick<Measurements, 'ways' | 'spread' | 'rows'> {
  /** What the first of the rows answers. */
  example: TensorMap;
  say(line: string): void;
}

/** @returns null where there is no Chromium, no adapter, or not time enough: `say` tells which */
export async function measureOnGpu(
  open: OpenGraph,
  { ways, spread, rows, example, say }: GpuOptions,
): Promise<GpuMeasurements | null> {
  if (!process.env.IDLEWILD_CHROMIUM && !(await findInstalled())) {
    say('no Chromium here: WebGPU is not measured');
    return null;
  }
  say('running an example on WebGPU');
  const browser = await launchChromium({ webgpu: true });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(gpuMsMax);
    const { row, profile, report } = await runInPage(page, open, example);
    return {
      ways: [...ways, adapterClass(report.info)],
      spread: widestOf([spread, measureSpread(rows[0], row)]),
      fallback: listCpuOperators(profile),
    };
  } catch (thrown) {
    if (thrown instanceof IdlewildError) throw thrown;
    const [why] = (thrown instanceof Error ? thrown.message : String(thrown)).split('\n');
    say(`WebGPU is not measured: ${why.slice(0, 200)}`);
    return null;
  } finally {
    await browser.close();
  }
}

async function runInPage(page: Page, open: OpenGraph, request: TensorMap) {
  const printed: string[] = [];
  page.on('console', (message) => printed.push(message.text()));
  const outputs = new Map<string, Bytes>();
  const files = pageFiles(open, request);
  await page.route(`${origin}/**`, (route) => answer(route, files, outputs));
  await page.goto(`${origin}/`);
  await page.addScriptTag({ url: '/page.js', type: 'module' });
  const done = await page.waitForFunction('globalThis.done', undefined, { timeout: gpuMsMax });
  const { report, failure } = (await done.jsonValue()) as {
    report?: PageReport;
    failure?: string;
  };
  if (!report) throw new Error(failure);
  const row: TensorMap = {};
  for (const { name, dtype, shape } of report.outputs) {
    row[name] = { dtype, shape, data: outputs.get(name) ?? new Uint8Array(0) };
  }
  const text = printed.join('\n');
  const profile = text.slice(text.indexOf('['), text.lastIndexOf(']') + 1);
  return { row, profile, report };
}

function pageFiles({ graph, skeleton, weights }: OpenGraph, request: TensorMap) {
  const inputs = Object.entries(request);
  const job = {
    hasWeights: weights !== null,
    outputs: graph.outputs.map(({ name }) => name),
    inputs: inputs.map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
  };
  const files = new Map<string, { type: string; body: Buffer }>();
  const add = (name: string, type: string, body: Uint8Array | string) =>
    files.set(name, { type, body: Buffer.from(body) });
  add('/', 'text/html', '<!doctype html><title>WebGPU</title>');
  add('/page.js', 'text/javascript', gpuPage);
  add('/job', 'application/json', JSON.stringify(job));
  add('/skeleton', 'application/octet-stream', skeleton);
  if (weights) add('/weights', 'application/octet-stream', weights);
  for (const [index, [, { data }]] of inputs.entries()) {
    add(`/input/${index}`, 'application/octet-stream', data);
  }
  return files;
}

async function answer(
  route: Route,
  files: ReturnType<typeof pageFiles>,
  outputs: Map<string, Bytes>,
): Promise<void> {
  const { pathname } = new URL(route.request().url());
  const [, kind, name] = pathname.split('/');
  const file = files.get(pathname);
  if (kind === 'output') {
    const body = route.request().postDataBuffer() ?? Buffer.alloc(0);
    outputs.set(decodeURIComponent(name), new Uint8Array(body));
    await route.fulfill({ status: 204 });
  } else if (file) {
    await route.fulfill({ contentType: file.type, body: file.body });
  } else if (kind === 'runtime' && /^ort[\w.-]+\.(mjs|wasm)$/.test(name)) {
    const body = await readFile(path.join(runtimeFolder(), name));
    const contentType = name.endsWith('.wasm') ? 'application/wasm' : 'text/javascript';
    await route.fulfill({ contentType, body });
  } else {
    await route.fulfill({ status: 404 });
  }
}

function runtimeFolder(): string {
  return path.dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));
}
