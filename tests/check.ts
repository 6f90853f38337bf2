// `npm run check`, the one gate: types, Biome, knip and the unit tests, each timed.
import { spawnSync } from 'node:child_process';
import { buildKernels } from '#cli/build-kernels.ts';

const quick = ['--exclude', '**/*.{browser,e2e}.test.ts'];
const servers = 'tests/{coordinator,store}/**';

const steps: [string, string[]][] = [
  ['types of the page', ['tsc', '-p', 'tsconfig.page.json']],
  ['types of the worker', ['tsc', '-p', 'tsconfig.worker.json']],
  ['types of the server', ['tsc', '-p', 'tsconfig.server.json']],
  ['types of the tests', ['tsc', '-p', 'tsconfig.tests.json']],
  ['Biome', ['biome', 'check', '.']],
  ['knip', ['knip']],
  // Tests of one process share their modules: 0.2 s of a core a file. A coordinator's have state.
  ['unit tests', ['vitest', 'run', ...quick, '--exclude', servers, '--no-isolate']],
  ["the coordinator's unit tests", ['vitest', 'run', ...quick, 'tests/coordinator', 'tests/store']],
];

await buildKernels();
for (const [name, [command, ...args]] of steps) {
  const started = performance.now();
  const { status } = spawnSync(`node_modules/.bin/${command}`, args, { stdio: 'inherit' });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stderr.write(`${status === 0 ? 'ok' : 'FAILED'}  ${name}, ${seconds} s\n`);
  if (status !== 0) process.exit(1);
}
