// A coordinator as an auditor reads it: who it says it is, the keys of its log, the checkpoint, and
// tiles and postings under it.
import type { AuditSource } from '#ledger/audit-log.ts';
import { verifyByNode } from '#ledger/log-signer.ts';
import { fromHex } from '#protocol/bytes.ts';
import type { LogTrust } from '#protocol/checkpoint.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { parseLogGroups } from '#protocol/log-group.ts';
import { logLimits } from '#protocol/log-limits.ts';
import { type KeyChain, keysAt, openKeyChain } from '#protocol/log-rotation.ts';
import { fromBase64 } from '#protocol/signed-note-base64.ts';
import { parseVerifierKey, type VerifierKey } from '#protocol/signed-note-key.ts';
import { TILE_WIDTH } from '#protocol/tile-path.ts';
import { fetchBytes, fetchJson } from './fetch-bytes.ts';

export interface AuditedCoordinator {
  /** Of its grants. */
  hostname: string;
  /** Ed25519 of its receipts. */
  receiptKey: Uint8Array;
  trust: LogTrust;
  chain: KeyChain;
  /** The statements that the chain was built from. */
  rotations: Uint8Array[];
  source: AuditSource;
  readCheckpoint(): Promise<Uint8Array>;
  /** Null where there is none. @param path such as /v1/manifests/ID */
  read(path: string, bytesMax: number): Promise<Uint8Array<ArrayBuffer> | null>;
}

const jsonBytesMax = 16 << 20;
const bundleBytesMax = TILE_WIDTH * (2 + logLimits.logEntryBytesMax);

/**
 * @param options.key the log's first key, where the auditor knows it from elsewhere; else the
 * coordinator's own word is taken
 * @throws audit/bad-address, audit/no-coordinator, audit/keys
 */
export async function openAudited(
  address: string,
  options: { key?: VerifierKey | undefined },
): Promise<AuditedCoordinator> {
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
    throw new IdlewildError('audit/bad-address', `${address} is not an http(s) address.`);
  }
  const at = (path: string) => new URL(path, address);
  const described = (await fetchJson(at('/v1/coordinator'), jsonBytesMax)) as {
    origin?: unknown;
    receiptKey?: unknown;
  } | null;
  const { origin, receiptKey } = described ?? {};
  if (typeof origin !== 'string' || !URL.canParse(origin) || typeof receiptKey !== 'string') {
    throw new IdlewildError('audit/no-coordinator', `What answers at ${address} is none.`);
  }
  const { first, rotations } = await readKeys(at('/v1/log/keys'));
  const key = options.key ?? first;
  const opened = await openKeyChain({ origin: key.name, key }, rotations, verifyByNode);
  if (opened.state === 'refused') {
    throw new IdlewildError('audit/keys', `The log's keys do not hold: ${opened.message}`);
  }
  const { chain } = opened;
  const read = (path: string, bytesMax: number) => fetchBytes(at(path), { bytesMax });
  return {
    hostname: new URL(origin).hostname,
    receiptKey: fromHex(receiptKey),
    trust: { origin: key.name, keysAt: (size) => keysAt(chain, size) },
    chain,
    rotations,
    read,
    async readCheckpoint() {
      const note = await read('/v1/log/checkpoint', logLimits.noteBytesMax);
      if (!note) throw new IdlewildError('audit/no-log', 'The coordinator shows no checkpoint.');
      return note;
    },
    source: {
      read: (path) => read(`/v1/log/${path}`, bundleBytesMax),
      async groups(start, end) {
        const body = await fetchJson(at(`/v1/log/postings/${start}/${end}`), jsonBytesMax);
        return body === null ? null : parseLogGroups(body);
      },
    },
  };
}

async function readKeys(url: URL): Promise<{ first: VerifierKey; rotations: Uint8Array[] }> {
  const keys = (await fetchJson(url, jsonBytesMax)) as { first?: unknown; rotations?: unknown };
  const { first, rotations } = keys ?? {};
  const notes = Array.isArray(rotations) ? rotations.map((note) => fromBase64(String(note))) : [];
  if (typeof first !== 'string' || notes.includes(null)) {
    throw new IdlewildError('audit/keys', 'The coordinator does not show the keys of its log.');
  }
  return { first: parseVerifierKey(first), rotations: notes as Uint8Array[] };
}
