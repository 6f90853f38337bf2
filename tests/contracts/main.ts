// `npm run contracts:test`: forge's tests, in short, and the gas table that they measured.
// `-- --long` draws many more cases, other ones each time.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root, runForge } from './forge.ts';

const long = process.argv.includes('--long');
const seed = long ? ['--fuzz-seed', `0x${randomBytes(16).toString('hex')}`] : [];
const said = runForge(['test', ...seed], long ? { FOUNDRY_PROFILE: 'long' } : {});
for (const line of said.split('\n')) {
  if (/^(Ran \d+ tests? for|Ran \d+ test suites|Suite result)/.test(line)) console.log(line);
}
const file = path.join(root, 'build/contracts/gas/gas.json');
const gas = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
console.log('\ngas, as a transaction of its own, proofs out of 131,072 leaves');
for (const [name, value] of Object.entries(gas)) {
  console.log(`${Number(value).toLocaleString('en').padStart(9)}  ${name}`);
}
