// A speech synthesizer of the system's (flite, a small one with good voices): installed where it is
// missing and can be, as the Chromium of the other tests is.
import { spawnSync } from 'node:child_process';

const command = 'flite';

function runs(): boolean {
  return spawnSync(command, ['-lv'], { stdio: 'ignore' }).status === 0;
}

function install(...args: string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', ['-qq', ...args], { stdio: ['ignore', 2, 2], env }).status === 0;
}

/** @returns its command, or null where there is none and none can be installed */
export function findSynthesizer(): string | null {
  if (runs()) return command;
  if (process.getuid?.() !== 0) return null;
  process.stderr.write(`Installing the package ${command} with apt-get.\n`);
  return install('update') && install('install', '-y', command) && runs() ? command : null;
}
