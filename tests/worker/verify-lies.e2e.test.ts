// A receipt checked in the browser's way, against a coordinator that lies about one thing at a time:
// that one check fails, and no other. What cannot be looked at is unchecked, never said to hold.
import { beforeAll, expect, test } from 'vitest';
import { encodeCbor } from '#protocol/cbor.ts';
import type { ReceiptPayload } from '#protocol/receipt.ts';
import { createReferenceBackend } from '#reference/encoder.ts';
import type { VerifyReport } from '#worker/status.ts';
import { strangerSigner } from '../ledger/log-lab.ts';
import { makeGrant, makeSessionKey } from '../ledger/receipt-lab.ts';
import { lying } from './bad-backends.ts';
import { memoryStore } from './node-environment.ts';
import { flip, type Lie, ReceiptForger, refusal } from './receipt-forger.ts';

let forger: ReceiptForger;
beforeAll(() => {
  forger = new ReceiptForger();
});

const codes = ({ steps }: VerifyReport) => steps.map(({ code }) => code);
const notHolding = ({ steps }: VerifyReport) =>
  steps.filter(({ outcome }) => outcome !== 'holds').map(({ code }) => code);
const firstHeld = [
  'receipt/holds',
  'signature/holds-new-key',
  'inclusion/holds',
  'result/holds',
  'wallet/holds',
  'credit/holds',
  'recompute/holds',
];

test('an honest receipt holds in all seven, each told as it begins and as it ends', async () => {
  const { report, steps } = await forger.verify();
  expect(codes(report)).toEqual(firstHeld);
  expect(report.outcome).toBe('holds');
  const recompute = steps.filter(({ check }) => check === 'recompute');
  expect(recompute[0]).toMatchObject({ outcome: 'running', code: 'recompute/running' });
  const computing = recompute.filter(({ code }) => code === 'recompute/computing');
  expect(computing[0].share).toBe(0);
  expect(computing.at(-1)).toMatchObject({ share: 1, values: { model: 'tiny', rows: 3 } });
  expect(steps.at(-1)).toEqual(report.steps[6]);
  for (const check of firstHeld.map((code) => code.split('/')[0])) {
    expect(steps.find((step) => step.check === check)?.outcome).toBe('running');
  }
});

test('the next one holds by the key and the log that this browser remembers', async () => {
  const store = memoryStore();
  await forger.verify({}, { store });
  const { report } = await forger.verify({}, { store });
  expect(codes(report)).toEqual(firstHeld.with(1, 'signature/holds'));
});

test('a private receipt holds by its salt', async () => {
  const { report } = await forger.verify({ salt: new Uint8Array(32).fill(5) });
  expect(codes(report)).toEqual(firstHeld.with(2, 'inclusion/holds-sealed'));
});

const not = ['signature', 'inclusion', 'result', 'wallet', 'credit', 'recompute'].map(
  (check) => `${check}/not-reached`,
);
const other = new Uint8Array(32).fill(77);

test.each<[string, Lie, string]>([
  ['other bytes than its name says', { shown: (shown) => flip(shown.payload, 40) }, 'other-id'],
  ['no receipt', { told: { receipt: 'a'.repeat(64) } }, 'withheld'],
  ['nonsense', { answers: { '/v1/receipts/RECEIPT': () => cborNonsense() } }, 'malformed'],
  [
    'a statement without a result',
    { statement: (one) => Object.assign(one, { result: {} as never }) },
    'malformed',
  ],
  ['the receipt of another lease', { result: { lease: 'lease-2' } }, 'other-lease'],
  ['the receipt of another account', { told: { account: `0x${'1'.repeat(40)}` } }, 'other-account'],
  [
    'another digest than was signed',
    { statement: (one) => Object.assign(one, { digest: other }) },
    'contradiction',
  ],
  ['another unit than was signed', { result: { unit: other } }, 'contradiction'],
])('%s: nothing further is claimed', async (_name, lie, what) => {
  const answers = { [`/v1/receipts/${'a'.repeat(64)}`]: () => refusal(404), ...lie.answers };
  const { report } = await forger.verify({ ...lie, answers });
  expect(codes(report)).toEqual([`receipt/${what}`, ...not]);
  expect(report.outcome).toBe('fails');
});

const cborNonsense = () =>
  new Response(encodeCbor({ id: 3 }), { headers: { 'content-type': 'application/cbor' } });

test.each<[string, Lie, string]>([
  ['a signature of another', { shown: ({ signature }) => flip(signature) }, 'signature/not-signed'],
  ['a proof of another leaf', { shown: ({ log }) => flip(log.proof[0]) }, 'inclusion/not-included'],
  ['a place that is another', { shown: ({ log }) => void log.index-- }, 'inclusion/not-included'],
  [
    'a log that a stranger signed',
    {
      shown: ({ log }) => Object.assign(log, { checkpoint: forger.log.checkpoint(strangerSigner) }),
    },
    'inclusion/log',
  ],
  [
    'a commitment that another salt opens',
    { salt: new Uint8Array(32).fill(5), shown: ({ salt }) => salt && flip(salt) },
    'inclusion/not-included',
  ],
  [
    'a call that the session key did not sign',
    { statement: ({ result }) => 'call' in result && flip(result.call.signature, 9) },
    'result/not-signed',
  ],
  [
    'a call that names another result in its place',
    { statement: ({ result }) => 'call' in result && flip(result.path[0]) },
    'result/not-placed',
  ],
  [
    'a grant that the wallet did not sign',
    { statement: ({ walletSignature }) => flip(walletSignature, 3) },
    'wallet/not-signed',
  ],
  [
    'a grant of another account',
    { statement: (one) => Object.assign(one, { account: `0x${'2'.repeat(40)}` }) },
    'wallet/other-account',
  ],
  ['a credit that is too high', { statement: (one) => void one.credit++ }, 'credit/other-credit'],
  ['a cost that is too high', { statement: (one) => void one.cost++ }, 'credit/other-cost'],
  ['a verdict that told of more', { told: { credit: 99 } }, 'credit/other-than-told'],
  ['a wrong result, signed by all', { result: { digest: other } }, 'recompute/other-digest'],
])('%s: that check fails, and no other', async (_name, lie, code) => {
  const { report } = await forger.verify(lie);
  expect(notHolding(report)).toEqual([code]);
  expect(report.outcome).toBe('fails');
});

