// The doctor's look at a settlement: a real contract, its poster's key in a file, its gas; and what
// `serve` refuses before it starts.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkSettlement } from '#cli/doctor-settlement.ts';
import { readSettings } from '#cli/read-settings.ts';
import { readSettlement } from '#cli/read-settlement.ts';
import { makeTestFolder } from '../settlement/epoch-lab.ts';
import { openLab, type SettlementLab } from '../settlement/settlement-lab.ts';

let lab: SettlementLab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab?.close());

async function read(flags: object, mode = 0o600) {
  const folder = await makeTestFolder();
  const key = generatePrivateKey();
  await writeFile(path.join(folder, 'key'), `${key}\n`, { mode });
  const chainRpc = lab.node.url;
  const given = { settlement: lab.settlement, chainRpc, posterKeyFile: 'key', ...flags };
  const settings = await readSettings({ flags: given, environment: {}, folder });
  return { settings, key, address: privateKeyToAccount(key).address };
}

test('without one nothing is wrong', async () => {
  const settings = await readSettings({ flags: {}, environment: {}, folder: '/' });
  expect(await checkSettlement(settings)).toMatchObject([{ name: 'settlement', state: 'ok' }]);
});

test('a key that may not post, without gas, fails; the key itself is never told', async () => {
  const { settings, key, address } = await read({});
  const findings = await checkSettlement(settings);
  expect(findings).toMatchObject([
    { name: 'settlement', state: 'ok', words: expect.stringContaining('6 decimals') },
    { name: 'poster', state: 'fail', words: `${address} may not post` },
    { name: 'gas', state: 'fail' },
  ]);
  expect(JSON.stringify(findings)).not.toContain(key.slice(2));
});

test('gas for a few epochs is warned about, for many is well', async () => {
  const { settings, address } = await read({});
  for (const [wei, state] of [
    [10n ** 16n, 'warn'],
    [10n ** 21n, 'ok'],
  ] as const) {
    await lab.node.request('anvil_setBalance', [address, `0x${wei.toString(16)}`]);
    expect((await checkSettlement(settings))[2]).toMatchObject({ name: 'gas', state });
  }
});

test('the settings are read together, and what is missing is named', async () => {
  const { settings, address } = await read({ settlementMinutes: '5', relay: true });
  expect(await readSettlement(settings)).toMatchObject({
    contract: lab.settlement,
    poster: { address },
    epochMs: 300_000,
    creditsPerTokenUnit: 1_000n,
    relay: true,
  });
  const keyless = await read({ posterKeyFile: undefined });
  await expect(readSettlement(keyless.settings)).rejects.toThrow('--poster-key-file');
  const nodeless = await read({ chainRpc: undefined });
  await expect(readSettlement(nodeless.settings)).rejects.toThrow('--chain-rpc');
  const open = await read({}, 0o644);
  await expect(readSettlement(open.settings)).rejects.toMatchObject({
    code: 'key-file/open-to-others',
  });
  await expect(read({ settlement: '0x12' })).rejects.toThrow('no account');
});
