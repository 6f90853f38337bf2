// A Chromium with WebGPU on a page of ours, for tests: Vite serves command-page.html, whose worker
// answers the test's calls by name (answer-commands.ts).
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { createServer } from 'vite';
import { IdlewildError, type WireError } from '#protocol/errors.ts';
import { launchPatiently } from '../cli/patient-chromium.ts';
import type { Answer, CommandTable } from './answer-commands.ts';

const root = path.resolve(import.meta.dirname, '../..');

export interface CommandPage<Commands extends CommandTable> {
  browser: Browser;
  /** What the page and its worker said on the console. */
  console: string[];
  /** What the page's own workers asked of the server, by the last part of their paths. */
  fetched: string[];
  call<Name extends keyof Commands & string>(
    name: Name,
    ...given: Parameters<Commands[Name]>
  ): Promise<Awaited<ReturnType<Commands[Name]>>>;
  close(): Promise<void>;
}

type CallWorker = (name: string, given: unknown) => Promise<Answer>;

/**
 * @param worker its path from the project's root
 * @param args further flags for Chromium
 */
export async function openCommandPage<Commands extends CommandTable>(
  worker: string,
  args: string[] = [],
): Promise<CommandPage<Commands>> {
  const server = await createServer({
    root,
    configFile: false,
    logLevel: 'error',
    optimizeDeps: { noDiscovery: true },
    server: { host: 'localhost', port: 0, hmr: false, watch: null },
  });
  await server.listen();
  const browser = await launchPatiently({ webgpu: true, args });
  const page = await browser.newPage();
  const lines: string[] = [];
  const fetched: string[] = [];
  page.on('console', (message) => {
    lines.push(message.text());
    if (message.type() === 'error') process.stderr.write(`${message.text()}\n`);
  });
  page.on('pageerror', (error) => lines.push(String(error)));
  page.on('request', (request) => {
    fetched.push(new URL(request.url()).pathname.split('/').at(-1) ?? '');
  });
  await page.goto(
    `${server.resolvedUrls?.local[0]}tests/engine/command-page.html?worker=/${worker}`,
  );
  await page.waitForFunction('window.callWorker');
  return {
    browser,
    console: lines,
    fetched,
    async call(name, ...given) {
      const answer = await page.evaluate(
        ([command, argument]) =>
          (globalThis as unknown as { callWorker: CallWorker }).callWorker(command, argument),
        [name as string, given[0] as unknown] as const,
      );
      if (answer.error) throw IdlewildError.fromWire(answer.error as WireError);
      return answer.value as never;
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}
