// `npm run prove`: the same bytes everywhere, shown. Every committed vector, every extreme, the shapes
// of published encoders and a seeded random sweep, on every backend that this machine has; one row
// a case, one column a backend.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { buildKernels } from '#cli/build-kernels.ts';
import { createProgress } from '#cli/progress.ts';
import { columns } from './backends.ts';
import { printProof } from './compare.ts';
import { prove } from './prove.ts';
import { shapeCases } from './shapes.ts';
import { extremeCases, randomCases } from './sweep.ts';
import { vectorCases } from './vectors.ts';

/** The deepest model takes a backend 1.5 GB, so a machine of many cores is not filled unasked. */
const jobsMost = 4;

const usage = `npm run prove [-- --seed N] [--cases N] [--only TEXT] [--jobs N] [--json]

  --seed N     of the random sweep and of the extremes' weights (1)
  --cases N    random cases beside the vectors and the extremes (24)
  --only TEXT  backends whose name contains TEXT, beside TypeScript
  --jobs N     backends at a time (one a core, at most ${jobsMost})
  --json       the proof as one JSON object

Exit code 1 when any digest differs.
`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    cases: { type: 'string', default: '24' },
    only: { type: 'string', default: '' },
    jobs: { type: 'string', default: String(Math.min(jobsMost, availableParallelism())) },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const [seed, count, jobs] = [values.seed, values.cases, values.jobs].map(Number);
const areWhole = [seed, count, jobs].every(Number.isInteger);
if (values.help || !areWhole || count < 0 || jobs < 1) {
  process.stderr.write(usage);
  process.exit(values.help ? 0 : 2);
}

const progress = createProgress(false);
await buildKernels();
const started = performance.now();
const proof = await prove({
  seed,
  cases: [
    ...(await vectorCases()),
    ...extremeCases(seed),
    ...shapeCases(seed),
    ...randomCases(seed, count),
  ],
  columns: columns.filter(({ name }, index) => index === 0 || name.includes(values.only)),
  jobs,
  onProgress: (line) => progress.update(line),
});
progress.done(`${((performance.now() - started) / 1000).toFixed(0)} s`);
process.stdout.write(values.json ? `${JSON.stringify(proof)}\n` : printProof(proof));
process.exit(proof.equal ? 0 : 1);
