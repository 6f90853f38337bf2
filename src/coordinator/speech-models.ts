// Bounded models that hear speech, as a requester's project may use them: windows are run by the
// coordinator itself, as every direct call is.
import { readFile } from 'node:fs/promises';
import { openTokenizer } from '#model/tokenizer.ts';
import { decodeRowOutput } from '#protocol/bounded-unit.ts';
import type { Bytes } from '#protocol/bytes.ts';
import { assert } from '#protocol/errors.ts';
import { openVocabulary, type Vocabulary } from '#speech/vocabulary.ts';
import type { FindSpeechModel, SpeechModel } from './audio-routes.ts';
import type { Context } from './context.ts';
import { type BoundedModel, choiceOf, type ModelStore } from './model-store.ts';
import { projectOf } from './requester-auth.ts';

const tokenizerFile = 'tokenizer.json';

interface Words {
  bytes: Bytes;
  vocabulary: Vocabulary;
}

/** Opened with the first request that needs it; there are as many as there are models. */
export function createSpeechModels({
  models,
  partner,
}: Pick<Context, 'models' | 'partner'>): FindSpeechModel {
  const opened = new Map<string, Promise<Words>>();
  return async (request, name) => {
    const model = choiceOf(models, projectOf(request).models).find(name);
    if (model?.kind !== 'bounded' || !hearsSpeech(model)) return null;
    const words = opened.get(model.id) ?? openWords(models, model);
    opened.set(model.id, words);
    const { bytes, vocabulary } = await words;
    return {
      vocabulary,
      tokenizer: () => openTokenizer(bytes),
      infer: async (requests) => {
        const rows = await partner.infer(model.folder, requests);
        return rows.map(decodeRowOutput);
      },
    } satisfies SpeechModel;
  };
}

function hearsSpeech({ manifest: { runner, files } }: BoundedModel): boolean {
  return (
    runner.kind === 'greedy-decoder' &&
    runner.features === 'input_features' &&
    Object.hasOwn(files, tokenizerFile)
  );
}

async function openWords(models: ModelStore, { manifest }: BoundedModel): Promise<Words> {
  const shard = models.shard(manifest.files[tokenizerFile].sha256);
  assert(shard, 'the files of a model that is served are there');
  const bytes = new Uint8Array(await readFile(shard.file));
  return { bytes, vocabulary: openVocabulary(bytes) };
}
