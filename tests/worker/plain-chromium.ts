// A Chromium as a visitor has it: Playwright launches one that throttles no timer, and takes every
// page for seen. This one is started by hand, and driven over its DevTools port with no defaults.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { type BrowserContext, chromium } from 'playwright-core';
import { findChromium } from '#cli/chromium.ts';
import { patienceMs } from '../cli/patient-chromium.ts';

const flags = [
  '--headless=new',
  '--remote-debugging-port=0',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Chromium refuses to run its sandbox as root; anyone else keeps it.
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];

export interface PlainChromium {
  /** The browser's one profile. */
  context: BrowserContext;
  pid: number;
  close(): Promise<void>;
}

export async function launchPlainChromium(): Promise<PlainChromium> {
  const profile = await mkdtemp(path.join(tmpdir(), 'idlewild-chromium-'));
  const args = [...flags, `--user-data-dir=${profile}`, 'about:blank'];
  const child = spawn(await findChromium(), args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const browser = await chromium.connectOverCDP(await readEndpoint(child.stderr), {
    noDefaults: true,
  });
  const devtools = await browser.newBrowserCDPSession();
  const [context] = browser.contexts();
  context.setDefaultTimeout(patienceMs);
  return {
    context,
    pid: child.pid as number,
    async close() {
      const gone = once(child, 'exit');
      // It answers, or is gone before it could.
      await Promise.all([gone, devtools.send('Browser.close').catch(() => {})]);
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Chromium says where it listens on stderr, once. @throws what it said instead */
async function readEndpoint(stderr: Readable): Promise<string> {
  let said = '';
  for await (const chunk of stderr.iterator({ destroyOnReturn: false })) {
    said += String(chunk);
    const endpoint = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
    if (endpoint) {
      // A pipe that nobody empties would stop it.
      stderr.resume();
      return endpoint;
    }
  }
  throw new Error(`Chromium ended: ${said}`);
}
