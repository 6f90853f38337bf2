// Solidity of the tests, compiled by solc-js.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Abi, Hex } from 'viem';

export interface CompiledContract {
  abi: Abi;
  bytecode: Hex;
}

interface Output {
  errors?: { severity: string; formattedMessage: string }[];
  contracts: Record<string, Record<string, { abi: Abi; evm: { bytecode: { object: string } } }>>;
}

/** @param file beside this one @returns the contracts in it, by name */
export async function compileSolidity(file: string): Promise<Record<string, CompiledContract>> {
  const content = await readFile(path.join(import.meta.dirname, file), 'utf8');
  // Loaded here: it takes a second, and few tests need it.
  const { default: solc } = await import('solc');
  const input = {
    language: 'Solidity',
    sources: { [file]: { content } },
    settings: {
      evmVersion: 'cancun',
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
    },
  };
  const { errors = [], contracts } = JSON.parse(solc.compile(JSON.stringify(input))) as Output;
  const wrong = errors.filter(({ severity }) => severity === 'error');
  if (wrong.length > 0) throw new Error(wrong.map((one) => one.formattedMessage).join('\n'));
  return Object.fromEntries(
    Object.entries(contracts[file]).map(([name, { abi, evm }]) => [
      name,
      { abi, bytecode: `0x${evm.bytecode.object}` as const },
    ]),
  );
}
