// Starts each backend where it runs and hands on its reports: in this process, in a process of its
// own for Dawn, or in a page of a browser. Backends run one after another, each with the machine
// to itself, so that a stall is a stall.
import { fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { launchChromium } from '#cli/chromium.ts';
import { createReferenceBackend } from '#reference/encoder.ts';
import { findSwiftShader } from '../engine/find-swift-shader.ts';
import type { Column } from './backends.ts';
import type { ReadFile, Report } from './case.ts';
import { computeCases } from './compute.ts';
import { findFirefox, openFirefox } from './firefox.ts';
import { openWasm } from './open-wasm.ts';
import { type CaseServer, type Sitting, serveCases } from './serve-cases.ts';

/** One case on the slowest software GPU takes a minute; a browser starts in seconds. */
const silenceMsMax = 5 * 60_000;

/** Characters of a crashed process's last words. */
const grumblesShown = 300;

const root = path.resolve(import.meta.dirname, '../..');
const read: ReadFile = async (file) => new Uint8Array(await readFile(path.join(root, file)));

const isLast = ({ kind }: Report) => kind === 'done' || kind === 'unavailable';

/** Resolves after the last report; a backend that falls silent, or ends early, says so itself. */
function untilDone(
  { report, ...given }: Sitting,
  start: (sitting: Sitting, stop: (why: string) => void) => void,
): Promise<void> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout;
    let ended = false;
    const hear = (one: Report) => {
      if (ended) return;
      clearTimeout(timer);
      report(one);
      ended = isLast(one);
      if (ended) resolve();
      else timer = setTimeout(() => stop(`Silent for ${silenceMsMax / 60_000} min.`), silenceMsMax);
    };
    const stop = (why: string) => hear({ kind: 'unavailable', why });
    timer = setTimeout(() => stop(`Silent for ${silenceMsMax / 60_000} min.`), silenceMsMax);
    start({ ...given, report: hear }, stop);
  });
}

async function runDawn({ arithmetic, host }: Column, sitting: Sitting): Promise<void> {
  const driver = host === 'swiftshader' ? await findSwiftShader() : null;
  if (host === 'swiftshader' && !driver) {
    sitting.report({ kind: 'unavailable', why: 'No vk_swiftshader_icd.json beside a Chromium.' });
    return;
  }
  const child = fork(path.join(import.meta.dirname, 'dawn-process.ts'), {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, ...(driver ? { VK_ICD_FILENAMES: driver } : {}) },
    // Vulkan's loader grumbles on stderr; it is shown only with a crash.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let grumbles = '';
  child.stderr?.on('data', (chunk) => {
    grumbles = `${grumbles}${chunk}`.slice(-grumblesShown);
  });
  await untilDone(sitting, ({ report, cases, turn }, stop) => {
    child.on('message', (one) => report(one as Report));
    child.on('close', (code, signal) =>
      stop(`Dawn's process ended (${signal ?? code}): ${grumbles}`),
    );
    child.send({ family: arithmetic, cases, turn });
  });
  child.kill();
}

async function runInNode({ arithmetic }: Column, sitting: Sitting): Promise<void> {
  const open =
    arithmetic === 'typescript'
      ? async () => createReferenceBackend()
      : async () => openWasm(read, arithmetic === 'relaxed');
  await computeCases(open, { ...sitting, read });
}

export interface Hosts {
  run(column: Column, sitting: Sitting): Promise<void>;
  close(): Promise<void>;
}

export function createHosts(): Hosts {
  let server: CaseServer | undefined;
  let chromium: Browser | undefined;

  async function openPage(
    host: Column['host'],
    url: string,
    stop: (why: string) => void,
  ): Promise<() => Promise<void>> {
    if (host === 'firefox') {
      const firefox = await findFirefox();
      if (!firefox) throw new Error('No Firefox is installed; IDLEWILD_FIREFOX may name one.');
      return openFirefox(firefox, url, stop);
    }
    chromium ??= await launchChromium({ webgpu: true });
    const page = await chromium.newPage();
    await page.goto(url);
    return () => page.close();
  }

  async function runInBrowser(column: Column, sitting: Sitting): Promise<void> {
    server ??= await serveCases();
    const { seat } = server;
    let close: (() => Promise<void>) | undefined;
    await untilDone(sitting, async (heard, stop) => {
      try {
        const url = seat(column.arithmetic, heard);
        close = await openPage(column.host, url, stop);
      } catch (thrown) {
        stop(String(thrown instanceof Error ? thrown.message : thrown));
      }
    });
    await close?.();
  }

  return {
    run(column, sitting) {
      if (column.host === 'node') return runInNode(column, sitting);
      if (column.host === 'chromium' || column.host === 'firefox') {
        return runInBrowser(column, sitting);
      }
      return runDawn(column, sitting);
    },
    async close() {
      await chromium?.close();
      await server?.close();
    },
  };
}
