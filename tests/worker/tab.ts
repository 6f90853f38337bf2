// The opening of the browser tests of a tab: the contributor from source on the page of a harness,
// and the strict coordinator on its origin, which each test has anew.
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import type { LaunchOptions } from '#cli/chromium.ts';
import { syntheticConfig } from '#model/synthetic.ts';
import type { ContributorStatus, Settings } from '#worker/status.ts';
import { launchPatiently } from '../cli/patient-chromium.ts';
import { serveHarness } from './serve-harness.ts';
import { StrictCoordinator } from './strict-coordinator.ts';

/** Looks again and again from outside the page, whose own timers and frames may stand still. */
export const eventually = <Value>(look: () => Value | Promise<Value>) => expect.poll(look);

interface Begin {
  settings?: Partial<Settings>;
  unitsMax?: number;
  backend?: 'wasm' | 'webgpu';
}

const longConfig = { ...syntheticConfig, positions: 512, tokensMax: 512, layers: 64 };

/** The counter that this browser's session gave out last. */
const lastCounter = `new Promise((resolve) => {
  indexedDB.open('idlewild').onsuccess = ({ target: { result: database } }) => {
    const keys = database.transaction('keys').objectStore('keys');
    keys.get('counter/session-1').onsuccess = (event) => {
      database.close();
      resolve(event.target.result);
    };
  };
})`;

export class Tab {
  page!: Page;
  coordinator!: StrictCoordinator;
  origin = '';

  /** The harness in this page, from its beginning. */
  async open(page = this.page): Promise<void> {
    this.page = page;
    await page.goto(`${this.origin}/harness`);
    await page.waitForFunction('globalThis.harness');
  }

  start({ settings = {}, unitsMax = 0, backend = 'wasm' }: Begin = {}): Promise<void> {
    return this.page.evaluate(`harness.start({
      backend: '${backend}',
      unitsMax: ${unitsMax},
      settings: { ...harness.settings, ...${JSON.stringify(settings)} },
    })`);
  }

  stop(): Promise<void> {
    return this.page.evaluate('harness.contributor.stop()');
  }

  /** Waits for a status of which the expression, over `status`, is true now. */
  until(expression: string): Promise<ContributorStatus> {
    return this.#find('at(-1)', expression);
  }

  /** Waits for a status of which it is true, or was. */
  reached(expression: string): Promise<ContributorStatus> {
    return this.#find('findLast(isIt)', expression);
  }

  async #find(which: string, expression: string): Promise<ContributorStatus> {
    const look = `(() => {
      const isIt = (status) => Boolean(status && (${expression}));
      const status = harness.statuses.${which} ?? harness.statuses.at(-1);
      return status && (isIt(status) || status.phase === 'failed')
        ? { status, isIt: isIt(status) }
        : null;
    })()`;
    type Found = { status: ContributorStatus; isIt: boolean };
    let found: Found | null = null;
    await eventually(async () => {
      found = await this.page.evaluate<Found | null>(look);
      return found !== null;
    }).toBe(true);
    const { status, isIt } = found as unknown as Found;
    if (!isIt) throw new Error(`${status.error?.code}: ${status.message}`);
    return status;
  }

  /** Of a model whose units take seconds: the oracle would need minutes for one. */
  giveLongUnits(units: number): void {
    this.coordinator = new StrictCoordinator(this.origin, longConfig);
    this.coordinator.checks = false;
    for (let unit = 0; unit < units; unit++) this.coordinator.addUnit(new Array(16).fill(512));
  }

  /** The worker has signed more than was heard: its last words, should the tab go now. */
  async sealed(): Promise<void> {
    const heard = () =>
      Math.max(...[...this.coordinator.sessions.values()].map(({ counter }) => counter));
    const isSealed = async () => Number(await this.page.evaluate(lastCounter)) > heard();
    await eventually(isSealed).toBe(true);
    // By the time that it has answered so often, it has told the page of them.
    for (let turn = 0; turn < 8; turn++) {
      await this.page.evaluate('harness.contributor.tellFrames(null)');
    }
  }

  /** So many that they last, however slow the machine. */
  giveManyUnits(): void {
    for (let unit = 0; unit < 2_000; unit++) this.coordinator.addUnit([20, 3, 20], unit + 1);
  }

  /** The machine of these tests may have two cores, of which one would be left. */
  async haveFourCores(): Promise<void> {
    await this.until(`status.phase === 'idle'`);
    const cores = `Object.defineProperty(navigator, 'hardwareConcurrency', { get: () => 4 })`;
    await Promise.all(this.page.workers().map((worker) => worker.evaluate(cores)));
  }
}

/** What is open for one test. */
interface Opened {
  context: BrowserContext;
  close(): Promise<void>;
}

export interface TabBrowser {
  open(): Promise<Opened>;
  close(): Promise<void>;
}

export async function launchDriven(options: LaunchOptions): Promise<TabBrowser> {
  const browser = await launchPatiently(options);
  return {
    async open() {
      const context = await browser.newContext();
      return { context, close: () => context.close() };
    },
    close: () => browser.close(),
  };
}

/** A tab for each test of this file, in a browser that it launches once. */
export function useTab(launch: () => Promise<TabBrowser>): Tab {
  const tab = new Tab();
  let server: Awaited<ReturnType<typeof serveHarness>> | null = null;
  let browser: TabBrowser | null = null;

  beforeAll(async () => {
    server = await serveHarness((url, { body }) =>
      tab.coordinator.fetch(url, { body: new Uint8Array(body) }),
    );
    tab.origin = server.origin;
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });
  beforeEach(async () => {
    tab.coordinator = new StrictCoordinator(tab.origin);
    const opened = await browser?.open();
    if (!opened) throw new Error('There is no browser.');
    await tab.open(await opened.context.newPage());
    return () => opened.close();
  });
  return tab;
}
