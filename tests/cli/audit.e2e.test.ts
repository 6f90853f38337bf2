// `idlewild audit` against a real run: honest as it is, with units computed again; a wrong result is
// found by that alone. What was tampered with is in tampered.e2e.test.ts.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AuditOptions, runAudit } from '#cli/audit.ts';
import { readInputs } from '#cli/audit-inputs.ts';
import { recompute } from '#cli/audit-recompute.ts';
import { openAudited } from '#cli/audit-source.ts';
import { decodeCbor } from '#protocol/cbor.ts';
import type { ReceiptPayload } from '#protocol/receipt.ts';
import { embedLine, makeTexts, startTestSite, type TestSite } from '../coordinator/test-site.ts';

let site: TestSite;
let folder: string;
/** Lines for --inputs, of a private receipt. */
let privateInputs: string;

/** Unlike in every batch, so that no two of them have a unit in common. */
const lines = (count: number, word: string) =>
  makeTexts(count).map((text, i) => embedLine(`${i}`, `${word} ${text}`));
const audit = (coordinator: string, options: Partial<AuditOptions> = {}) =>
  runAudit({ coordinator, recompute: 0, ...options });

function runCommand(args: string[]) {
  const command = ['--import', 'tsx', 'src/cli/main.ts', 'audit', ...args];
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, command, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

/** Two strangers finish a batch of several units. */
async function finishBatch(word: string, change: object = {}): Promise<string> {
  const [alice, bob] = [await site.contributor(), await site.contributor()];
  const id = await site.submit(lines(70, word), site.apiKey, change);
  for (let turn = 0; turn < 3; turn++) {
    await alice.turn();
    await bob.turn();
  }
  await site.coordinator.settle();
  return id;
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'idlewild-audit-test-'));
  site = await startTestSite();
  await finishBatch('w1', { x_open: true });
  const id = await finishBatch('w2');
  const [line] = await site.lines((await site.batch(id)).output_file_id);
  privateInputs = path.join(folder, 'inputs.jsonl');
  const rows = await Promise.all(
    line.x_receipts.map(async (receipt: string) => {
      const { raw } = await site.get(`/v1/receipts/${receipt}`);
      const { payload, salt } = decodeCbor(new Uint8Array(raw)) as Record<string, Uint8Array>;
      const input = (await site.get(`/v1/receipts/${receipt}/input`)).raw;
      const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
      return JSON.stringify({ input: text(input), receipt: text(payload), salt: text(salt) });
    }),
  );
  await writeFile(privateInputs, `${rows.join('\n')}\n`);
  await site.coordinator.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await site.close();
  await rm(folder, { recursive: true });
});

describe('of a coordinator as it is', () => {
  const remember = () => path.join(folder, 'checkpoint');

  test('says that it is honest, and computes open units again', async () => {
    const report = await audit(site.coordinator.origin(), { recompute: 2, remember: remember() });
    expect(report.faults).toEqual([]);
    expect(report).toMatchObject({ honest: true, recomputed: 2, contributors: 4 });
    expect(report.receipts.open).toBeGreaterThan(2);
    expect(report.receipts.sealed).toBeGreaterThan(2);
    expect(report.verdict).toMatch(/^Honest: \d+ receipts are in the log/);
    expect(await readFile(remember(), 'utf8')).toContain(report.origin);
  });

  test('computes private units again with inputs that the auditor brings', async () => {
    const options = { recompute: 100, inputs: privateInputs };
    const [without, brought] = [
      await audit(site.coordinator.origin(), { recompute: 100 }),
      await audit(site.coordinator.origin(), options),
    ];
    expect(brought.recomputed).toBe(without.recomputed + 1);
    expect(brought.honest).toBe(true);
    await writeFile(path.join(folder, 'bad.jsonl'), '{"input": 7}\n');
    const bad = audit(site.coordinator.origin(), { inputs: path.join(folder, 'bad.jsonl') });
    await expect(bad).rejects.toMatchObject({ code: 'audit/bad-inputs' });
  });

  test('finds a result that is wrong, however well it is signed', async () => {
    const coordinator = await openAudited(site.coordinator.origin(), {});
    const [brought] = (await readInputs(privateInputs)).sealed.values();
    const { inputs } = await readInputs(privateInputs);
    const payload = decodeCbor(brought) as ReceiptPayload;
    const onProgress = () => {};
    const right = await recompute(coordinator, {
      units: [{ leaf: 3, payload }],
      inputs,
      onProgress,
    });
    expect(right).toEqual({ recomputed: 1, withoutInput: 0, faults: [] });
    const lie = { ...payload, digest: payload.unit };
    const units = [{ leaf: 3, payload: lie }];
    const wrong = await recompute(coordinator, { units, inputs, onProgress });
    expect(wrong.faults).toMatchObject([{ code: 'unit/wrong-result', leaf: 3 }]);
    const none = await recompute(coordinator, { units, inputs: new Map(), onProgress });
    expect(none).toEqual({ recomputed: 0, withoutInput: 1, faults: [] });
  });

  test('is one line and exit code 0 on the command line; 1 where there is no verdict', async () => {
    const honest = await runCommand(['--coordinator', site.coordinator.origin()]);
    expect(honest).toMatchObject({ code: 0 });
    expect(honest.stdout).toMatch(/^Honest: \d+ receipts are in the log [^\n]*\n$/);
    const json = await runCommand(['--coordinator', site.coordinator.origin(), '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ honest: true, faults: [] });
    const nobody = await runCommand(['--coordinator', 'ftp://a.example']);
    expect(nobody).toMatchObject({ code: 1, stdout: '' });
    expect(nobody.stderr).toContain('No verdict');
  });

  test('believes no other log under the key that the auditor knows', async () => {
    const logKey = 'other.example/v1/log+6d0e54b0+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
    const stranger = audit(site.coordinator.origin(), { logKey });
    await expect(stranger).rejects.toMatchObject({ code: 'log/bad-key' });
  });
});
