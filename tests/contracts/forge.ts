// Runs Foundry's forge from npm over contracts/: the program itself, since the package's launcher
// would leave it running when killed.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');

/** As Foundry names its packages, by Node's names. */
const architectures: Record<string, string> = { x64: 'amd64', arm64: 'arm64' };

function findForge(): string {
  const require = createRequire(import.meta.url);
  const ending = process.platform === 'win32' ? '.exe' : '';
  const system = `${process.platform}-${architectures[process.arch]}`;
  const manifest = require.resolve(`@foundry-rs/forge-${system}/package.json`);
  return path.join(path.dirname(manifest), 'bin', `forge${ending}`);
}

/** @throws an Error with what forge said, when it fails */
export function runForge(args: string[], environment: Record<string, string> = {}): string {
  const env = { ...process.env, ...environment, FOUNDRY_DISABLE_NIGHTLY_WARNING: '1' };
  const ran = spawnSync(findForge(), args, {
    cwd: root,
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (ran.error) throw ran.error;
  if (ran.status !== 0) throw new Error(`forge ${args.join(' ')}\n${ran.stdout}${ran.stderr}`);
  return ran.stdout;
}
