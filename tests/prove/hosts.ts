// Starts each backend where it runs and hands on its reports: in a process of its own for Node and
// Dawn, or in a page of a browser of its own. Several may run side by side, since none shares
// anything with another but the machine.
import { fork } from 'node:child_process';
import path from 'node:path';
import { launchPatiently } from '../cli/patient-chromium.ts';
import { findSwiftShader } from '../engine/find-swift-shader.ts';
import type { Column } from './backends.ts';
import type { Report } from './case.ts';
import { findFirefox, openFirefox } from './firefox.ts';
import type { NodeTask } from './node-process.ts';
import { type CaseServer, type Sitting, serveCases } from './serve-cases.ts';

/** One case on the slowest software GPU takes a minute of CPU time, on a busy machine some more. */
const silenceMsMax = 10 * 60_000;

/** Characters of a crashed process's last words. */
const grumblesShown = 300;

const isLast = ({ kind }: Report) => kind === 'done' || kind === 'unavailable';
const inWords = (thrown: unknown) => String(thrown instanceof Error ? thrown.message : thrown);

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

async function runInProcess({ arithmetic, host }: Column, sitting: Sitting): Promise<void> {
  const driver = host === 'swiftshader' ? await findSwiftShader() : null;
  if (host === 'swiftshader' && !driver) {
    sitting.report({ kind: 'unavailable', why: 'No vk_swiftshader_icd.json beside a Chromium.' });
    return;
  }
  const child = fork(path.join(import.meta.dirname, 'node-process.ts'), {
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
    child.on('close', (code, signal) => stop(`Its process ended (${signal ?? code}): ${grumbles}`));
    child.send({ arithmetic, cases, turn } satisfies NodeTask);
  });
  child.kill();
}

/** @returns closes the browser */
async function openBrowser(
  host: Column['host'],
  url: string,
  stop: (why: string) => void,
): Promise<() => Promise<void>> {
  if (host === 'firefox') {
    const firefox = await findFirefox();
    if (!firefox) throw new Error('No Firefox is installed; IDLEWILD_FIREFOX may name one.');
    return openFirefox(firefox, url, stop);
  }
  const chromium = await launchPatiently({ webgpu: true });
  chromium.once('disconnected', () => stop('Chromium ended.'));
  try {
    await (await chromium.newPage()).goto(url);
  } catch (thrown) {
    await chromium.close();
    throw thrown;
  }
  return () => chromium.close();
}

async function runInBrowser(
  { arithmetic, host }: Column,
  sitting: Sitting,
  { seat }: CaseServer,
): Promise<void> {
  let close: (() => Promise<void>) | undefined;
  let leave: (() => void) | undefined;
  await untilDone(sitting, async (heard, stop) => {
    try {
      const seated = seat(arithmetic, heard);
      leave = seated.leave;
      close = await openBrowser(host, seated.url, stop);
    } catch (thrown) {
      stop(inWords(thrown));
    }
  });
  leave?.();
  await close?.();
}

export interface Hosts {
  /** Resolves once the column has said its last word; whatever goes wrong is a report. */
  run(column: Column, sitting: Sitting): Promise<void>;
  close(): Promise<void>;
}

export async function createHosts(): Promise<Hosts> {
  const server = await serveCases();
  return {
    async run(column, sitting) {
      try {
        if (column.host === 'chromium' || column.host === 'firefox') {
          await runInBrowser(column, sitting, server);
        } else await runInProcess(column, sitting);
      } catch (thrown) {
        sitting.report({ kind: 'unavailable', why: inWords(thrown) });
      }
    },
    close: () => server.close(),
  };
}
