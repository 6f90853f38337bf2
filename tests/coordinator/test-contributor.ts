// A contributor of one page: a viem account, a P-256 session key, the oracle. It says exactly what
// a test wants it to say, true or not.
import { webcrypto } from 'node:crypto';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import type { EncoderWeights } from '#model/encoder.ts';
import { type Bytes, concatBytes, fromHex, wordsToBytes } from '#protocol/bytes.ts';
import { encodeCallHead } from '#protocol/call.ts';
import { decodeCbor, encodeCbor } from '#protocol/cbor.ts';
import { grantTypedData, sessionProofBytes } from '#protocol/grant.ts';
import { decodeUnitInput, outputDigest } from '#protocol/unit.ts';
import {
  ARITHMETIC,
  type CallHead,
  type Challenge,
  CONSENT_VERSION,
  type Envelope,
  type Grant,
  type Lease,
  type ResultPayload,
  type SessionAnswer,
  type SessionRequest,
  type SubmittedResult,
  WIRE_VERSION,
  type WireErrorBody,
  type WorkAnswer,
  type WorkCall,
  type WorkRequest,
} from '#protocol/wire.ts';
import { encodeRow } from '#reference/encoder.ts';

interface Answered {
  status: number;
  body: Uint8Array;
}

/** Posts CBOR bytes to a path of the coordinator. */
type Send = (path: string, body: Uint8Array) => Promise<Answered>;

export interface TestContributorOptions {
  send: Send;
  weights: EncoderWeights;
  /** Multiply-adds per second that it claims. */
  speed?: number;
  privateKey?: `0x${string}`;
}

/** What a call says otherwise; it chooses no project unless it names one. */
export type TestCall = Partial<Omit<WorkRequest, 'want'>> & {
  want?: Omit<WorkRequest['want'], 'project'> & { project?: string | null };
};

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

export type SessionKey = webcrypto.CryptoKeyPair;

