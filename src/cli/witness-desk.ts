// A witness at work: one request after the other, each judged against what was cosigned last, each
// answer sent after its checkpoint is on disk.
import { answerAddCheckpoint, type WitnessAnswer } from '#ledger/log-witness.ts';
import { parseCheckpoint } from '#protocol/checkpoint.ts';
import { formatCosignRequest } from '#protocol/cosign-request.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { parseNote } from '#protocol/signed-note.ts';
import { formatVerifierKey, parseVerifierKey } from '#protocol/signed-note-key.ts';
import { openTileTree } from '#protocol/tile-reader.ts';
import { type AuditedCoordinator, openAudited } from './audit-source.ts';
import type { KeptLog, WitnessState } from './witness-state.ts';

export interface WitnessDesk {
  /** Body of POST /add-checkpoint. @throws coordinator/busy above requestsWaitingMax */
  add(body: Uint8Array): Promise<WitnessAnswer>;
  /** Fetches each log's checkpoint and cosigns it. @throws witness/refused */
  visit(): Promise<Uint8Array[]>;
  origins(): string[];
}

const requestsWaitingMax = 64;

interface Witnessed {
  kept: KeptLog;
  source: AuditedCoordinator;
  address: string;
}

const encode = (text: string) => new TextEncoder().encode(text);

function headOf(note: string | null) {
  return note === null ? null : parseCheckpoint(parseNote(encode(note)).text);
}

/** @param addresses of coordinators whose logs are cosigned */
export async function openWitnessDesk(
  state: WitnessState,
  addresses: readonly string[],
): Promise<WitnessDesk> {
  const logs = new Map<string, Witnessed>();
  for (const address of addresses) {
    const source = await openPinned(state, address);
    const { origin } = source.trust;
    const fresh = { origin, key: formatVerifierKey(source.chain.reigns[0].key), checkpoint: null };
    const kept = (await state.read(origin)) ?? fresh;
    await state.write(kept);
    logs.set(origin, { kept, source, address });
  }

  async function answer(body: Uint8Array): Promise<WitnessAnswer> {
    return answerAddCheckpoint(body, {
      signer: state.signer,
      nowSeconds: Math.floor(Date.now() / 1000),
      findLog(origin) {
        const log = logs.get(origin);
        return log ? { keysAt: log.source.trust.keysAt, last: headOf(log.kept.checkpoint) } : null;
      },
    });
  }

  async function judge(body: Uint8Array): Promise<WitnessAnswer> {
    let answered = await answer(body);
    if (answered.status === 403) {
      // The log may have changed its key since: its statements are read once more.
      for (const log of logs.values()) log.source = await openPinned(state, log.address);
      answered = await answer(body);
    }
    if (answered.status === 200) {
      const log = logs.get(answered.checkpoint.origin);
      if (!log) throw new IdlewildError('internal/assertion', 'A known log was cosigned.');
      const kept = { ...log.kept, checkpoint: new TextDecoder().decode(answered.note) };
      await state.write(kept);
      log.kept = kept;
    } else if (answered.evidence) {
      const { origin } = parseCheckpoint(parseNote(answered.evidence).text);
      await state.keepEvidence(origin, answered.evidence);
    }
    return answered;
  }

  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  const add = (body: Uint8Array): Promise<WitnessAnswer> => {
    if (waiting >= requestsWaitingMax) {
      const message = `${waiting} requests wait (requestsWaitingMax).`;
      return Promise.reject(new IdlewildError('coordinator/busy', message, { retryable: true }));
    }
    waiting++;
    const judged = last.then(() => judge(body));
    last = judged.catch(() => {}).finally(() => waiting--);
    return judged;
  };

  return {
    add,
    origins: () => [...logs.keys()],
    async visit() {
      const notes: Uint8Array[] = [];
      for (const { source, kept } of [...logs.values()]) {
        const checkpoint = await source.readCheckpoint();
        const head = parseCheckpoint(parseNote(checkpoint).text);
        const oldSize = headOf(kept.checkpoint)?.size ?? 0;
        const growing = oldSize > 0 && oldSize < head.size;
        const tree = growing ? await openTileTree(source.source, head) : null;
        const proof = (await tree?.consistencyProof(oldSize)) ?? [];
        const answered = await add(formatCosignRequest({ oldSize, proof, checkpoint }));
        if (answered.status !== 200) {
          const message = `${head.origin}: ${answered.body.trim()} (${answered.code})`;
          throw new IdlewildError('witness/refused', message);
        }
        notes.push(answered.note);
      }
      return notes;
    },
  };
}

/** A log under the key that it had when it was first seen, whatever its coordinator says now. */
async function openPinned(state: WitnessState, address: string): Promise<AuditedCoordinator> {
  const source = await openAudited(address, {});
  const kept = await state.read(source.trust.origin);
  return kept ? openAudited(address, { key: parseVerifierKey(kept.key) }) : source;
}
