// A coordinator whose receipts are whole, but for what a test makes it lie about: its own keys and log,
// a contributor's wallet and session key, and a unit of the strict coordinator's model.
import { createPublicKey, sign } from 'node:crypto';
import { toHex } from '#protocol/bytes.ts';
import { encodeCbor } from '#protocol/cbor.ts';
import { openEntry, sealedEntry } from '#protocol/log-entry.ts';
import type { ReceiptPayload } from '#protocol/receipt.ts';
import { formatVerifierKey } from '#protocol/signed-note-key.ts';
import { openTileTree } from '#protocol/tile-reader.ts';
import type { ResultPayload } from '#protocol/wire.ts';
import { sha256 } from '#sha256';
import { connectCoordinator } from '#worker/coordinator.ts';
import { Quota } from '#worker/quota.ts';
import { defaultSettings, type VerifyStep } from '#worker/status.ts';
import type { Told } from '#worker/told-receipts.ts';
import { verifyReceipt } from '#worker/verify-receipt.ts';
import { entryAt, keyFromSeed, type LabLog, logSigner, makeLabLog } from '../ledger/log-lab.ts';
import { makePayload, makeSessionKey } from '../ledger/receipt-lab.ts';
import { type NodeParts, nodeEnvironment } from './node-environment.ts';
import { StrictCoordinator, testOrigin } from './strict-coordinator.ts';

const receiptKey = keyFromSeed(new Uint8Array(32).fill(11));
const { x } = createPublicKey(receiptKey).export({ format: 'jwk' });
const receiptKeyHex = Buffer.from(x ?? '', 'base64url').toString('hex');

/** What it shows of a receipt. */
interface Shown {
  id: string;
  payload: Uint8Array;
  signature: Uint8Array;
  salt: Uint8Array | null;
  log: { state: string; index: number; proof: Uint8Array[]; checkpoint: Uint8Array };
}

export interface Lie {
  /** Of the contributor's result, before it is signed. */
  result?: Partial<ResultPayload>;
  /** Of the statement, before the coordinator signs and logs it. */
  statement?(statement: ReceiptPayload): void;
  /** Of what is shown, after all is signed. */
  shown?(shown: Shown): void;
  told?: Partial<Told>;
  /** Makes it a private receipt. */
  salt?: Uint8Array;
  /** Answers that are not the honest ones, by path. */
  answers?: Record<string, () => Response | Error>;
}

const cborHeaders = { 'content-type': 'application/cbor' };
const cborAnswer = (value: unknown) => new Response(encodeCbor(value), { headers: cborHeaders });
const jsonAnswer = (value: unknown) => new Response(JSON.stringify(value));
export const refusal = (status: number) => new Response('{}', { status });

export class ReceiptForger {
  readonly coordinator = new StrictCoordinator();
  readonly unit = this.coordinator.addUnit([3, 9, 1]);
  readonly other = this.coordinator.addUnit([4, 2]);
  readonly log: LabLog = makeLabLog([entryAt(0), entryAt(1)]);

  /** Statement, signatures and place in the log of one receipt. */
  async #make(lie: Lie): Promise<Shown> {
    const { unit, model, rows, cost } = this.unit.lease;
    const digest = lie.result?.digest ?? this.unit.digest();
    const change = { lease: 'lease-1', unit, model, rows, digest, ...lie.result };
    const sessionKey = await makeSessionKey();
    const made = await makePayload({ sessionKey, change, coordinator: testOrigin });
    const credit = Math.ceil(cost / 1e6);
    const statement = { ...made, unit, model, digest, cost, credit };
    lie.statement?.(statement);
    const payload = encodeCbor({ ...statement });
    const salt = lie.salt ?? null;
    this.log.append([salt ? sealedEntry(payload, salt) : openEntry(payload), entryAt(9)]);
    const { size } = this.log.edge;
    const tree = await openTileTree(this.log.reader, { size, root: this.log.root });
    const index = size - 2;
    const proof = await tree.inclusionProof(index);
    const checkpoint = this.log.checkpoint();
    const log = { state: 'logged', index, proof, checkpoint };
    const signature = new Uint8Array(sign(null, payload, receiptKey));
    return { id: toHex(sha256(payload)), payload, signature, salt, log };
  }

  /** What one visitor finds who asks for a receipt of which it was told. */
  async verify(lie: Lie = {}, parts: Partial<NodeParts> = {}) {
    const shown = await this.#make(lie);
    const { id: receipt } = shown;
    const told: Told = {
      lease: 'lease-1',
      receipt,
      account: null,
      state: 'accepted',
      credit: Math.ceil(this.unit.lease.cost / 1e6),
      ...lie.told,
    };
    lie.shown?.(shown);
    const honest: Record<string, () => Response | Error> = {
      [`/v1/receipts/${receipt}`]: () => cborAnswer(shown),
      [`/v1/receipts/${receipt}/input`]: () =>
        new Response(new Uint8Array(this.unit.lease.input), { headers: cborHeaders }),
      '/v1/coordinator': () => jsonAnswer({ receiptKey: receiptKeyHex }),
      '/v1/log/keys': () => jsonAnswer({ first: formatVerifierKey(logSigner.key), rotations: [] }),
    };
    const named = Object.entries(lie.answers ?? {}).map(([path, answer]) => [
      path.replace('RECEIPT', receipt),
      answer,
    ]);
    const answers = { ...honest, ...Object.fromEntries(named) };
    this.coordinator.fault = (path) => {
      const tile = this.log.tiles.get(path.replace('/v1/log/', ''));
      if (tile) return new Response(tile);
      return answers[path]?.() ?? (path.startsWith('/v1/log/tile') ? refusal(404) : null);
    };
    const { fetch } = this.coordinator;
    const environment = nodeEnvironment({ origin: testOrigin, fetch, ...parts });
    const { clock, store, shards } = environment;
    const steps: VerifyStep[] = [];
    const report = await verifyReceipt(
      {
        environment,
        coordinator: connectCoordinator(testOrigin, fetch, () => {}),
        quota: new Quota({ clock, store, shards, settings: () => defaultSettings }),
      },
      { lease: 'lease-1', told, listener: (step) => void steps.push(step) },
    );
    return { report, steps };
  }
}

/** One bit of the bytes, turned in place. */
export function flip(bytes: Uint8Array, at = 0): void {
  bytes[at] ^= 1;
}
