// The settings of settlement, read together: which contract pays, and by whose key epochs are posted.
import type { SettlementOptions } from '#coordinator/settlement-desk.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { readKeyFile } from './key-file.ts';
import type { Settings } from './settings.ts';

/**
 * @returns null where nobody is paid
 * @throws settings/missing, key-file/...
 */
export async function readSettlement(settings: Settings): Promise<SettlementOptions | null> {
  const { settlement: contract, relay, confirmations } = settings;
  if (contract === undefined) return null;
  const keyFile = settings['poster-key-file'];
  if (settings['chain-rpc'] === undefined) throw missing('a node of its chain', 'chain-rpc');
  if (keyFile === undefined) throw missing('the key of its poster', 'poster-key-file');
  return {
    contract: contract as `0x${string}`,
    poster: await readKeyFile(keyFile),
    creditsPerTokenUnit: BigInt(settings['credits-per-token-unit']),
    epochMs: settings['settlement-minutes'] * 60_000,
    relayMin: BigInt(settings['relay-min']),
    confirmations,
    relay,
  };
}

function missing(what: string, flag: string): IdlewildError {
  return new IdlewildError('settings/missing', `A settlement needs ${what}.`, {
    metaMessages: [`Give it by --${flag}, or leave out --settlement: then nobody is paid.`],
  });
}
