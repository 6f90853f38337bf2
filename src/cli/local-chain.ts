// A local Ethereum chain for the demo and the tests: Foundry's anvil, on a port that it chooses itself.
// It holds the keys of its accounts, so it also signs for them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { IdlewildError } from '#protocol/errors.ts';

export interface LocalChain {
  chainId: number;
  url: string;
  /** Lower-case addresses that the node signs for. */
  accounts: readonly string[];
  /** @throws an Error with the node's `code` */
  request(method: string, params?: readonly unknown[]): Promise<unknown>;
  close(): Promise<void>;
}

/** As Foundry names its packages, by Node's names. */
const architectures: Record<string, string> = { x64: 'amd64', arm64: 'arm64' };

/**
 * Runs between this process and the node, and ends the node when its own stdin ends: that comes to pass
 * however this process goes, killed included. The program is its first argument.
 */
const guard = `
  const [, program, ...args] = process.argv;
  const stdio = ['ignore', 'inherit', 'ignore'];
  const node = require('node:child_process').spawn(program, args, { stdio });
  const end = () => node.kill('SIGKILL');
  process.stdin.on('end', end).on('error', end).resume();
  process.on('SIGTERM', end).on('SIGINT', end);
  node.on('error', () => process.exit(1)).on('exit', () => process.exit());
`;

/** The program itself: killed, the package's own launcher would leave it running. */
function findAnvil(): string {
  const require = createRequire(import.meta.url);
  const ending = process.platform === 'win32' ? '.exe' : '';
  const name = `@foundry-rs/anvil-${process.platform}-${architectures[process.arch]}`;
  try {
    return path.join(
      path.dirname(require.resolve(`${name}/package.json`)),
      'bin',
      `anvil${ending}`,
    );
  } catch (cause) {
    throw new IdlewildError('chain/no-anvil', `The package ${name} is not installed.`, {
      metaMessages: ['It is a development dependency: npm ci brings it.'],
      cause,
    });
  }
}

/** @param chainId what the chain says that it is */
export async function startLocalChain(chainId: number): Promise<LocalChain> {
  const args = ['--port', '0', '--chain-id', String(chainId), '--accounts', '3'];
  const child = spawn(process.execPath, ['-e', guard, findAnvil(), ...args], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const closed = once(child, 'close');
  const close = async () => {
    child.stdin.end();
    await closed;
  };
  try {
    const address = await Promise.race([findAddress(child.stdout), closed]);
    if (typeof address !== 'string') throw new Error('The chain ended before it was there.');
    const url = `http://${address}`;
    const request = (method: string, params: readonly unknown[] = []) => call(url, method, params);
    const accounts = (await request('eth_accounts')) as string[];
    const lowered = accounts.map((one) => one.toLowerCase());
    return { chainId, url, accounts: lowered, request, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

/** It says the port on a line of its own. What comes after is read and dropped. */
async function findAddress(stdout: NodeJS.ReadableStream): Promise<string> {
  const lines = createInterface({ input: stdout });
  return new Promise((resolve) => {
    lines.on('line', (line) => {
      const address = /^Listening on (\S+)$/.exec(line)?.[1];
      if (address) resolve(address);
    });
  });
}

async function call(url: string, method: string, params: readonly unknown[]): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const { result, error } = (await response.json()) as { result?: unknown; error?: object };
  if (error) throw Object.assign(new Error(`The chain refused ${method}.`), error);
  return result;
}
