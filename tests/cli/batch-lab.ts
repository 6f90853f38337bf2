// What the tests of `--batch` share: a real coordinator, contributors who compute every unit with
// onnxruntime-web and confirm each other, and a command in a process of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type RunningCoordinator, startCoordinator } from '#cli/serve.ts';
import { createOnnxBackend } from '#onnx/create-backend.ts';
import type { BoundedMaker } from '#worker/bounded-maker.ts';
import { createContributor } from '#worker/contributor.ts';
import type { Clock } from '#worker/environment.ts';
import type { Contributor, ContributorStatus } from '#worker/status.ts';
import { startOptions } from '../worker/begin-contributor.ts';
import { nodeEnvironment } from '../worker/node-environment.ts';

const clock: Clock = {
  now: () => performance.now(),
  wallMs: () => Date.now(),
  sleep: (ms, signal) => wait(ms, undefined, signal ? { signal } : {}),
  breathe: () => new Promise((resolve) => setImmediate(resolve)),
};

const bounded: BoundedMaker = {
  threadsMax: 1,
  find: async () => [{ name: 'wasm', adapterClass: 'wasm' }],
  create: (backend) => createOnnxBackend({ backend }),
};

/** Longer than a test: only contributors compute. */
const partnerWaitMs = 24 * 60 * 60_000;

interface Member {
  contributor: Contributor;
  last(): ContributorStatus | null;
}

export interface BatchSite {
  coordinator: RunningCoordinator;
  apiKey: string;
  /** One more. */
  contribute(): Promise<Member>;
  close(): Promise<void>;
}

/** @param folder for its data; the models lie in folders of it */
export async function startBatchSite(folder: string, models: string[]): Promise<BatchSite> {
  const coordinator = await startCoordinator({
    dataFolder: path.join(folder, 'data'),
    models,
    port: 0,
    laboratory: true,
    partnerWaitMs,
  });
  const { origin, apiKey } = coordinator;
  const crew: Member[] = [];
  return {
    coordinator,
    apiKey: apiKey ?? '',
    async contribute() {
      const contributor = createContributor(nodeEnvironment({ origin, fetch, clock, bounded }));
      let last: ContributorStatus | null = null;
      void contributor.subscribe((status) => {
        last = status;
      });
      const member = { contributor, last: () => last };
      crew.push(member);
      await contributor.start(startOptions, null);
      return member;
    },
    async close() {
      for (const { contributor } of crew) await contributor.stop();
      await coordinator.close();
    },
  };
}

export interface Command {
  child: ChildProcess;
  /** What it has said so far. */
  said: { stdout: string; stderr: string };
  /** Its exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>;
}

export function runCommand(...args: string[]): Command {
  const command = ['--import', 'tsx', 'src/cli/main.ts', ...args];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  }
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal ?? 0));
  });
  return { child, said, ended };
}
