// `npm run bench -- NAME [--json]`: both sides in one run, ratio and spread printed.
import { type BenchReport, printBench } from './report.ts';

interface Bench {
  about: string;
  run(): Promise<BenchReport>;
}

const benches: Record<string, Bench> = {
  accuracy: {
    about: 'how well the exact model ranks the pairs of STS-B, beside floats',
    run: async () => (await import('./accuracy.ts')).accuracy(),
  },
  bounded: {
    about: 'what our engine adds to onnxruntime-web: PP-OCR and Whisper on wasm, Node and Chromium',
    run: async () => (await import('./bounded.ts')).bounded(),
  },
  coordinator: {
    about:
      'verified results a second and who pays; --quick, --idle, --units=N, --contributors=N, --database=NAME, --postgres=system',
    run: async () => (await import('./coordinator.ts')).coordinator(),
  },
  engine: {
    about: 'speed of the whole model on every backend against onnxruntime-web: wasm, then webgpu',
    run: async () => (await import('./engine.ts')).engine(),
  },
  pace: {
    about: 'how well the duty cycle, the slices and the stop hold by a real clock',
    run: async () => (await import('./pace.ts')).pace(),
  },
  page: {
    about: 'what the page and its worker weigh, and how long a visitor waits for a first result',
    run: async () => (await import('./page.ts')).page(),
  },
  wasm: {
    about: "the exact WASM lanes against onnxruntime-web's wasm, in Node and in Chromium",
    run: async () => (await import('./wasm.ts')).wasm(),
  },
  webgpu: {
    about: "the exact WGSL kernels against onnxruntime-web's WebGPU, in Chromium and over Dawn",
    run: async () => (await import('./webgpu.ts')).webgpu(),
  },
};

function usage(): string {
  const lines = Object.entries(benches).map(([name, { about }]) => `  ${name.padEnd(12)}${about}`);
  return `npm run bench -- NAME [--json]\n\n${lines.join('\n')}\n`;
}

const names = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const wantsHelp = process.argv.includes('--help');
const bench = benches[names[0] ?? ''];
if (!bench || names.length !== 1 || wantsHelp) {
  process.stderr.write(usage());
  process.exit(wantsHelp ? 0 : 2);
}
const report = await bench.run();
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(report)}\n`);
else printBench(report);