test('a grant to another coordinator is none', async () => {
  const sessionKey = await makeSessionKey();
  const foreign = await makeGrant(sessionKey, 'https://other.example');
  const statement: Lie['statement'] = (one) => {
    const { sessionKey: key } = one.grant;
    Object.assign(one, foreign, { account: foreign.grant.account });
    one.grant = { ...foreign.grant, sessionKey: key };
  };
  const { report } = await forger.verify({ statement });
  expect(notHolding(report)).toEqual(['wallet/other-coordinator']);
});

test('a coordinator that changes its key is found out', async () => {
  const store = memoryStore();
  await forger.verify({}, { store });
  const changed = () => new Response(JSON.stringify({ receiptKey: 'ab'.repeat(32) }));
  const { report } = await forger.verify({ answers: { '/v1/coordinator': changed } }, { store });
  expect(notHolding(report)).toEqual(['signature/other-key']);
});

test('a log that forks is found out', async () => {
  const store = memoryStore();
  await new ReceiptForger().verify({}, { store });
  const forked = new ReceiptForger();
  for (let more = 0; more < 3; more++) await forked.verify();
  const { report } = await forked.verify({}, { store });
  expect(notHolding(report)).toEqual(['inclusion/log']);
  expect(report.steps[2].values).toMatchObject({ code: 'log/forked' });
});

test("another unit's input fails the recomputation, and the cost is not claimed", async () => {
  const input = () =>
    new Response(new Uint8Array(forger.other.lease.input), {
      headers: { 'content-type': 'application/cbor' },
    });
  const { report } = await forger.verify({ answers: { '/v1/receipts/RECEIPT/input': input } });
  expect(notHolding(report)).toEqual(['credit/no-input', 'recompute/other-input']);
});

test.each<[string, Lie, string[], VerifyReport['outcome']]>([
  [
    'an input that was deleted',
    { answers: { '/v1/receipts/RECEIPT/input': () => refusal(410) } },
    ['credit/no-input', 'recompute/input-gone'],
    'unchecked',
  ],
  [
    'a log that lags',
    { shown: ({ log }) => Object.assign(log, { state: 'waiting' }) },
    ['inclusion/waiting'],
    'unchecked',
  ],
  [
    'a log without its keys',
    { answers: { '/v1/log/keys': () => refusal(404) } },
    ['inclusion/unseen'],
    'unchecked',
  ],
  [
    'a dead network',
    { answers: { '/v1/receipts/RECEIPT': () => new TypeError('fetch failed') } },
    ['receipt/failed', ...not],
    'unchecked',
  ],
  [
    'a sign-in page in the way',
    { answers: { '/v1/receipts/RECEIPT': () => new Response('<html>Sign in</html>') } },
    ['receipt/failed', ...not],
    'unchecked',
  ],
])('%s is claimed neither way', async (_name, lie, expected, outcome) => {
  const { report } = await forger.verify(lie);
  expect(notHolding(report)).toEqual(expected);
  expect(report.outcome).toBe(outcome);
});

test('kernels that compute wrongly accuse nobody: the oracle is asked', async () => {
  const create = async () => ({ ...lying(createReferenceBackend()), name: 'wasm' as const });
  const { report } = await forger.verify({}, { crew: { workersMax: 1, create } });
  expect(report.outcome).toBe('holds');
  expect(report.steps[6].values).toMatchObject({ backend: 'typescript' });
});

test('a voided receipt credits nothing, and says whether its result is wrong', async () => {
  const told = { state: 'rejected', credit: 0 } as const;
  const statement = (one: { kind: string; credit: number }) => {
    one.kind = 'voided';
    one.credit = 0;
  };
  const right = await forger.verify({ told, statement });
  expect(codes(right.report).slice(5)).toEqual(['credit/holds', 'recompute/holds']);
  const wrong = await forger.verify({ told, statement, result: { digest: other } });
  expect(codes(wrong.report).slice(5)).toEqual(['credit/holds', 'recompute/holds-void']);
  expect(wrong.report.outcome).toBe('holds');
});

test('the grant of a contract is unchecked: it is neither believed nor denied', async () => {
  const walletCheck = { kind: 'erc1271', block: 7 } as const;
  const statement = (one: ReceiptPayload) => {
    one.walletSignature = new Uint8Array(130).fill(1);
    one.walletCheck = walletCheck;
  };
  const { report } = await forger.verify({ statement });
  expect(report.outcome).toBe('unchecked');
  expect(notHolding(report)).toEqual(['wallet/contract']);
  // A contract's word is not needed where the account's own key signed.
  const { report: held } = await forger.verify({
    statement: (one) => void Object.assign(one, { walletCheck }),
  });
  expect(held.outcome).toBe('holds');
});
