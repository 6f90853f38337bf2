// `npm run contracts:build`: compiles contracts/ and writes what src/settlement knows of them.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { artefacts, artefactText, readCompiled } from './artefact.ts';
import { root, runForge } from './forge.ts';

runForge(['build']);
for (const { contract, name, file } of artefacts) {
  writeFileSync(path.join(root, file), artefactText(name, contract, readCompiled(contract)));
  console.log(file);
}
