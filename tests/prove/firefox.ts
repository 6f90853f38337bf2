// Firefox without a driver: a profile of its own, headless, one page. It compiles WGSL with naga
// and WASM with SpiderMonkey, so it shares no compiler with Chromium.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Both WebGPU preferences are needed; the others keep the network quiet. */
const preferences = {
  'dom.webgpu.enabled': true,
  'gfx.webgpu.ignore-blocklist': true,
  'app.update.enabled': false,
  'browser.aboutwelcome.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'datareporting.policy.dataSubmissionEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'toolkit.telemetry.reportingpolicy.firstRun': false,
};

const names = ['firefox-esr', 'firefox'];
const wellKnown = ['/usr/bin/firefox-esr', '/Applications/Firefox.app/Contents/MacOS/firefox'];

/** @returns the path of a Firefox, or null; IDLEWILD_FIREFOX comes first */
export async function findFirefox(): Promise<string | null> {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  const onPath = folders.flatMap((folder) => names.map((name) => path.join(folder, name)));
  for (const file of [process.env.IDLEWILD_FIREFOX, ...onPath, ...wellKnown]) {
    if (!file) continue;
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  return null;
}

interface Firefox {
  child: ChildProcess;
  /** Settles once the process is gone. */
  closed: Promise<unknown>;
  /** Ends the browser and removes its profile. */
  close(): Promise<void>;
}

/** @param args beside the profile's: a page's address, or what opens a port for WebDriver BiDi */
export async function launchFirefox(executable: string, args: string[]): Promise<Firefox> {
  const profile = await mkdtemp(path.join(tmpdir(), 'idlewild-firefox-'));
  const lines = Object.entries(preferences).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
  );
  await writeFile(path.join(profile, 'user.js'), lines.join(''));
  const own = ['--headless', '--new-instance', '--profile', profile];
  const child = spawn(executable, [...own, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, MOZ_CRASHREPORTER_DISABLE: '1' },
  });
  // Whoever reads it listens; unread it must not fill up.
  child.stderr?.resume();
  const closed = once(child, 'close').catch(String);
  return {
    child,
    closed,
    async close() {
      child.kill();
      await closed;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/**
 * @param ended is told when the browser ends by itself
 * @returns closes the browser and removes its profile
 */
export async function openFirefox(
  executable: string,
  url: string,
  ended: (why: string) => void,
): Promise<() => Promise<void>> {
  const firefox = await launchFirefox(executable, [url]);
  firefox.closed.then((how) => ended(`Firefox ended: ${how}.`));
  return firefox.close;
}
