// `npx tsx tests/vectors/make.ts`: writes the known answers beside this file. A change of what is
// there already is a new version of the arithmetic (or, for minilm.json, a new importer).
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { importMiniLm, makeMiniLmAnswers } from './minilm.ts';
import { makeSeededModels, makeTinyModel } from './models.ts';
import { makePrimitives } from './primitives.ts';

function write(name: string, value: unknown): void {
  // One line for each innermost array or object: to be read, and to be compared.
  const text = JSON.stringify(value, null, 1).replace(/\[[^[\]{}]*\]/g, (array) =>
    array.replace(/\s+/g, ''),
  );
  writeFileSync(path.join(import.meta.dirname, name), `${text}\n`);
}

write('primitives.json', makePrimitives());
write('tiny-model.json', makeTinyModel());
write('seeded-models.json', makeSeededModels());
const [eight, seven] = [await importMiniLm(8), await importMiniLm(7)];
write('minilm.json', { seven: makeMiniLmAnswers(seven), eight: { id: eight.id } });
