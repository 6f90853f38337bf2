// Proofs out of an epoch's files on this machine, each file checked against the epoch's root.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { IdlewildError } from '#protocol/errors.ts';
import type { Hex } from './epoch-books.ts';
import { folderOfEpoch, type WrittenEpoch } from './epoch-files.ts';
import { type ProofFile, proofFileName, readProofFile, type TreeName } from './proof-file.ts';

export interface EpochToProve {
  number: number;
  epoch: WrittenEpoch['epoch'];
}

/**
 * The file that holds an address's leaves.
 * @param folder of all epochs
 * @throws settlement/files-lost, proof-file-wrong
 */
export async function openProofs(
  folder: string,
  { number, epoch }: EpochToProve,
  { tree, address }: { tree: TreeName; address: Hex },
): Promise<ProofFile> {
  const name = proofFileName(tree, address);
  const text = await readFile(path.join(folderOfEpoch(folder, number), name), 'utf8').catch(
    (cause) => {
      throw new IdlewildError('settlement/files-lost', `Epoch ${number} lacks ${name}.`, { cause });
    },
  );
  return readProofFile(text, tree, tree === 'credits' ? epoch.creditsRoot : epoch.debitsRoot);
}
