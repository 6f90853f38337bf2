// A receipt verified in its line of the record: check by check, with what each means, and the sum.

import { expect, test } from 'vitest';
import { recomputing, reports } from './account-samples.ts';
import { prepare, release } from './prepare-page.ts';
import { calls, say, words } from './serve-page.ts';
import { statuses, verdict } from './statuses.ts';
import { usePages } from './use-pages.ts';

const pages = usePages();

test('a receipt is verified in its line: check by check, with progress, and one sum', async () => {
  const verification = {
    ...reports.holds,
    steps: [...reports.holds.steps.slice(0, 6), recomputing],
  };
  const { page, complaints } = await pages.begin({
    verification,
    holds: true,
    status: statuses.working,
  });
  const line = page.locator('#verdicts > li').nth(1);
  expect(await page.locator('#verdicts > li').nth(0).getByRole('button').count()).toBe(0);
  await line.locator('summary').click();
  await line.getByRole('button', { name: 'Verify this receipt' }).click();
  const checks = line.locator('.checks li');
  await checks.nth(6).waitFor();
  expect(await checks.count()).toBe(7);
  expect(await words(checks.nth(1))).toBe(
    'Holds The coordinator signed it, with the key that this browser remembers.',
  );
  expect(await words(checks.nth(6))).toContain('Checking… Computing 32 rows again');
  const bar = line.getByRole('progressbar', { name: 'Share of the unit computed again' });
  expect(await bar.evaluate((element) => (element as HTMLProgressElement).value)).toBe(0.5);
  expect(await words(line.getByRole('status'))).toBe('');
  // Statuses go on meanwhile, and a new verdict moves the line: its checks stay.
  const verdicts = [verdict(9), ...statuses.working.verdicts];
  await say(page, { ...statuses.working, verdicts });
  await prepare(page, { verification: reports.holds });
  await release(page);
  const moved = page.locator('#verdicts > li').nth(2);
  await moved.locator('.sum[data-outcome="holds"]').waitFor();
  expect(await words(moved.getByRole('status'))).toMatch(/^Every check held: the receipt itself, /);
  expect(await moved.getByRole('progressbar').count()).toBe(0);
  expect((await calls(page)).at(-1)).toEqual(['verify', statuses.working.verdicts[1].lease]);
  await page.getByRole('link', { name: 'العربية' }).click();
  await page.locator('html[lang="ar"]').waitFor();
  expect(await words(moved.getByRole('status'))).toMatch(/^كل الفحوص صحيحة: /);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('what could not be checked, what does not hold and what broke is said as that', async () => {
  const { page } = await pages.begin({
    verification: reports.unchecked,
    status: statuses.working,
  });
  const line = page.locator('#verdicts > li').nth(1);
  await line.locator('summary').click();
  const verify = async (outcome: string) => {
    await line.locator('.checks button').click();
    await line.locator(`.sum[data-outcome="${outcome}"]:not(:empty)`).waitFor();
    return words(line.getByRole('status'));
  };
  expect(await verify('unchecked')).toMatch(/^2 checks could not be made here: its place in /);
  expect(await words(line.locator('.checks li.unchecked').first())).toContain('Not checked');
  await prepare(page, { verification: reports.fails });
  expect(await verify('fails')).toMatch(/^This does not hold: the coordinator’s signature\./);
  expect(await words(line.locator('.checks li.fails'))).toBe(
    'Does not hold The coordinator’s key did not sign it. signature/not-signed',
  );
  await prepare(page, { failing: { verify: { code: 'worker/crashed', message: 'It broke.' } } });
  await line.locator('.checks button').click();
  await line.getByText('The checks could not be finished: It broke.').waitFor();
  expect(await line.locator('.checks li').count()).toBe(0);
  await page.context().close();
});

test('a line that is being read stays, however many newer ones come', async () => {
  const { page } = await pages.begin({ status: statuses.working });
  const line = page.locator('#verdicts > li').nth(1);
  await line.locator('summary').click();
  const newer = Array.from({ length: 12 }, (_, i) => verdict(100 + i));
  await say(page, { ...statuses.working, verdicts: newer });
  const read = page.locator('#verdicts > li:has(details[open])');
  expect(await words(read)).toContain(statuses.working.verdicts[1].unit);
  expect(await page.locator('#verdicts > li:visible').count()).toBe(11);
  await read.locator('summary').click();
  await say(page, { ...statuses.working, verdicts: newer });
  expect(await page.locator('#verdicts > li').count()).toBe(12);
  await page.context().close();
});
