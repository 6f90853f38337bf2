// The float rivals: all-MiniLM-L6-v2 from the weights that ours is imported from, written once as
// ONNX files into build/rivals (git-ignored), each held to its digest.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { defaultSource, readModelSource } from '#cli/model-source.ts';
import { openSafetensors } from '#model/safetensors.ts';
import { type GraphOptions, makeBertGraph } from './onnx-model-graph.ts';
import { encodeOnnx } from './onnx-proto.ts';

/**
 * f32, f16: weights and arithmetic. q4: the linear layers' weights in 4 bits, the rest float32;
 * q4f16: the rest float16; q4i8: as q4, with activations of the linear layers in int8.
 */
export type MiniLmDtype = 'f32' | 'f16' | 'q4' | 'q4f16' | 'q4i8';

const dtypes: Record<MiniLmDtype, Omit<GraphOptions, 'form'>> = {
  f32: { float: 'float32', fourBits: null },
  f16: { float: 'float16', fourBits: null },
  q4: { float: 'float32', fourBits: { accuracyLevel: 0 } },
  q4f16: { float: 'float16', fourBits: { accuracyLevel: 0 } },
  q4i8: { float: 'float32', fourBits: { accuracyLevel: 4 } },
};

type Name = `${MiniLmDtype}-${GraphOptions['form']}`;

const digests: Record<Name, string> = {
  'f32-standard': 'dccac9ee42dddb229631522dc599fd952fbc9c256d14115621bf75e117320c24',
  'f32-fused': '9f7f8eb3e6f8a60ab8551ab3a29eb3ba1105a000ece883b8e86da27fe69e08f6',
  'f16-standard': '81d5efd43feb0ccc512afd9bfafd44f0aaf769e4fe3f32f91d134ad7117ae5ae',
  'f16-fused': 'fbfeeacb5f19b42144d4b74dbf56251b64f33c2ed17e1c03a5572f2c8f84d100',
  'q4-standard': 'c48411887062c2eb34f2c0a226886389eaab15c77174bd72da1551a12e8f2b90',
  'q4-fused': 'd7188518783994814ab2b22e36d73305c441afea32f551d6f408a597cf99e6bf',
  'q4f16-standard': 'f692200acfd564e8d586cda38930fb3382e69cab9c3d2b6377b71cf6209d8c56',
  'q4f16-fused': '27f7068a321c9c25d4f9c18ba47e74ccd62b6f781658a1d9af166168582e5972',
  'q4i8-standard': '6c47447a0405950f1f7655a9bc4519e8584e6ba1948ef47d5f67ec6844a2012e',
  'q4i8-fused': '6ac2caea61191015d00143206b7e23e125795cfb685a71727a97616f294aa752',
};

const folder = path.resolve(import.meta.dirname, '../../build/rivals');

/**
 * @returns the file's path; the first call for a dtype takes a few seconds
 * @throws where the file is not the one that this code was measured with
 */
export async function buildMiniLmOnnx(
  dtype: MiniLmDtype,
  form: GraphOptions['form'] = 'fused',
): Promise<string> {
  const name: Name = `${dtype}-${form}`;
  const file = path.join(folder, `minilm-${name}.onnx`);
  if (!existsSync(file)) {
    await mkdir(folder, { recursive: true });
    const draft = `${file}.${process.pid}`;
    await writeFile(draft, await makeFile({ ...dtypes[dtype], form }));
    await rename(draft, file);
  }
  const digest = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  if (digest !== digests[name]) throw new Error(`${file} is not the expected one: delete it.`);
  return file;
}

async function makeFile(options: GraphOptions): Promise<Uint8Array> {
  const { config, weights } = await readModelSource(defaultSource);
  const fields = JSON.parse(config.toString('utf8'));
  return encodeOnnx(makeBertGraph(openSafetensors(weights), fields, options));
}
