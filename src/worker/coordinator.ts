// The contributor's calls to the coordinator: CBOR both ways, every answer checked, every refusal
// an IdlewildError whose `retryable` says whether the same call may succeed later.
import type { RevokeRequest } from '#protocol/account-wire.ts';
import { concatBytes } from '#protocol/bytes.ts';
import { decodeCbor, encodeCbor } from '#protocol/cbor.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import {
  type Challenge,
  type Envelope,
  type SessionAnswer,
  type SessionRequest,
  WIRE_VERSION,
  type WorkAnswer,
  type WorkCall,
} from '#protocol/wire.ts';
import { readChallenge, readErrorBody, readSessionAnswer, readWorkAnswer } from './answers.ts';
import { withController } from './bell.ts';

/** A call without an answer for so long counts as a dead network. */
const callMs = 30_000;
const cborType = 'application/cbor';
/** Room for as many leases as may come, each with its input. */
const answerBytesMax = (limits.workLeasesMax + limits.workHoldingMax) * limits.unitBytesMax;

export interface Coordinator {
  challenge(signal: AbortSignal): Promise<Challenge>;
  openSession(request: SessionRequest, signal: AbortSignal): Promise<SessionAnswer>;
  work(call: WorkCall, signal: AbortSignal): Promise<WorkAnswer>;
  /** Posts a signed statement to a path below /v1/account: its answer, unchecked. */
  tell(path: string, signed: Envelope | RevokeRequest, signal: AbortSignal): Promise<unknown>;
  /** What it shows of a receipt, to whoever names its lease: CBOR, unchecked. */
  receipt(name: ReceiptName, signal: AbortSignal): Promise<unknown>;
  /** Encoded input of the receipt's unit, unchecked. */
  receiptInput(name: ReceiptName, signal: AbortSignal): Promise<Uint8Array>;
  /** The manifest's bytes, unchecked. */
  manifest(sha256: string, signal: AbortSignal): Promise<Uint8Array>;
  /** Whatever it shows to anyone at a path, unchecked. */
  read(path: string, signal: AbortSignal): Promise<Uint8Array>;
}

/** A private receipt is shown to its contributor, who alone knows the lease. */
interface ReceiptName {
  receipt: string;
  lease: string;
}

/** @param onReceived told of every byte that came */
export function connectCoordinator(
  origin: string,
  send: typeof fetch,
  onReceived: (bytes: number) => void,
): Coordinator {
  const request = async (url: URL, init: RequestInit, signal: AbortSignal) => {
    const answer = await fetchAnswer(send, url, { init, signal });
    onReceived(answer.bytes.length);
    return answer;
  };
  const call = async (path: string, body: unknown, signal: AbortSignal): Promise<unknown> => {
    const init = {
      method: 'POST',
      headers: { 'content-type': cborType, accept: cborType },
      body: encodeCbor(body),
      // The coordinator sends nobody elsewhere: what does is a sign-in page, or worse.
      redirect: 'error' as const,
    };
    return readCbor(await request(new URL(path, origin), init, signal));
  };
  const find = ({ receipt, lease }: ReceiptName, what: string, signal: AbortSignal) => {
    const url = new URL(`/v1/receipts/${receipt}${what}`, origin);
    url.searchParams.set('lease', lease);
    return request(url, { headers: { accept: cborType } }, signal);
  };
  const read = async (path: string, signal: AbortSignal) =>
    (await request(new URL(path, origin), {}, signal)).bytes;
  return {
    challenge: async (signal) =>
      readChallenge(await call('/v1/challenges', { wire: WIRE_VERSION }, signal)),
    openSession: async (body, signal) =>
      readSessionAnswer(await call('/v1/sessions', body, signal)),
    work: async (sealed, signal) => readWorkAnswer(await call('/v1/work', sealed, signal)),
    tell: (path, signed, signal) => call(path, signed, signal),
    receipt: async (name, signal) => readCbor(await find(name, '', signal)),
    receiptInput: async (name, signal) => asCbor(await find(name, '/input', signal)).bytes,
    manifest: (sha256, signal) => read(`/v1/manifests/${sha256}`, signal),
    read,
  };
}

interface Answer {
  type: string;
  bytes: Uint8Array;
}

async function fetchAnswer(
  send: typeof fetch,
  url: URL,
  { init, signal }: { init: RequestInit; signal: AbortSignal },
): Promise<Answer> {
  return withController(signal, async (call) => {
    const timer = setTimeout(() => call.abort(), callMs);
    try {
      const response = await send(url, { ...init, signal: call.signal });
      const bytes = await readBody(response, answerBytesMax);
      if (!response.ok) throw refusal(response, bytes);
      return { type: response.headers.get('content-type') ?? '', bytes };
    } catch (cause) {
      if (cause instanceof IdlewildError) throw cause;
      signal.throwIfAborted();
      throw unreachable(cause);
    } finally {
      clearTimeout(timer);
    }
  });
}

function unreachable(cause: unknown): IdlewildError {
  return new IdlewildError('coordinator/unreachable', 'The coordinator does not answer.', {
    retryable: true,
    metaMessages: ['Finished results are kept, and sent when it is back.'],
    cause,
  });
}

/** Counts while it reads: a body without end must not fill the memory first. */
async function readBody(response: Response, bytesMax: number): Promise<Uint8Array> {
  const reader = response.body?.getReader();
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    bytes += part.value.length;
    if (bytes > bytesMax) {
      void reader?.cancel().catch(() => {});
      throw new IdlewildError(
        'coordinator/malformed',
        `The coordinator's answer is longer than ${bytesMax} bytes.`,
      );
    }
    parts.push(part.value);
  }
  return concatBytes(...parts);
}

/** A page in the answer's place comes from a network that wants a sign-in: that passes. */
function asCbor(answer: Answer): Answer {
  const { type } = answer;
  if (!type.startsWith(cborType)) {
    throw new IdlewildError(
      'coordinator/intercepted',
      "Something else answers in the coordinator's place.",
      {
        retryable: true,
        metaMessages: ['Does this network ask you to sign in? Open another page to see.'],
      },
    );
  }
  return answer;
}

function readCbor(answer: Answer): unknown {
  const { bytes } = asCbor(answer);
  try {
    return decodeCbor(bytes);
  } catch (cause) {
    throw new IdlewildError('coordinator/malformed', "The coordinator's answer is not CBOR.", {
      cause,
    });
  }
}

/** A proxy in between may answer without a body of ours: then the status decides. */
function refusal(response: Response, bytes: Uint8Array): IdlewildError {
  const { status } = response;
  try {
    const error = readErrorBody(decodeCbor(bytes));
    if (error) return IdlewildError.fromWire(error);
  } catch {
    // Not CBOR: fall through to the status.
  }
  const retryable = status >= 500 || status === 408 || status === 429;
  return new IdlewildError(`coordinator/http-${status}`, `The coordinator answered ${status}.`, {
    retryable,
  });
}
