// A Chromium to compute in and to test with: one that is installed, else Playwright's download,
// else the system's package. What is fetched is said on stderr first.
import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { IdlewildError } from '#protocol/errors.ts';

/** Playwright's download of 150 MB on a slow line; where there is no network it fails at once. */
const installMsMax = 10 * 60_000;

/** Names on PATH, the likeliest first. */
const names = ['chromium', 'google-chrome', 'google-chrome-stable', 'chromium-browser', 'chrome'];

const wellKnown = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Installs nothing. */
export async function findInstalled(): Promise<string | null> {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  const onPath = folders.flatMap((folder) => names.map((name) => path.join(folder, name)));
  for (const file of [chromium.executablePath(), ...wellKnown, ...onPath]) {
    if (file && (await isExecutable(file))) return file;
  }
  return null;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Runs a command with its output on stderr, since stdout is for data. */
async function install(command: string, args: string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 2, 2],
      timeout: installMsMax,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    child.on('error', () => resolve(false));
    child.on('close', (code) => resolve(code === 0));
  });
}

async function installWithPlaywright(): Promise<boolean> {
  say("No Chromium found: downloading Playwright's (about 150 MB).");
  // Its command is no export of the package: it lies beside the manifest, which is one.
  const manifest = createRequire(import.meta.url).resolve('playwright-core/package.json');
  return install(process.execPath, [path.join(manifest, '../cli.js'), 'install', 'chromium']);
}

async function installWithApt(): Promise<boolean> {
  if (process.getuid?.() !== 0 || !(await isExecutable('/usr/bin/apt-get'))) return false;
  say('Installing the package chromium with apt-get.');
  const updated = await install('apt-get', ['-qq', 'update']);
  return updated && (await install('apt-get', ['-qq', 'install', '-y', 'chromium']));
}

/**
 * The path of a Chromium, installing one where there is none. IDLEWILD_CHROMIUM comes first.
 * @throws chromium/not-found with what to do
 */
export async function findChromium(): Promise<string> {
  const chosen = process.env.IDLEWILD_CHROMIUM;
  if (chosen) {
    if (await isExecutable(chosen)) return chosen;
    const message = `IDLEWILD_CHROMIUM names ${chosen}, which cannot be run.`;
    throw new IdlewildError('chromium/not-found', message, {
      metaMessages: ['Set it to the path of a Chrome or Chromium, or: unset IDLEWILD_CHROMIUM'],
    });
  }
  const installed = await findInstalled();
  if (installed) return installed;
  for (const attempt of [installWithPlaywright, installWithApt]) {
    const found = (await attempt()) ? await findInstalled() : null;
    if (found) return found;
  }
  throw new IdlewildError('chromium/not-found', 'There is no Chromium on this machine.', {
    metaMessages: [
      'Install one: npx playwright-core install --with-deps chromium',
      'or set IDLEWILD_CHROMIUM to the path of a Chrome or Chromium that you have.',
    ],
  });
}

export interface LaunchOptions {
  /** Offers WebGPU also where the browser would hide it, on SwiftShader if need be. */
  webgpu: boolean;
  headless?: boolean;
  /** Further flags, for tests. */
  args?: string[];
}

/** The caller closes it; a signal to this process does not. */
export async function launchChromium({
  webgpu,
  headless = true,
  args = [],
}: LaunchOptions): Promise<Browser> {
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({
    executablePath: await findChromium(),
    headless,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    args: [
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // Chromium refuses to run its sandbox as root; anyone else keeps it.
      ...(isRoot ? ['--no-sandbox'] : []),
      ...(webgpu ? ['--enable-unsafe-webgpu'] : []),
      ...args,
    ],
  });
}
