// Who pays the gas of a command that sends: an account whose key lies in a file, up to a fee that no
// node can talk it out of.
import { type Command, InvalidArgumentError } from 'commander';
import { formatGwei, parseGwei } from 'viem';
import { IdlewildError } from '#protocol/errors.ts';
import type { Chain } from '#settlement/chain.ts';
import { readKeyFile } from './key-file.ts';
import type { Progress } from './progress.ts';
import type { Payer } from './send-call.ts';

export interface PayerFlags {
  keyFile?: string;
  maxFee: bigint;
}

const maxFeeDefault = parseGwei('100');

export function addPayerFlags(command: Command): Command {
  return command
    .option('--key-file <file>', "file that holds the sender's private key, closed to others")
    .option(
      '--max-fee <gwei>',
      `for a unit of gas, at most (default ${formatGwei(maxFeeDefault)})`,
      readGwei,
      maxFeeDefault,
    );
}

function readGwei(text: string): bigint {
  if (/^\d{1,9}(\.\d{1,9})?$/.test(text) && parseGwei(text) > 0n) return parseGwei(text);
  throw new InvalidArgumentError('expected gwei, such as 0.5');
}

/** @throws settlement/no-key, key-file/... */
export async function openPayer(
  { keyFile, maxFee: maxFeePerGas }: PayerFlags,
  chain: Chain,
  progress: Progress,
): Promise<Payer> {
  if (keyFile === undefined) {
    throw new IdlewildError('settlement/no-key', 'Who sends it?', {
      metaMessages: ['Name the file of a private key with --key-file: its account pays the gas.'],
    });
  }
  const account = await readKeyFile(keyFile);
  const onSent = (hash: string) => progress.update(`${hash} is under way.`);
  return { chain, account, maxFeePerGas, onSent };
}
