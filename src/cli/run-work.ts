// Contributes with a headless browser: opens the very page that a visitor sees, presses its Start,
// and follows the status that the page tells. The demo, the tests and `idlewild work` use it.
import type { Browser, Page } from 'playwright-core';
import { IdlewildError } from '#protocol/errors.ts';
import type { ContributorStatus, StartOptions } from '#worker/status.ts';
import { launchChromium } from './chromium.ts';
import { createHeadlessWallet } from './headless-wallet.ts';

/** A page that has not loaded by then is not there. */
const loadMsMax = 30_000;
/** Stop promises one second; the browser may be busy. */
const stopMsMax = 5_000;

export interface WorkOptions {
  /** The coordinator's address. */
  coordinator: string;
  backend?: StartOptions['backend'];
  /** Stops after so many units and their verdicts; 0 or none means never. */
  units?: number;
  minutes?: number;
  /** A wallet's private key in hex; none makes a new account. */
  key?: string;
  /** Stops cleanly. */
  signal?: AbortSignal;
  onStatus?: (status: ContributorStatus) => void;
}

export interface WorkReport {
  account: string;
  backend: string;
  adapter: string;
  units: number;
  rows: number;
  rowsPerSecond: number;
  accepted: number;
  pending: number;
  rejected: number;
  credit: number;
}

/** @throws the contributor's own error, chromium/..., work/unreachable, work/page-lost */
export async function runWork(options: WorkOptions): Promise<WorkReport> {
  const { backend = 'auto', units = 0, minutes, signal } = options;
  const wallet = createHeadlessWallet(options.key);
  const address = readAddress(options.coordinator, { backend, units });
  signal?.throwIfAborted();
  const browser = await launchChromium({ webgpu: backend !== 'wasm' });
  try {
    const page = await browser.newPage();
    const watch = new StatusWatch(browser, page, options.onStatus);
    await wallet.install(page);
    await watch.install();
    await page.goto(address.href, { timeout: loadMsMax }).catch((cause: Error) => {
      throw new IdlewildError('work/unreachable', `No page came from ${address.origin}.`, {
        metaMessages: [cause.message.split('\n')[0]],
        cause,
      });
    });
    // A page that may not start says so at once, and its button stays off.
    const start = page.getByRole('button', { name: 'Start', exact: true });
    if ((await start.count()) === 0) throw noPage();
    await Promise.race([watch.ended, start.click({ timeout: loadMsMax })]);
    await Promise.race([watch.ended, interruption(signal, minutes)]);
    if (!watch.isOver) await stop(page, watch);
    return report(watch.last, wallet.address);
  } finally {
    await browser.close();
  }
}

function readAddress(coordinator: string, options: { backend: string; units: number }): URL {
  if (!URL.canParse(coordinator) || !/^https?:$/.test(new URL(coordinator).protocol)) {
    throw new IdlewildError('work/bad-address', `${coordinator} is not an http(s) address.`);
  }
  const address = new URL(coordinator);
  address.searchParams.set('backend', options.backend);
  address.searchParams.set('duty', '100');
  // Its buttons are pressed by their names.
  address.searchParams.set('lang', 'en');
  if (options.units > 0) address.searchParams.set('units', String(options.units));
  return address;
}

function noPage(): IdlewildError {
  return new IdlewildError('work/no-page', 'What answers there is not the page of a coordinator.', {
    metaMessages: ['It shows no Start button. Is the address right?'],
  });
}

/** Resolves when the caller, or the clock, says that it is enough. */
function interruption(signal: AbortSignal | undefined, minutes: number | undefined) {
  return new Promise<void>((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener('abort', () => resolve(), { once: true });
    if (minutes !== undefined) setTimeout(resolve, minutes * 60_000).unref();
  });
}

async function stop(page: Page, watch: StatusWatch): Promise<void> {
  const late = new Promise<void>((resolve) => setTimeout(resolve, stopMsMax).unref());
  await page
    .getByRole('button', { name: 'Stop', exact: true })
    .click({ timeout: stopMsMax })
    .catch(() => {});
  await Promise.race([watch.ended.catch(() => {}), late]);
}

/** Runs in the page; text, because what the TypeScript runner makes of functions does not. */
const forwardStatus = `
  document.addEventListener('idlewild-status', ({ detail }) => globalThis.idlewildStatus(detail));
`;

/** What the page tells about its contributor, until it ends. */
class StatusWatch {
  last: ContributorStatus | null = null;
  isOver = false;
  /** Rejects with the contributor's error, or when the page is gone. */
  readonly ended: Promise<void>;
  readonly #page: Page;
  readonly #listen: (status: ContributorStatus) => void;
  #end = (_error?: IdlewildError) => {};

  constructor(
    browser: Browser,
    page: Page,
    listen: (status: ContributorStatus) => void = () => {},
  ) {
    this.#page = page;
    this.#listen = listen;
    this.ended = new Promise((resolve, reject) => {
      this.#end = (error) => {
        this.isOver = true;
        if (error) reject(error);
        else resolve();
      };
    });
    this.ended.catch(() => {});
    const lost = () => this.#end(new IdlewildError('work/page-lost', 'The browser was lost.'));
    page.on('crash', lost);
    browser.on('disconnected', lost);
  }

  async install(): Promise<void> {
    await this.#page.exposeBinding('idlewildStatus', (_source, status: ContributorStatus) =>
      this.#hear(status),
    );
    await this.#page.addInitScript({ content: forwardStatus });
  }

  #hear(status: ContributorStatus): void {
    this.last = status;
    this.#listen(status);
    if (status.phase === 'stopped') this.#end();
    if (status.phase === 'failed') {
      const { error } = status;
      this.#end(
        error ? IdlewildError.fromWire(error) : new IdlewildError('work/failed', status.message),
      );
    }
  }
}

function report(status: ContributorStatus | null, address: string): WorkReport {
  const { accepted = 0, pending = 0, rejected = 0, credit = 0 } = status?.totals ?? {};
  return {
    account: status?.account?.address ?? address,
    backend: status?.device?.backend ?? 'none',
    adapter: status?.device?.adapter ?? '',
    units: status?.units ?? 0,
    rows: status?.rows ?? 0,
    rowsPerSecond: status?.rowsPerSecond ?? 0,
    accepted,
    pending,
    rejected,
    credit,
  };
}
