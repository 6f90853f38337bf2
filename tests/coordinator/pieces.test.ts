// The coordinator's small pieces by themselves: forms, lines, group commit, the rate limit, the
// choice of leases, the lock.
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readBoundary, readMultipart } from '#coordinator/multipart.ts';
import { networkOf } from '#coordinator/network-address.ts';
import { createRateLimit } from '#coordinator/rate-limit.ts';
import { readLines } from '#coordinator/read-lines.ts';
import { openBlobStore } from '#store/blob-store.ts';
import { type Candidate, type Chooser, chooseLeases } from '#store/choose-leases.ts';
import { lockFolder } from '#store/folder-lock.ts';
import { createGroupCommit } from '#store/group-commit.ts';
import { fileOf } from '#store/payload-files.ts';
import { waits } from '#store/waits.ts';
import { newRecord, policy } from '#validator/policy.ts';

/** The same bytes in chunks of any size. */
async function* inChunks(bytes: Uint8Array, sizes: number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length];
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });

describe('lines', () => {
  test('are the same however they are chunked', async () => {
    const texts = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'é'), maxLength: 20 }));
    await fc.assert(
      fc.asyncProperty(texts, sizes, async (lines, chunking) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const read = [];
        for await (const line of readLines(inChunks(bytes, chunking), 1000)) {
          read.push(Buffer.from(line.bytes).toString());
          expect(line.number).toBe(read.length);
        }
        expect(read).toEqual(lines);
      }),
    );
  });

  test('too long are cut just beyond the limit', async () => {
    const bytes = Buffer.from(`${'x'.repeat(1000)}\ny`);
    const read = [];
    for await (const line of readLines(inChunks(bytes, [7]), 10)) read.push(line.bytes.length);
    expect(read).toEqual([11, 1]);
  });
});

