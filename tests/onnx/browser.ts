// A Chromium on a page of ours, for tests of bounded inference: Vite serves tests/onnx/page.html, and
// the test calls its worker's commands by name.
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { createServer } from 'vite';
import { IdlewildError, type WireError } from '#protocol/errors.ts';
import { launchPatiently } from '../cli/patient-chromium.ts';
import type { Commands } from './onnx-worker.ts';

const root = path.resolve(import.meta.dirname, '../..');

export interface OnnxBrowser {
  browser: Browser;
  /** What the page's own workers asked of the server, by the last part of their paths. */
  fetched: string[];
  call<Name extends keyof Commands>(
    name: Name,
    ...given: Parameters<Commands[Name]>
  ): Promise<Awaited<ReturnType<Commands[Name]>>>;
  close(): Promise<void>;
}

export async function openOnnxBrowser(): Promise<OnnxBrowser> {
  const server = await createServer({
    root,
    configFile: false,
    logLevel: 'error',
    optimizeDeps: { noDiscovery: true },
    server: { host: 'localhost', port: 0, hmr: false, watch: null },
  });
  await server.listen();
  const browser = await launchPatiently({ webgpu: true });
  const page = await browser.newPage();
  const fetched: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') process.stderr.write(`${message.text()}\n`);
  });
  page.on('request', (request) => {
    fetched.push(new URL(request.url()).pathname.split('/').at(-1) ?? '');
  });
  await page.goto(`${server.resolvedUrls?.local[0]}tests/onnx/page.html`);
  await page.waitForFunction('window.callWorker');
  return {
    browser,
    fetched,
    async call(name, ...given) {
      const answer = (await page.evaluate(
        ([command, argument]) =>
          (globalThis as unknown as { callWorker(...all: unknown[]): unknown }).callWorker(
            command,
            argument,
          ),
        [name, given[0]] as const,
      )) as { value?: unknown; error?: WireError };
      if (answer.error) throw IdlewildError.fromWire(answer.error);
      return answer.value as never;
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}
