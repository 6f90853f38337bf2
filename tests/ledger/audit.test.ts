// The audit's one pass over a log in memory: what is sound passes, and whatever is not as it was
// signed, or as its books say, is named with its leaf.
import { beforeAll, describe, expect, test } from 'vitest';
import { type AuditSource, auditLog } from '#ledger/audit-log.ts';
import { signRotation } from '#ledger/log-signer.ts';
import { utf8 } from '#protocol/bytes.ts';
import { encodeCbor } from '#protocol/cbor.ts';
import { openEntry, rotationEntry, sealedEntry } from '#protocol/log-entry.ts';
import { type LogGroup, parseLogGroups } from '#protocol/log-group.ts';
import type { ReceiptPayload } from '#protocol/receipt.ts';
import { decodeEntryBundle, encodeEntryBundle } from '#protocol/tile.ts';
import { openTileTree } from '#protocol/tile-reader.ts';
import type { PlacedResult } from '#protocol/wire.ts';
import type { SessionKey } from '../coordinator/test-contributor.ts';
import { logSigner, makeLabLog, nextSigner, origin } from './log-lab.ts';
import { digest, makePayload, makeSessionKey } from './receipt-lab.ts';

const salt = (fill: number) => new Uint8Array(32).fill(fill);
let sessionKey: SessionKey;
let payloads: ReceiptPayload[];
const note = signRotation({ origin, size: 0, root: makeLabLog().root }, logSigner, nextSigner);

beforeAll(async () => {
  sessionKey = await makeSessionKey();
  const leases = ['a', 'b', 'c', 'd', 'e', 'f'];
  payloads = await Promise.all(
    leases.map((lease) => makePayload({ sessionKey, change: { lease } })),
  );
});

const open = (payload: ReceiptPayload) => openEntry(encodeCbor({ ...payload }));
const seal = (payload: ReceiptPayload, fill = 1) =>
  sealedEntry(encodeCbor({ ...payload }), salt(fill));

/** Two groups of receipts, a change of key, and one receipt more. */
function makeEntries() {
  const [a, b, c, d, e, f] = payloads;
  const voided = { ...f, kind: 'voided' as const, credit: 0 };
  return [open(a), seal(b), open(c), seal(d), rotationEntry(note), open(e), open(voided)];
}

function makeGroups(): LogGroup[] {
  const earned = (payload: ReceiptPayload, amount = 2) => ({
    account: `contributor:${payload.account.toLowerCase()}:earned`,
    amount,
  });
  const spent = (amount: number) => ({ account: 'project:p:spent', amount });
  const [a, b, c, d, e] = payloads;
  return [
    { first: 0, count: 2, postings: [earned(a), earned(b), spent(-4)] },
    { first: 2, count: 2, postings: [earned(c), earned(d), spent(-4)] },
    { first: 4, count: 1, postings: [] },
    { first: 5, count: 2, postings: [earned(e), spent(-2)] },
  ];
}

interface Serving {
  /** The log as it was signed. */
  entries?: Uint8Array<ArrayBuffer>[];
  /** What is served of it. */
  served?: (entries: Uint8Array[]) => Uint8Array[];
  groups?: LogGroup[];
}

async function audit({ entries = makeEntries(), served, groups = makeGroups() }: Serving = {}) {
  const log = makeLabLog(entries);
  const source: AuditSource = {
    async read(path) {
      const bytes = (await log.reader.read(path)) ?? null;
      if (!bytes || !served || !path.includes('entries')) return bytes;
      return encodeEntryBundle(served(decodeEntryBundle(bytes, entries.length)));
    },
    groups: async (start, end) => groups.filter(({ first }) => first >= start && first < end),
  };
  const tree = await openTileTree(source, { size: log.edge.size, root: log.root });
  return auditLog({ source, tree, hostname: 'localhost', rotations: [note] });
}

const found = async (serving: Serving) => {
  const { faults } = await audit(serving);
  return faults.map(({ code, leaf }) => [code, leaf]);
};

test('a sound log has no fault, and is added up', async () => {
  const { faults, ...sums } = await audit();
  expect(faults).toEqual([]);
  expect(sums).toEqual({
    leaves: 7,
    receipts: { open: 4, sealed: 2 },
    rotations: 1,
    credit: 10n,
    contributors: 5,
    faultsCount: 0,
  });
});

