// The coordinator's side of witnessing (C2SP tlog-witness): named witnesses are shown the log's tree
// from time to time, with a proof that it continues the one that they cosigned last, and what they
// answer is added to the checkpoint.
import { verifyByNode } from '#ledger/log-signer.ts';
import { utf8 } from '#protocol/bytes.ts';
import { parseSize } from '#protocol/checkpoint.ts';
import { formatCosignRequest } from '#protocol/cosign-request.ts';
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import {
  formatNote,
  type NoteSignature,
  parseNote,
  parseSignatureLines,
  type SignedNote,
} from '#protocol/signed-note.ts';
import { noteTypes, parseVerifierKey, type VerifierKey } from '#protocol/signed-note-key.ts';
import { verifyNote } from '#protocol/signed-note-verify.ts';
import type { TileTree } from '#protocol/tile-reader.ts';
import type { Context } from './context.ts';

export interface WitnessTarget {
  /** Prefix of its add-checkpoint. */
  url: URL;
  key: VerifierKey;
}

export interface Witnesses {
  /** Shows them the newest tree. @returns how many cosigned it */
  ask(): Promise<number>;
  stop(): Promise<void>;
}

const answerMs = 10_000;
const answerBytesMax = 16 << 10;

/** @param text URL#VERIFIERKEY @throws witness/bad-target */
export function parseWitnessTarget(text: string): WitnessTarget {
  const [url, ...rest] = text.split('#');
  const vkey = rest.join('#');
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol) || vkey === '') {
    throw new IdlewildError('witness/bad-target', `Not a witness: ${text}.`, {
      metaMessages: ['Expected its address, a #, and its verifier key.'],
    });
  }
  const key = parseVerifierKey(vkey);
  if (key.type !== noteTypes.cosignature) {
    throw new IdlewildError('witness/bad-target', 'The key is of a log, not of a witness.');
  }
  return { url: new URL(url.endsWith('/') ? url : `${url}/`), key };
}

/** @param everyMs 0 asks nobody unless `ask` is called */
export function createWitnesses(
  context: Context,
  targets: readonly WitnessTarget[],
  everyMs: number,
): Witnesses {
  const { receiptLog, database, log } = context;
  const stopped = new AbortController();
  /** What each cosigned last, as far as is known here. */
  const sizes = new Map<WitnessTarget, number>();
  let cosignedSize = -1;

  async function ask(): Promise<number> {
    const { head, tree } = await receiptLog.signed();
    if (targets.length === 0 || head.size === cosignedSize) return 0;
    const note = parseNote(head.checkpoint);
    const lines: NoteSignature[] = [];
    for (const target of targets) {
      try {
        lines.push(...(await cosignedBy(target, { note, tree, checkpoint: head.checkpoint })));
      } catch (thrown) {
        const { code, message } = toIdlewildError(thrown);
        log.warn({ witness: target.key.name, code }, message);
      }
    }
    if (lines.length === 0) return 0;
    const own = note.signatures.filter(({ name }) => name === receiptLog.origin);
    const checkpoint = formatNote({ text: note.text, signatures: [...own, ...lines] });
    await database.run('publishCosigned', { size: head.size, checkpoint });
    if (lines.length === targets.length) cosignedSize = head.size;
    return lines.length;
  }

  /** A witness that holds another size says which, and is asked once more from there. */
  async function cosignedBy(target: WitnessTarget, shown: Shown): Promise<NoteSignature[]> {
    for (const again of [true, false]) {
      const oldSize = sizes.get(target) ?? 0;
      const answer = await post(target, await makeRequest(shown, oldSize), stopped.signal);
      if (answer.status === 409 && again) {
        const size = parseSize(answer.text.trim());
        if (size === null || size > shown.tree.size) break;
        sizes.set(target, size);
        continue;
      }
      if (answer.status !== 200) throw refused(target, answer);
      const signatures = parseSignatureLines(answer.text);
      const signed = { text: shown.note.text, signatures };
      const verdict = await verifyNote(signed, [target.key], verifyByNode);
      if (verdict.state !== 'verified') throw refused(target, answer);
      sizes.set(target, shown.tree.size);
      return signatures.filter(({ keyId }) => keyId === target.key.keyId);
    }
    throw new IdlewildError('witness/ahead', `${target.key.name} holds another tree.`);
  }

  let running: Promise<unknown> = Promise.resolve();
  const look = () => {
    running = ask().catch((thrown) => log.warn({ err: thrown }, 'no witness was asked'));
  };
  const timer = everyMs > 0 && targets.length > 0 ? setInterval(look, everyMs) : null;
  return {
    ask,
    async stop() {
      if (timer) clearInterval(timer);
      stopped.abort();
      await running;
    },
  };
}

interface Shown {
  note: SignedNote;
  tree: TileTree;
  checkpoint: Uint8Array;
}

async function makeRequest({ tree, checkpoint }: Shown, oldSize: number) {
  const growing = oldSize > 0 && oldSize < tree.size;
  const proof = growing ? await tree.consistencyProof(oldSize) : [];
  return formatCosignRequest({ oldSize, proof, checkpoint });
}

interface Answer {
  status: number;
  text: string;
}

async function post(
  { url, key }: WitnessTarget,
  body: Uint8Array<ArrayBuffer>,
  stopped: AbortSignal,
): Promise<Answer> {
  const signal = AbortSignal.any([stopped, AbortSignal.timeout(answerMs)]);
  const init = { method: 'POST', body, signal, redirect: 'error' as const };
  const response = await fetch(new URL('add-checkpoint', url), init).catch((cause: Error) => {
    throw new IdlewildError('witness/unreachable', `${key.name} does not answer.`, { cause });
  });
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (utf8(text).length > answerBytesMax) break;
  }
  return { status: response.status, text };
}

/** 422 is its word that the log is not one: whoever runs this coordinator must see it. */
function refused({ key }: WitnessTarget, { status, text }: Answer): IdlewildError {
  const message = `${key.name} answers ${status}: ${text.trim().slice(0, 200)}`;
  return new IdlewildError('witness/refused', message);
}
