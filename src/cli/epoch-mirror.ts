// The files of an epoch, from the coordinator or from any mirror of them. Nothing is believed of either:
// every leaf is checked against the root on the chain.
import { z } from 'zod';
import { IdlewildError } from '#protocol/errors.ts';
import type { Hex } from '#settlement/epoch-books.ts';
import { type ProofFile, proofFileName, readProofFile } from '#settlement/proof-file.ts';
import { fetchBytes, fetchJson } from './fetch-bytes.ts';

/** An epoch that is final on the chain. */
export interface FinalEpoch {
  number: number;
  creditsRoot: Hex;
  creditsTotal: bigint;
}

export interface EpochMirror {
  /** Names of the files with credits, in order of the accounts in them. */
  listFiles(epoch: FinalEpoch): Promise<string[]>;
  /** Checked; null where there is none. */
  readFile(epoch: FinalEpoch, name: string): Promise<ProofFile | null>;
  /** Checked; null where, as the mirror says, nobody of the account's prefix has credit. */
  readFileOf(epoch: FinalEpoch, account: Hex): Promise<ProofFile | null>;
}

const manifestBytesMax = 4 << 20;
const fileBytesMax = 4 << 20;

const manifestSchema = z.object({
  files: z.array(z.object({ name: z.string() })).max(2 * 16 ** 3),
});

/** @param address under which the folders of the epochs lie */
export function openMirror(address: string): EpochMirror {
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
    throw new IdlewildError('claim/bad-files', `${address} is not an http(s) address.`);
  }
  const base = new URL(address.endsWith('/') ? address : `${address}/`);
  const at = (number: number, name: string) => new URL(`${number}/${name}`, base);

  async function readFile({ number, creditsRoot }: FinalEpoch, name: string) {
    const bytes = await fetchBytes(at(number, name), { bytesMax: fileBytesMax });
    if (bytes === null) return null;
    return readProofFile(new TextDecoder().decode(bytes), 'credits', creditsRoot);
  }
  return {
    async listFiles({ number }) {
      const manifest = await fetchJson(at(number, 'epoch.json'), manifestBytesMax);
      const read = manifestSchema.safeParse(manifest);
      if (!read.success) {
        throw new IdlewildError('claim/no-files', `${base.host} has no files of epoch ${number}.`, {
          metaMessages: ['Name another place that keeps them with --files.'],
        });
      }
      const names = read.data.files.map(({ name }) => name);
      return names.filter((name) => /^credits\/[0-9a-f]{3}\.json$/.test(name)).sort();
    },
    readFile,
    readFileOf: (epoch, account) => readFile(epoch, proofFileName('credits', account)),
  };
}
