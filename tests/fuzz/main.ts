// `npm run fuzz -- [--cases N] [--seed N]`: 10^5 cases by default; says how answers were spread, and
// whether the heap grew.
import { parseArgs } from 'node:util';
import { createProgress, timeLeft } from '#cli/progress.ts';
import { startTestSite } from '../coordinator/test-site.ts';
import { adminToken, fuzz } from './fuzz.ts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(
    'npm run fuzz -- [--cases N (100000)] [--seed N, printed, so that a failure replays]',
  );
  process.exit(0);
}
const cases = Number(values.cases);
const seed = Number(values.seed);
/** What may come and go between two collections; a leak of one KiB a case is ten times as much. */
const growthBytesMax = 16 << 20;

const progress = createProgress(false);
progress.done(`Seed ${seed}.`);
const site = await startTestSite({ adminToken });
const started = performance.now();
try {
  const report = await fuzz(site, {
    cases,
    seed,
    onProgress(done) {
      const left = timeLeft(done, cases, performance.now() - started);
      progress.update(`${done} of ${cases} cases ${left}`);
    },
  });
  progress.done(`${cases} cases.`);
  console.log(JSON.stringify({ seed, ...report }));
  const grown = report.heapBytesEnd - report.heapBytesHalf;
  if (grown > growthBytesMax) {
    console.log(`The heap grew by ${grown} bytes in the second half.`);
    process.exitCode = 1;
  }
} finally {
  await site.close();
}
