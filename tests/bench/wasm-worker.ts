// The race inside a worker of a real browser: it fetches models and rivals from the bench's server
// and answers one message, either with a race or with the time of its share of the rows.

import kernelsUrl from '#kernels.wasm?url';
import relaxedUrl from '#kernels-relaxed.wasm?url';
import { loadEncoder } from '#model/load-encoder.ts';
import type { Manifest } from '#model/manifest.ts';
import { createWasmBackend } from '#wasm/backend.ts';
import { openExactSides } from './exact-sides.ts';
import { onnxSide, openSession } from './onnx-side.ts';
import { type RaceCase, race } from './race.ts';
import { openTransformers } from './transformers-side.ts';

export interface RaceOrder {
  kind: 'race';
  cases: RaceCase[];
  batches: number[];
}

export interface ShareOrder {
  kind: 'share';
  rows: Uint32Array[];
}

async function read(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}.`);
  return new Uint8Array(await response.arrayBuffer());
}

async function readModel(name: string) {
  const text = new TextDecoder().decode(await read(`/bench/${name}/manifest.json`));
  const manifest = JSON.parse(text) as Manifest;
  const shards = manifest.shards.map(({ sha256 }) => read(`/bench/${name}/shards/${sha256}`));
  return loadEncoder(manifest, await Promise.all(shards));
}

async function runRace({ cases, batches }: RaceOrder) {
  const [kernels, relaxed] = await Promise.all([read(kernelsUrl), read(relaxedUrl)]);
  const [eightBits, sevenBits] = await Promise.all([readModel('eight'), readModel('seven')]);
  const models = { kernels, relaxed, eightBits, sevenBits };
  const { sides, fastLane } = await openExactSides(models, cases[0].rows);
  const ort = await import('onnxruntime-web/wasm');
  const session = await openSession(ort, await read('/bench/rival/onnx/model_quantized.onnx'));
  const rivals = batches.map((batch) => onnxSide(ort, session, batch));
  const others = await openTransformers(batches);
  const results = await race([...sides, ...rivals, ...others], cases, cpuMs);
  return { fastLane, names: sides.map(({ name }) => name), results };
}

async function openShare({ rows }: ShareOrder) {
  const relaxed = () => read(relaxedUrl);
  const backend = await createWasmBackend(await read(kernelsUrl), { relaxed });
  const encoder = await backend.createEncoder(await readModel('seven'));
  await encoder.encode(rows);
  return () => encoder.encode(rows);
}

let tellCpuMs = (_ms: number) => {};

/** The page asks the bench, which asks the browser. */
function cpuMs(): Promise<number> {
  return new Promise((resolve) => {
    tellCpuMs = resolve;
    self.postMessage({ isClock: true });
  });
}

let again: (() => Promise<unknown>) | undefined;

type Order = RaceOrder | ShareOrder | { kind: 'again' } | { kind: 'clock'; ms: number };

self.onmessage = async ({ data }: MessageEvent<Order>) => {
  try {
    if (data.kind === 'clock') tellCpuMs(data.ms);
    else if (data.kind === 'race') self.postMessage({ result: await runRace(data) });
    else {
      if (data.kind === 'share') again = await openShare(data);
      else await again?.();
      self.postMessage({ result: null });
    }
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
};
