// The demo with money, as its user runs it: what every contributor holds on the chain at the end is what
// the ledger says, to the unit, and the chain is gone with the demo.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
/** Of a first claim, as docs/contracts.md has it; what the log signed late takes another epoch. */
const claimGasMax = 100_000;

interface Report {
  units: number;
  accepted: number;
  contributors: { account: string; credit: number }[];
  settlement: {
    epoch: number;
    root: string;
    claims: { account: string; ledger: number; balance: number; gas: number }[];
  };
}

test('every contributor of the demo is paid what the ledger says', async () => {
  const args = ['bin/idlewild.js', 'demo', '--sentences', '96', '--settle', '--json'];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: root });
  const { units, accepted, contributors, settlement } = JSON.parse(stdout) as Report;
  expect(accepted).toBe(units);
  expect(settlement.epoch).toBeGreaterThanOrEqual(1);
  expect(settlement.root).toMatch(/^0x[0-9a-f]{64}$/);
  expect(settlement.claims.map(({ account }) => account)).toEqual(
    contributors.map(({ account }) => account),
  );
  for (const [i, { ledger, balance, gas }] of settlement.claims.entries()) {
    expect(balance).toBe(ledger);
    expect(ledger).toBeGreaterThanOrEqual(contributors[i].credit);
    expect(gas).toBeLessThan(claimGasMax * settlement.epoch);
    expect(gas > 0).toBe(ledger > 0);
  }
  expect(settlement.claims.reduce((sum, { balance }) => sum + balance, 0)).toBeGreaterThan(0);
  const [, url, contract] = /Chain at (\S+), the contract (\S+) on it/.exec(stderr) ?? [];
  expect(contract).toMatch(/^0x[0-9a-f]{40}$/i);
  expect(await findCode(url, contract)).toBe(null);
});

/** @returns null where no chain answers, or none that has the contract */
async function findCode(url: string, contract: string): Promise<string | null> {
  const question = { jsonrpc: '2.0', id: 1, method: 'eth_getCode', params: [contract, 'latest'] };
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(question),
  };
  const answer = await fetch(url, init)
    .then((response) => response.json())
    .catch(() => null);
  const code = (answer as { result?: string } | null)?.result;
  return typeof code === 'string' && code.length > 2 ? code : null;
}
