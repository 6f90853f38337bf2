// `idlewild audit --settlement` of a coordinator that settled on a real chain: honest while log, files
// and contract say one thing, and told apart when a file does not.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runAudit } from '#cli/audit.ts';
import { openSettlementSite, type SettlementSite } from '../coordinator/settlement-site.ts';

let opened: SettlementSite;
beforeAll(async () => {
  opened = await openSettlementSite({ relay: true });
  const order = await opened.order('first');
  await opened.turn();
  const { site } = opened;
  await site.coordinator.listen({ host: '127.0.0.1', port: 0 });
  const device = await site.stranger();
  const request = await device.makeSessionRequest({ request: { device: true } });
  device.enter(await device.post('/v1/sessions', request));
  const contributors = [await site.contributor(), await site.contributor()];
  await opened.batch(order, [...contributors, device], 'first');
  await site.coordinator.closeEpoch();
  await opened.until('final');
  while ((await opened.epochs())[0].settled_at === null) await opened.turn();
  // Beyond the epoch's checkpoint, so not for it to say.
  await opened.batch(order, contributors, 'second');
});
afterAll(() => opened?.close());

const audit = () =>
  runAudit({
    coordinator: opened.site.coordinator.origin(),
    recompute: 0,
    chainRpc: opened.lab.node.url,
    settlement: true,
  });

test('log, files and contract are one, to the unit', async () => {
  const report = await audit();
  expect(report.faults).toEqual([]);
  expect(report.verdict).toContain('epoch 1 on chain 31337 is what the log says, to the unit');
});

test('without a node there is no verdict', async () => {
  const coordinator = opened.site.coordinator.origin();
  await expect(runAudit({ coordinator, recompute: 0, settlement: true })).rejects.toMatchObject({
    code: 'audit/no-chain',
  });
});

test('a file that says more than was posted is found', async () => {
  const home = path.join(opened.site.dataFolder, 'epochs', '1', 'credits');
  const [name] = await readdir(home);
  const file = path.join(home, name);
  const text = await readFile(file, 'utf8');
  await writeFile(
    file,
    text.replace(/"(\d+)"\]/, (_, amount) => `"${BigInt(amount) + 1n}"]`),
  );
  const report = await audit();
  expect(report.honest).toBe(false);
  expect(report.faults).toMatchObject([{ code: 'settlement/files-lost' }]);
});