describe('a form', () => {
  test('is read the same however it is chunked, its file holding anything', async () => {
    const content = fc.uint8Array({ maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(content, sizes, async (file, chunking) => {
        const bytes = Buffer.concat([
          Buffer.from(
            'preamble\r\n--x\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch',
          ),
          Buffer.from(
            '\r\n--x\r\ncontent-disposition: form-data; name="file"; filename="a\\"b"\r\n\r\n',
          ),
          file,
          Buffer.from('\r\n--x--\r\nepilogue'),
        ]);
        const parts = [];
        for await (const { name, filename, body } of readMultipart(
          inChunks(bytes, chunking),
          'x',
        )) {
          const chunks = [];
          for await (const chunk of body) chunks.push(Buffer.from(chunk));
          parts.push({ name, filename, body: Buffer.concat(chunks) });
        }
        expect(parts).toEqual([
          { name: 'purpose', filename: null, body: Buffer.from('batch') },
          { name: 'file', filename: 'a"b', body: Buffer.from(file) },
        ]);
      }),
    );
  });

  test('names its boundary', () => {
    expect(readBoundary('multipart/form-data; boundary=abc')).toBe('abc');
    expect(readBoundary('multipart/form-data; charset=utf-8; boundary="a b"')).toBe('a b');
    expect(() => readBoundary('multipart/form-data')).toThrow(/boundary/);
  });
});

describe('group commit', () => {
  test('shares transactions, keeps keys apart, and confines a failure to its call', async () => {
    const groups: string[][] = [];
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const commit = createGroupCommit<string, string>({
      async commit(items) {
        groups.push(items);
        if (groups.length === 1) await gate;
        if (items.includes('bad')) throw new Error('bad');
        return items.map((item) => item.toUpperCase());
      },
      keyOf: (item) => item[0],
      groupMax: 3,
      waitingMax: 100,
    });
    const first = commit.submit('first');
    const rest = ['a1', 'a2', 'bad', 'c', 'd'].map((item) => commit.submit(item));
    release();
    expect(await first).toBe('FIRST');
    const settled = await Promise.allSettled(rest);
    expect(settled.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(groups).toEqual([['first'], ['a1', 'bad', 'c'], ['a1'], ['bad'], ['c'], ['a2', 'd']]);
    await commit.idle();
  });
});

describe('the rate limit', () => {
  test('takes a burst, refuses a flood, forgets with time, by address', () => {
    let now = 0;
    const limit = createRateLimit({ callsPerMinuteMax: 60, name: 'x', now: () => now });
    for (let i = 0; i < 60; i++) limit.take('a');
    expect(() => limit.take('a')).toThrow(/60 calls a minute \(x\)/);
    limit.take('b');
    now += 2_000;
    limit.take('a');
    expect(() => limit.take('a')).toThrow();
  });
});

describe('the choice of leases', () => {
  const candidate = (id: number, change: Partial<Candidate> = {}): Candidate => ({
    id,
    kind: 'work',
    level: 'sampled',
    access: null,
    batch: 'b',
    project: 'p',
    projectId: 'project_p',
    byChoice: false,
    digest: new Uint8Array(32),
    model: new Uint8Array(32),
    modelHex: 'm',
    rows: 1,
    cost: 1e9,
    inputBlob: '',
    wanted: 0,
    leased: 0,
    answered: 0,
    rate: null,
    tip: 0,
    anyClass: false,
    participants: [],
    ...change,
  });
  const chooser = (change: Partial<Chooser> = {}): Chooser => ({
    account: 'me',
    own: new Set([change.account ?? 'me']),
    address: '1.1.1.1',
    adapterClass: null,
    units: 4,
    project: null,
    models: new Set(),
    speed: 1e9,
    held: { leases: 0, cost: 0 },
    lists: new Set(),
    record: () => ({ ...newRecord }),
    ...change,
  });
  const options = { waits, rules: policy, draw: () => 0.5, leasesMax: 32, laboratory: false };

  test('prefers models that are held, then age', () => {
    const candidates = [candidate(1), candidate(2, { modelHex: 'held' }), candidate(3)];
    const { choices } = chooseLeases(candidates, chooser({ models: new Set(['held']) }), options);
    expect(choices.map(({ candidate: { id } }) => id)).toEqual([2, 1, 3]);
  });

  test('stops at ten seconds of speed, but gives one, and one to begin while another runs', () => {
    const many = () => Array.from({ length: 20 }, (_, id) => candidate(id, { cost: 4e9 }));
    const count = (change: Partial<Chooser>) =>
      chooseLeases(many(), chooser({ units: 9, ...change }), options).choices.length;
    expect(count({})).toBe(2);
    expect(count({ speed: 1 })).toBe(1);
    expect(count({ held: { leases: 1, cost: 2e10 } })).toBe(1);
    expect(count({ held: { leases: 2, cost: 2e10 } })).toBe(0);
    expect(count({ speed: 1e12 })).toBe(9);
  });

  const trusted = () => ({ ...newRecord, run: 10, held: 5, drawn: 5 });

  test('a second result is asked for after the first, and never of its maker or a neighbour', () => {
    const unit = candidate(1);
    chooseLeases([unit], chooser(), options);
    expect(unit).toMatchObject({ wanted: 1, leased: 1 });
    // A newcomer's answer: the judge wants another.
    Object.assign(unit, { wanted: 2, leased: 0, answered: 1 });
    expect(chooseLeases([unit], chooser(), options).choices).toEqual([]);
    const again = chooseLeases([unit], chooser({ account: 'you' }), options);
    expect(again).toMatchObject({ choices: [], reason: { code: 'work/partner-only' } });
    const far = chooseLeases([unit], chooser({ account: 'you', address: '2.2.2.2' }), options);
    expect(far.choices).toMatchObject([{ deliver: 'digest', candidate: { id: 1 } }]);
  });

  test('full wants two of anybody, trusted one', () => {
    const units = [candidate(1, { level: 'full' }), candidate(2, { level: 'trusted' })];
    chooseLeases(units, chooser({ record: trusted }), options);
    expect(units.map(({ wanted }) => wanted)).toEqual([2, 1]);
  });

  test('an audit brings its output, goes to strangers with a record, in proportion to work', () => {
    const party = {
      account: 'you',
      address: '2.2.2.2',
      active: true,
      deliver: null,
      adapterClass: null,
    };
    const audits = () =>
      [1, 2].map((id) => candidate(id, { kind: 'audit', rows: 8, participants: [{ ...party }] }));
    expect(chooseLeases(audits(), chooser(), options).choices).toEqual([]);
    const record = { ...trusted() };
    const { choices } = chooseLeases(audits(), chooser({ record: () => record }), options);
    expect(choices).toMatchObject([{ deliver: 'output', candidate: { id: 1, wanted: 1 } }]);
    const you = chooser({ account: 'you', address: '3.3.3.3', record: trusted });
    expect(chooseLeases(audits(), you, options).choices).toEqual([]);
    const neighbour = chooser({ account: 'new', address: '2.2.2.2', record: trusted });
    expect(chooseLeases(audits(), neighbour, options).choices).toEqual([]);
  });

  test('a batch for named accounts is for them alone', () => {
    const unit = () => [candidate(1, { access: 'list' })];
    expect(chooseLeases(unit(), chooser(), options).choices).toEqual([]);
    const member = chooser({ lists: new Set(['list']) });
    expect(chooseLeases(unit(), member, options).choices).toHaveLength(1);
  });
});

describe('a network', () => {
  test.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe('the folder', () => {
  test('is held by one process, and taken over from a dead one', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'idlewild-lock-'));
    const lock = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(`Process ${process.pid} is using this data folder`);
    lock.release();
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    await writeFile(path.join(folder, 'lock'), `${pid} 1`);
    lockFolder(folder).release();
    await writeFile(path.join(folder, 'lock'), 'nonsense');
    lockFolder(folder).release();
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  });

  test('keeps each payload for itself, and nothing of one that is too large', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'idlewild-blobs-'));
    const blobs = await openBlobStore(folder);
    const bytes = Buffer.from('a payload');
    const put = async () => (await blobs.putStream(inChunks(bytes, [2]), bytes.length)).blob;
    const names = [await put(), await put()];
    expect(new Set(names).size).toBe(2);
    await blobs.remove([fileOf(names[0])]);
    expect(Buffer.from(await blobs.read(names[1]))).toEqual(bytes);
    await expect(blobs.putStream(inChunks(bytes, [2]), 8)).rejects.toMatchObject({
      code: 'blob/too-large',
    });
    expect(await readdir(path.join(folder, 'temporary'))).toEqual([]);
    await rm(folder, { recursive: true });
  });
});