export async function signLow(
  key: SessionKey,
  bytes: Uint8Array,
  form: 'low' | 'high' = 'low',
): Promise<Bytes> {
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
  const raw = await webcrypto.subtle.sign(algorithm, key.privateKey, Buffer.from(bytes));
  const signature = new Uint8Array(raw);
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).toString('hex')}`);
  const isLow = s <= order / 2n;
  const wanted = isLow === (form === 'low') ? s : order - s;
  return concatBytes(signature.subarray(0, 32), fromHex(wanted.toString(16).padStart(64, '0')));
}

export class Refused extends Error {
  readonly status: number;
  readonly error: WireErrorBody['error'];

  constructor(status: number, { error }: WireErrorBody) {
    super(`${status} ${error.code}: ${error.message}`);
    this.status = status;
    this.error = error;
  }
}

export async function createTestContributor(options: TestContributorOptions) {
  const { send, weights, speed = 1e9, privateKey = generatePrivateKey() } = options;
  const account = privateKeyToAccount(privateKey);
  const makeKey = () =>
    webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, [
      'sign',
      'verify',
    ]) as Promise<SessionKey>;
  let key = await makeKey();
  let session = '';
  let counter = 0;

  async function post<Answer>(path: string, body: unknown): Promise<Answer> {
    const { status, body: bytes } = await send(path, encodeCbor(body));
    if (status !== 200) throw new Refused(status, decodeCbor(bytes) as WireErrorBody);
    return decodeCbor(bytes) as Answer;
  }

  async function seal(payload: object): Promise<Envelope> {
    const bytes = encodeCbor(payload);
    return { payload: bytes, signature: await signLow(key, bytes) };
  }

  /** A correct request for a session; `change` spoils it before or after it is signed. */
  async function makeSessionRequest(
    change: { grant?: Partial<Grant>; request?: Partial<SessionRequest> } = {},
  ): Promise<SessionRequest> {
    const challenge = await post<Challenge>('/v1/challenges', { wire: WIRE_VERSION });
    const grant: Grant = {
      account: account.address,
      sessionKey: new Uint8Array(await webcrypto.subtle.exportKey('raw', key.publicKey)),
      coordinator: challenge.coordinator,
      chainId: challenge.chainId,
      nonce: challenge.nonce,
      expiresAt: challenge.expiresAt,
      consentVersion: CONSENT_VERSION,
      ...change.grant,
    };
    const signature = await account.signTypedData(grantTypedData(grant) as never);
    return {
      wire: WIRE_VERSION,
      arithmetic: ARITHMETIC,
      grant,
      walletSignature: fromHex(signature.slice(2)),
      sessionSignature: await signLow(key, sessionProofBytes(grant)),
      capabilities: {
        backend: 'typescript',
        adapter: 'the oracle',
        selfTest: new Uint8Array(32),
        speed,
      },
      consent: { version: CONSENT_VERSION, ageMs: 0 },
      ...change.request,
    };
  }

  /** Goes on in a session that was opened. */
  function enter(answer: SessionAnswer): SessionAnswer {
    session = answer.session;
    counter = 0;
    return answer;
  }

  const open = async () =>
    enter(await post<SessionAnswer>('/v1/sessions', await makeSessionRequest()));

  function makeWorkRequest({ want, ...change }: TestCall = {}): WorkRequest {
    return {
      kind: 'work',
      results: [],
      returns: [],
      holding: [],
      awaiting: [],
      want: { project: null, ...(want ?? { units: 1, models: [], speed }) },
      ...change,
    };
  }

  /** @param change of the head, before it is signed */
  async function sealCall(request: WorkRequest, change: Partial<CallHead> = {}): Promise<WorkCall> {
    counter = change.counter ?? counter + 1;
    const body = encodeCbor({ ...request });
    const results = request.results.map(({ payload }) => payload);
    const head = encodeCallHead({ session, counter }, { body, results });
    const changed = encodeCbor({ ...(decodeCbor(head) as CallHead), ...change });
    return { payload: changed, signature: await signLow(key, changed), body };
  }

  function compute(lease: Lease): Bytes {
    const { rows } = decodeUnitInput(lease.input);
    return concatBytes(...rows.map((row) => wordsToBytes(encodeRow(weights, row))));
  }

  /** @param spoil changes the output before its digest is taken */
  async function makeResult(
    lease: Lease,
    spoil: (output: Bytes) => Bytes = (output) => output,
    change: Partial<ResultPayload> = {},
  ): Promise<SubmittedResult> {
    const output = spoil(compute(lease));
    const payload: ResultPayload = {
      kind: 'result',
      wire: WIRE_VERSION,
      arithmetic: ARITHMETIC,
      lease: lease.lease,
      unit: lease.unit,
      model: lease.model,
      digest: outputDigest(output, lease.rows),
      rows: lease.rows,
      backend: 'typescript',
      elapsedMs: 12,
      ...change,
    };
    const kept = lease.deliver === 'output' ? output : null;
    return { payload: encodeCbor({ ...payload }), output: kept };
  }

  const work = async (change: TestCall = {}) =>
    post<WorkAnswer>('/v1/work', await sealCall(makeWorkRequest(change)));

  /** A signed call about the account. */
  async function call<Answer>(path: string, body: object): Promise<Answer> {
    counter++;
    const sealed = { wire: WIRE_VERSION, session, counter, ...body };
    return post<Answer>(path, await seal(sealed));
  }

  return {
    address: account.address.toLowerCase(),
    /** The viem account behind it. */
    signer: account,
    call,
    enter,
    get session() {
      return session;
    },
    get counter() {
      return counter;
    },
    get key() {
      return key;
    },
    /** A new key, for a session of its own. */
    async changeKey() {
      key = await makeKey();
    },
    post,
    send,
    seal,
    sealCall,
    open,
    makeSessionRequest,
    makeWorkRequest,
    makeResult,
    compute,
    work,
    /** Leases up to `units`, computes them and sends what came out. */
    async turn(units = 1, spoil?: (output: Bytes) => Bytes) {
      const { leases, reason } = await work({ want: { units, models: [], speed } });
      if (leases.length === 0) return { leases, reason, answer: null };
      const results = await Promise.all(leases.map((lease) => makeResult(lease, spoil)));
      const answer = await work({ results, want: { units: 0, models: [], speed } });
      return { leases, reason, answer };
    },
  };
}

export type TestContributor = Awaited<ReturnType<typeof createTestContributor>>;
