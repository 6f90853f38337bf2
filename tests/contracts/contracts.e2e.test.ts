// The contracts' own tests, in Solidity under forge: unit, fuzz and invariant; and that what
// TypeScript deploys is what the sources say.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseAbi } from 'viem';
import { expect, test } from 'vitest';
import { abiLine, artefacts, artefactText, readCompiled } from './artefact.ts';
import { root, runForge } from './forge.ts';

// Compiling takes a minute where other tests run.
const patienceMs = 900_000;

test(
  "forge's tests pass",
  () => {
    const said = runForge(['test']);
    expect(said).toMatch(/ [1-9]\d{2} tests passed, 0 failed, 0 skipped/);
  },
  patienceMs,
);

test.each(artefacts)(
  '$file is what the sources compile to (npm run contracts:build)',
  ({ contract, name, file }) => {
    const compiled = readCompiled(contract);
    const written = readFileSync(path.join(root, file), 'utf8');
    expect(written === artefactText(name, contract, compiled)).toBe(true);
  },
);

test("each line of an artefact is its item of the compiler's ABI", () => {
  const { abi } = readCompiled('Settlement');
  const left = (key: string, value: unknown) =>
    ['internalType', 'anonymous'].includes(key) || value === '' || value === false;
  const plain = (entries: unknown) =>
    JSON.parse(JSON.stringify(entries), (key, value) => (left(key, value) ? undefined : value));
  expect(plain(parseAbi(abi.map(abiLine)))).toEqual(plain(abi));
});