describe('a leaf that is not as it was signed', () => {
  const swap = (entries: Uint8Array[], a: number, b: number) =>
    entries.map((entry, i) => (i === a ? entries[b] : i === b ? entries[a] : entry));

  test.each<[string, Serving['served'], unknown[]]>([
    ['changed', (entries) => entries.with(2, entries[2].with(40, 0)), [['log/receipt-changed', 2]]],
    ['removed', (entries) => entries.with(3, new Uint8Array()), [['log/receipt-removed', 3]]],
    [
      'moved',
      (entries) => swap(entries, 1, 5),
      [
        ['log/receipt-reordered', 1],
        ['log/receipt-reordered', 5],
      ],
    ],
    [
      'left out, the rest moved up',
      (entries) => [...entries.slice(1), new Uint8Array()],
      [0, 1, 2, 3, 4, 5, 6].map((i) => [
        i < 6 ? 'log/receipt-reordered' : 'log/receipt-removed',
        i,
      ]),
    ],
  ])('%s', async (_, served, faults) => {
    expect(await found({ served: served! })).toEqual(faults);
  });

  test('and a bundle that is not there at all', async () => {
    const faults = await found({ served: (entries) => entries.slice(1) });
    expect(faults).toEqual([0, 1, 2, 3, 4, 5, 6].map((leaf) => ['log/receipt-removed', leaf]));
  });
});

describe('books that are not as the receipts say', () => {
  const change = (at: number, group: Partial<LogGroup>) =>
    makeGroups().map((old, i) => (i === at ? { ...old, ...group } : old));

  test.each<[string, () => LogGroup[], unknown[]]>([
    [
      'an amount',
      () =>
        change(0, {
          postings: makeGroups()[0].postings.map((p, i) => (i === 0 ? { ...p, amount: 3 } : p)),
        }),
      [['ledger/posting-altered', 0]],
    ],
    [
      'a posting more',
      () => change(2, { postings: [{ account: 'contributor:0x1:earned', amount: 1 }] }),
      [['ledger/posting-altered', 4]],
    ],
    [
      'no postings',
      () => change(3, { postings: [] }),
      [
        ['ledger/posting-altered', 5],
        ['ledger/posting-altered', 5],
      ],
    ],
    ['a group missing', () => makeGroups().toSpliced(1, 1), [['ledger/group-missing', 2]]],
    ['none at all', () => [], [['ledger/group-missing', 0]]],
  ])('%s', async (_, groups, faults) => {
    expect(await found({ groups: groups() })).toEqual(faults);
  });
});

describe('receipts that say what is not so', () => {
  const withLeaf = (at: number, entry: Uint8Array<ArrayBuffer>) => makeEntries().with(at, entry);

  test.each<[string, () => Promise<Uint8Array<ArrayBuffer>> | Uint8Array<ArrayBuffer>, string]>([
    ['a credit above its cost', () => open({ ...payloads[0], credit: 3 }), 'receipt/inconsistent'],
    ['another result', () => open({ ...payloads[0], digest: digest(8) }), 'receipt/inconsistent'],
    [
      "another's wallet",
      () => open({ ...payloads[0], walletSignature: payloads[1].walletSignature }),
      'receipt/wallet-signature',
    ],
    [
      'a signature of nobody',
      () => {
        const result = payloads[0].result as PlacedResult;
        const call = { ...result.call, signature: new Uint8Array(64) };
        return open({ ...payloads[0], result: { ...result, call } });
      },
      'receipt/result-signature',
    ],
    [
      "another coordinator's work",
      async () => open(await makePayload({ sessionKey, coordinator: 'https://other.example' })),
      'receipt/foreign-grant',
    ],
    ['nothing that can be read', () => utf8('nothing'), 'cbor/malformed'],
    [
      'no signed result',
      () => open({ ...payloads[0], result: null as never }),
      'receipt/malformed',
    ],
  ])('%s', async (_, make, code) => {
    const faults = await found({ entries: withLeaf(0, await make()) });
    expect(faults.map(([found]) => found)).toEqual([code]);
  });

  test('a lease that was paid before', async () => {
    const entries = withLeaf(5, open(payloads[2]));
    expect(await found({ entries })).toEqual([['receipt/repeated', 5]]);
  });

  test('a sealed one that credits nothing, or voids something', async () => {
    for (const wrong of [{ credit: 0 }, { kind: 'voided' as const }]) {
      const entries = withLeaf(1, seal({ ...payloads[1], ...wrong }));
      expect(await found({ entries })).toEqual([['receipt/inconsistent', 1]]);
    }
  });

  test('a change of key that was not published', async () => {
    const secret = signRotation(
      { origin, size: 0, root: makeLabLog().root },
      nextSigner,
      logSigner,
    );
    const entries = withLeaf(4, rotationEntry(secret));
    expect(await found({ entries })).toEqual([['log/secret-rotation', 4]]);
  });
});

test.each([
  [null],
  [{ groups: {} }],
  [{ groups: [{ first: -1, count: 1, postings: [] }] }],
  [{ groups: [{ first: 0, count: 0, postings: [] }] }],
  [{ groups: [{ first: 0, count: 1, postings: [{ account: 'a', amount: 1.5 }] }] }],
  [{ groups: [{ first: 0, count: 1, postings: [{ account: 7, amount: 1 }] }] }],
  [{ groups: [null] }],
])('postings of the form %j are refused', (body) => {
  expect(() => parseLogGroups(body)).toThrow('not in their form');
});
