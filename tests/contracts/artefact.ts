// What TypeScript knows of a contract without a compiler at hand: its ABI, one readable line an
// item, and its bytecode, as a file under src/settlement that `npm run contracts:build` writes.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './forge.ts';

interface Parameter {
  name: string;
  type: string;
  indexed?: boolean;
  components?: Parameter[];
}

interface AbiEntry {
  type: 'constructor' | 'function' | 'event' | 'error';
  name?: string;
  inputs: Parameter[];
  outputs?: Parameter[];
  stateMutability?: string;
}

/** As forge leaves it in build/contracts/out. */
interface Compiled {
  abi: AbiEntry[];
  bytecode: { object: `0x${string}` };
}

/** Each file of src/settlement that is made, with the contract that it is made of. */
export const artefacts = [
  { contract: 'Settlement', name: 'settlement', file: 'src/settlement/settlement-abi.ts' },
  { contract: 'TestDollar', name: 'testDollar', file: 'src/settlement/test-dollar-abi.ts' },
] as const;

interface Place {
  folder?: string;
  file?: string;
}

/** @param place where, unless in the usual folder or in the file of its own name */
export function readCompiled(contract: string, place: Place = {}): Compiled {
  const { folder = path.join(root, 'build/contracts/out'), file = `${contract}.sol` } = place;
  return JSON.parse(readFileSync(path.join(folder, file, `${contract}.json`), 'utf8')) as Compiled;
}

function parameterLine({ name, type, indexed, components }: Parameter): string {
  const tuple = components && `(${components.map(parameterLine).join(', ')})`;
  const written = tuple ? type.replace('tuple', tuple) : type;
  return [written, indexed ? 'indexed' : '', name].filter(Boolean).join(' ');
}

/** One item as Solidity writes it, structs unfolded: what viem's `parseAbi` reads. */
export function abiLine({ type, name, inputs, outputs = [], stateMutability }: AbiEntry): string {
  const list = (parameters: Parameter[]) => `(${parameters.map(parameterLine).join(', ')})`;
  const head = name ? `${type} ${name}${list(inputs)}` : `${type}${list(inputs)}`;
  const mutability = stateMutability === 'nonpayable' ? '' : stateMutability;
  const tail = outputs.length > 0 ? `returns ${list(outputs)}` : '';
  return [head, mutability, tail].filter(Boolean).join(' ');
}

/** The whole file. */
export function artefactText(name: string, contract: string, { abi, bytecode }: Compiled): string {
  const lines = abi.map((entry) => `  '${abiLine(entry)}',\n`);
  return `// Made of contracts/${contract}.sol by \`npm run contracts:build\`; a test holds it to the source.
import { parseAbi } from 'viem';

export const ${name}Abi = parseAbi([
${lines.join('')}]);

export const ${name}Bytecode =
  '${bytecode.object}';
`;
}
