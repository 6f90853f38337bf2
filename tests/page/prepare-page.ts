// A page that has started, before a coordinator and checks that answer what a test wants, and the
// ends of what the fake contributor was made to hold.
import type { Browser, Page } from 'playwright-core';
import type { AccountAnswer, ContributorStatus, VerifyReport } from '#worker/status.ts';
import { accountAnswer, reports } from './account-samples.ts';
import { called, calls, type Site, say, start, type Visit, visit } from './serve-page.ts';
import { failed, statuses } from './statuses.ts';

interface Prepared {
  account?: AccountAnswer;
  verification?: VerifyReport;
  /** A check goes on until `release`. */
  holds?: boolean;
  failing?: Record<string, { code: string; message: string }>;
}

export const prepare = (page: Page, prepared: Prepared) =>
  page.evaluate((given) => {
    const { idlewildFake } = globalThis as { idlewildFake?: object };
    Object.assign(idlewildFake ?? {}, given);
  }, prepared);

/** A clock that was installed goes on by itself, and far on a slow machine, until it is stopped. */
export async function stopTime(page: Page): Promise<void> {
  const now = await page.evaluate(() => Date.now());
  await page.clock.pauseAt(new Date(now + 60_000));
}

export const release = (page: Page) => page.evaluate('idlewildFake.release()');

export const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

export const names = async (page: Page) => (await calls(page)).map(([name]) => name);

export interface Beginning extends Prepared {
  status: ContributorStatus;
  options?: Visit;
}

export async function begin(browser: Browser, site: Site, beginning: Beginning) {
  const { status, options, ...prepared } = beginning;
  const visited = await visit(browser, site, options);
  await start(visited.page);
  await prepare(visited.page, prepared);
  await say(visited.page, status);
  return visited;
}

const allStatuses = {
  ...statuses,
  failed: failed('engine/no-backend', 'No WebGPU adapter, and no WebAssembly SIMD.'),
};

/**
 * Looks at rest, in every state, and at the question before a deletion, with all panels open: the
 * account's days and their table, the wallet's part, and a receipt of which not all held.
 */
export async function inEveryState(
  page: Page,
  look: (name: string) => Promise<void>,
): Promise<void> {
  await page.locator('#wallet > summary').click();
  await page.locator('#wallet-choice > *').first().waitFor();
  await look('at rest');
  await page.locator('#start').click();
  await called(page, 1);
  await prepare(page, { account: accountAnswer(), verification: everyOutcome });
  for (const [name, status] of Object.entries(allStatuses)) {
    await say(page, status);
    if (name === 'working') await openAll(page);
    await look(name);
  }
  await page.locator('#delete').click();
  await page.locator('dialog[open]').waitFor();
  await look('deletion');
  await page.context().close();
}

const everyOutcome: VerifyReport = {
  outcome: 'fails',
  steps: [reports.fails.steps[0], reports.fails.steps[1], ...reports.unchecked.steps.slice(2)],
};

async function openAll(page: Page): Promise<void> {
  await page.locator('#hour-chart svg').waitFor();
  await page.locator('#ask').click();
  await page.locator('#days-chart summary').click();
  const line = page.locator('#verdicts > li').nth(1);
  await line.locator('summary').click();
  await line.locator('.checks button').click();
  await line.locator('.sum:not(:empty)').waitFor();
  // Under the pointer a button looks otherwise.
  await page.mouse.move(0, 0);
}
