// The WebGPU race in a real Chromium: both sides in one worker of a page, charged with the CPU time
// of the page's process and of the browser's GPU process, where a software adapter computes.
import type { Page } from 'playwright-core';
import { launchChromium } from '#cli/chromium.ts';
import { type Folders, servePage } from './serve-page.ts';
import type { WebgpuOutcome } from './webgpu-outcome.ts';
import type { WebgpuOrder } from './webgpu-worker.ts';

/** @returns the outcome, or in words why there is none */
export async function raceInChromium(
  folders: Folders,
  order: WebgpuOrder,
  onProgress: (line: string) => void,
): Promise<WebgpuOutcome | string> {
  const browser = await launchChromium({ webgpu: true }).catch((thrown: Error) => thrown);
  if (browser instanceof Error) return browser.message;
  const server = await servePage('tests/bench/webgpu-page.ts', folders);
  try {
    const page = await browser.newPage();
    const session = await browser.newBrowserCDPSession();
    await page.exposeFunction('readCpuMs', async () => {
      const { processInfo } = await session.send('SystemInfo.getProcessInfo');
      const counted = processInfo.filter(({ type }) => type === 'renderer' || type === 'GPU');
      return 1000 * counted.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
    });
    await page.exposeFunction('tellProgress', onProgress);
    await page.goto(server.page, { waitUntil: 'load' });
    return await race(page, order).catch((thrown: Error) => thrown.message);
  } finally {
    await browser.close();
    await server.close();
  }
}

function race(page: Page, order: WebgpuOrder): Promise<WebgpuOutcome> {
  return page.evaluate(
    (given) =>
      (
        globalThis as unknown as { raceInWorker: (order: WebgpuOrder) => Promise<WebgpuOutcome> }
      ).raceInWorker(given),
    order,
  );
}
