// A Chromium with WebGPU on a page of ours, for tests: Vite serves tests/engine/page.html, whose
// worker runs the engine; the test calls the worker's commands by name.
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { createServer, type ViteDevServer } from 'vite';
import { IdlewildError, type WireError } from '#protocol/errors.ts';
import { launchPatiently } from '../cli/patient-chromium.ts';
import type { Commands } from './engine-worker.ts';

const root = path.resolve(import.meta.dirname, '../..');

export interface EngineBrowser {
  browser: Browser;
  /** What the page and its worker said on the console. */
  console: string[];
  call<Name extends keyof Commands>(
    name: Name,
    argument: Parameters<Commands[Name]>[0],
  ): Promise<Awaited<ReturnType<Commands[Name]>>>;
  close(): Promise<void>;
}

interface Answer {
  value?: unknown;
  error?: WireError;
}

async function serve(): Promise<{ server: ViteDevServer; url: string }> {
  const server = await createServer({
    root,
    configFile: false,
    logLevel: 'error',
    optimizeDeps: { noDiscovery: true },
    server: { host: 'localhost', port: 0, hmr: false, watch: null },
  });
  await server.listen();
  return { server, url: `${server.resolvedUrls?.local[0]}tests/engine/page.html` };
}

/** @param args further flags for Chromium */
export async function openEngineBrowser(args: string[] = []): Promise<EngineBrowser> {
  const { server, url } = await serve();
  const browser = await launchPatiently({ webgpu: true, args });
  const page: Page = await browser.newPage();
  const lines: string[] = [];
  page.on('console', (message) => lines.push(message.text()));
  page.on('pageerror', (error) => lines.push(String(error)));
  await page.goto(url);
  await page.waitForFunction('window.callWorker');
  async function call<Name extends keyof Commands>(
    name: Name,
    argument: Parameters<Commands[Name]>[0],
  ): Promise<Awaited<ReturnType<Commands[Name]>>> {
    const answer = (await page.evaluate(
      ([command, given]) =>
        (globalThis as unknown as { callWorker: (...given: unknown[]) => unknown }).callWorker(
          command,
          given,
        ),
      [name, argument] as const,
    )) as Answer;
    if (answer.error) throw IdlewildError.fromWire(answer.error);
    return answer.value as Awaited<ReturnType<Commands[Name]>>;
  }
  return {
    browser,
    console: lines,
    call,
    async close() {
      await browser.close();
      await server.close();
    },
  };
}
