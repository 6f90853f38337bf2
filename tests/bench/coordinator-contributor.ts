// A contributor whose signatures and calls are real and whose computing is not: a row's output is a
// cheap function of its tokens, so that all who compute it agree; most digests were worked out before.
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { privateKeyToAccount } from 'viem/accounts';
import { concatBytes, fromHex, toHex, wordsToBytes } from '#protocol/bytes.ts';
import { encodeCallHead } from '#protocol/call.ts';
import { decodeCbor, encodeCbor } from '#protocol/cbor.ts';
import { grantTypedData, sessionProofBytes } from '#protocol/grant.ts';
import { decodeUnitInput, outputDigest } from '#protocol/unit.ts';
import {
  ARITHMETIC,
  type Challenge,
  CONSENT_VERSION,
  type Grant,
  type Lease,
  type ResultPayload,
  type SessionAnswer,
  type SubmittedResult,
  WIRE_VERSION,
  type WorkAnswer,
  type WorkCall,
  type WorkRequest,
} from '#protocol/wire.ts';
import { chooseAwaiting } from '#worker/choose-awaiting.ts';
import type { HttpConnection } from './http-connection.ts';

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const halfOrder = order >> 1n;
/** Multiply-adds per second that it claims: as many leases as it asks for fit its time. */
const speed = 1e15;

/** The words of one row's output; different rows have different ones. */
export function rowWords(tokens: Uint32Array, words: number): Int32Array {
  let state = 0x811c9dc5;
  for (const token of tokens) state = Math.imul(state ^ token, 0x01000193);
  const output = new Int32Array(words);
  for (let i = 0; i < words; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    output[i] = state;
  }
  return output;
}

/** The wallet of a contributor: its record is in the database before it comes. */
export function walletOf(index: number) {
  const key = createHash('sha256').update(`idlewild bench ${index}`).digest('hex');
  return privateKeyToAccount(`0x${key}`);
}

function signLow(bytes: Uint8Array, key: KeyObject): Uint8Array {
  const signature = sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' });
  const s = BigInt(`0x${signature.toString('hex', 32)}`);
  if (s <= halfOrder) return new Uint8Array(signature);
  const low = fromHex((order - s).toString(16).padStart(64, '0'));
  return concatBytes(signature.subarray(0, 32), low);
}

export class BenchContributor {
  accepted = 0;
  /** Of the last answer; 0 where it brought leases. */
  retryAfterMs = 0;
  private readonly connection: HttpConnection;
  private readonly words: number;
  private readonly digests: ReadonlyMap<string, Uint8Array>;
  private readonly keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  private session = '';
  private counter = 0;
  private held: Lease[] = [];
  private awaiting = new Set<string>();

  /**
   * @param words output words of a row
   * @param digests of outputs known beforehand, by the unit's digest in hex
   */
  constructor(connection: HttpConnection, words: number, digests: ReadonlyMap<string, Uint8Array>) {
    this.connection = connection;
    this.words = words;
    this.digests = digests;
  }

  private async post<Answer>(path: string, body: unknown): Promise<Answer> {
    const { status, body: bytes } = await this.connection.post(path, encodeCbor(body));
    const answer = decodeCbor(bytes);
    if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(answer)}`);
    return answer as Answer;
  }

  private sealCall(request: WorkRequest): WorkCall {
    this.counter++;
    const body = encodeCbor({ ...request });
    const results = request.results.map(({ payload }) => payload);
    const head = encodeCallHead(
      { session: this.session, counter: this.counter },
      { body, results },
    );
    return { payload: head, signature: signLow(head, this.keys.privateKey), body };
  }

  async open(index: number): Promise<void> {
    const account = walletOf(index);
    const challenge = await this.post<Challenge>('/v1/challenges', { wire: WIRE_VERSION });
    const { x = '', y = '' } = this.keys.publicKey.export({ format: 'jwk' });
    const grant: Grant = {
      account: account.address,
      sessionKey: concatBytes(
        new Uint8Array([4]),
        Buffer.from(x, 'base64url'),
        Buffer.from(y, 'base64url'),
      ),
      coordinator: challenge.coordinator,
      chainId: challenge.chainId,
      nonce: challenge.nonce,
      expiresAt: challenge.expiresAt,
      consentVersion: CONSENT_VERSION,
    };
    const signature = await account.signTypedData(grantTypedData(grant) as never);
    const { session } = await this.post<SessionAnswer>('/v1/sessions', {
      wire: WIRE_VERSION,
      arithmetic: ARITHMETIC,
      grant,
      walletSignature: fromHex(signature.slice(2)),
      sessionSignature: signLow(sessionProofBytes(grant), this.keys.privateKey),
      capabilities: { backend: 'wasm', adapter: 'bench', selfTest: new Uint8Array(32), speed },
      consent: { version: CONSENT_VERSION, ageMs: 0 },
    });
    this.session = session;
  }

  private compute(lease: Lease): SubmittedResult {
    const { rows } = decodeUnitInput(lease.input);
    const output = concatBytes(...rows.map((row) => wordsToBytes(rowWords(row, this.words))));
    const payload: ResultPayload = {
      kind: 'result',
      wire: WIRE_VERSION,
      arithmetic: ARITHMETIC,
      lease: lease.lease,
      unit: lease.unit,
      model: lease.model,
      digest: this.digests.get(toHex(lease.unit)) ?? outputDigest(output, lease.rows),
      rows: lease.rows,
      backend: 'wasm',
      elapsedMs: 1,
    };
    const kept = lease.deliver === 'output' ? output : null;
    return { payload: encodeCbor({ ...payload }), output: kept };
  }

  /** One call: what was leased before is brought, as many are asked for. @returns results brought */
  async turn(units: number): Promise<number> {
    const results = this.held.map((lease) => this.compute(lease));
    const brought = this.held.map(({ lease }) => lease);
    const request: WorkRequest = {
      kind: 'work',
      results,
      returns: [],
      holding: [],
      awaiting: chooseAwaiting([...this.awaiting], this.counter),
      want: { units, models: [], project: null, speed },
    };
    const answer = await this.post<WorkAnswer>('/v1/work', this.sealCall(request));
    for (const { lease, state, code } of answer.verdicts) {
      if (state === 'pending') this.awaiting.add(lease);
      else this.awaiting.delete(lease);
      if (state === 'rejected') throw new Error(`a right result was refused: ${code}`);
    }
    this.held = answer.leases;
    this.accepted = answer.totals.accepted;
    this.retryAfterMs = answer.retryAfterMs;
    return brought.length;
  }
}
