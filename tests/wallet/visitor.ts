// A visitor of a real coordinator's page, in Chromium, with wallets that a real chain stands behind.
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { build } from '#cli/build.ts';
import { launchPatiently } from '../cli/patient-chromium.ts';
import { embedLine, makeTexts, startTestSite, type TestSite } from '../coordinator/test-site.ts';
import { patienceLimits, waitLonger } from '../page/wait-longer.ts';
import { type ChainNode, startChain } from './chain-node.ts';
import { addWallet, type PageWallet, type WalletPlan } from './page-wallet.ts';

export const pageFolder = path.resolve(import.meta.dirname, '../../dist');

export interface World {
  site: TestSite;
  browser: Browser;
  /** The coordinator's chain, and another. */
  chain: ChainNode;
  otherChain: ChainNode;
  close(): Promise<void>;
}

export async function openWorld(): Promise<World> {
  const ends: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const end of ends.toReversed()) await end();
  };
  try {
    await build();
    const chain = await startChain(31337);
    ends.push(chain.close);
    const otherChain = await startChain(10);
    ends.push(otherChain.close);
    // One browser on one machine is its own partner here, and visitors who have left are none.
    const waits = { partnerWaitMs: 1_000 };
    const laboratory = { laboratory: true, tickMs: 200, waits, now: () => Date.now() };
    const site = await startTestSite({ pageFolder, chainRpc: chain.url, ...laboratory });
    ends.push(site.close);
    await site.coordinator.listen({ host: '127.0.0.1', port: 0 });
    const browser = await launchPatiently({ webgpu: false });
    ends.push(() => browser.close());
    return { site, browser, chain, otherChain, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

export interface Visitor {
  page: Page;
  wallets: PageWallet[];
  complaints: string[];
  open(): Promise<void>;
  press(name: string): Promise<void>;
  /** Waits for words in the state's own place. */
  state(words: string | RegExp): Promise<void>;
  close(): Promise<void>;
}

export async function visitWith(world: World, plans: readonly WalletPlan[]): Promise<Visitor> {
  const page = await (await world.browser.newContext()).newPage();
  await page.addInitScript(waitLonger, patienceLimits);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  const wallets: PageWallet[] = [];
  for (const plan of plans) wallets.push(await addWallet(page, plan));
  const visitor: Visitor = {
    page,
    wallets,
    complaints,
    open: async () => {
      await page.goto(`${world.site.coordinator.origin()}/?backend=wasm`);
    },
    press: (name) => page.getByRole('button', { name, exact: true }).click(),
    state: (words) => page.locator('.state').getByText(words).first().waitFor(),
    close: () => page.context().close(),
  };
  await visitor.open();
  return visitor;
}

let batches = 0;

/** Texts that no batch before it had, so that nothing is answered from memory. */
export function addWork(site: TestSite, texts = 8): Promise<string> {
  const batch = ++batches;
  return site.submit(makeTexts(texts).map((text, i) => embedLine(`${i}`, `w${batch} ${text}`)));
}
