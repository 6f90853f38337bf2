// The model of a case as plain arrays: read from the repository, or made from a seed.
import { proveBounds } from '#model/bounds.ts';
import type { EncoderWeights } from '#model/encoder.ts';
import { loadEncoder } from '#model/load-encoder.ts';
import { parseManifest } from '#model/manifest.ts';
import { makeSyntheticEncoder } from '#model/synthetic.ts';
import { utf8 } from '#protocol/bytes.ts';
import type { ModelSource, ReadFile } from './case.ts';
import { driveTo } from './extremes.ts';

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** @throws model/overflow for an extreme that the norm does not allow */
export async function openModel(source: ModelSource, read: ReadFile): Promise<EncoderWeights> {
  if (source.kind === 'seeded') {
    const weights = makeSyntheticEncoder(source.seed, source.config);
    driveTo(weights, source.extremes);
    proveBounds(weights);
    return weights;
  }
  if (source.kind === 'vector') {
    const { manifest, shards } = JSON.parse(new TextDecoder().decode(await read(source.path)));
    return loadEncoder(parseManifest(utf8(JSON.stringify(manifest))), shards.map(fromBase64));
  }
  const manifest = parseManifest(await read(`${source.path}/manifest.json`));
  const shards: Uint8Array[] = [];
  for (const { sha256 } of manifest.shards) {
    shards.push(await read(`${source.path}/shards/${sha256}`));
  }
  return loadEncoder(manifest, shards);
}
