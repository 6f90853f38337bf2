// `npm run bench -- NAME [--json]`: both sides in one run, ratio and spread printed.
import { type BenchReport, printBench } from './report.ts';

const benches: Record<string, () => Promise<BenchReport>> = {
  accuracy: async () => (await import('./accuracy.ts')).accuracy(),
  wasm: async () => (await import('./wasm.ts')).wasm(),
};

const names = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const json = process.argv.includes('--json');
const bench = benches[names[0] ?? ''];
if (!bench || names.length !== 1 || process.argv.includes('--help')) {
  process.stderr.write(
    `npm run bench -- NAME [--json]\n\nNAME is one of: ${Object.keys(benches).join(', ')}\n`,
  );
  process.exit(process.argv.includes('--help') ? 0 : 2);
}
const report = await bench();
if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
else printBench(report);
