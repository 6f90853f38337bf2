// `npm run bench -- bounded`: what our engine adds to onnxruntime-web, by CPU time of the same units
// on the same model, in turn: decoding the unit, checking it, running it, encoding rows and digest.
// In Chromium also the way into a thread of its own and back.
import { createOnnxBackend } from '#onnx/create-backend.ts';
import { recognition, whisperEncoder } from '../onnx/real-models.ts';
import { hum, strokes } from '../onnx/requests.ts';
import { type ChromiumCase, pairInChromium } from './bounded-chromium.ts';
import { type PairResult, runPair } from './bounded-pair.ts';
import { type BenchReport, type BenchRow, describeMachine } from './report.ts';

async function makeCases(): Promise<ChromiumCase[]> {
  const widths = [320, 240, 400, 320, 160, 320, 480, 280];
  return [
    {
      name: 'PP-OCRv4 recognition, 8 lines',
      ...(await recognition()),
      requests: widths.map((width, at) => strokes(width, at + 1)),
      rounds: 40,
    },
    {
      name: "Whisper-tiny's encoder, 30 s",
      ...(await whisperEncoder()),
      requests: [{ input_features: hum() }],
      rounds: 12,
    },
  ];
}

export async function bounded(): Promise<BenchReport> {
  const cases = await makeCases();
  const node: PairResult[] = [];
  for (const one of cases) node.push(await pairInNode(one));
  const chromium = await pairInChromium(cases);
  const rows = [
    ...node.map((result) => toRow('Node', result)),
    ...chromium.map((result) => toRow("Chromium's worker", result)),
  ];
  return { bench: 'bounded', machine: describeMachine(), rows };
}

async function pairInNode(given: ChromiumCase): Promise<PairResult> {
  const runtime = await import('onnxruntime-web/wasm');
  const backend = await createOnnxBackend({ backend: 'wasm' });
  const result = await runPair({ runtime, backend, cpuMs }, given);
  backend.destroy();
  return result;
}

/** Milliseconds of this process on any core. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;
const round2 = (value: number) => Math.round(value * 100) / 100;

function toRow(where: string, { name, requests, ours, rival }: PairResult): BenchRow {
  const ratios = ours.map((ms, round) => rival[round] / ms).sort((a, b) => a - b);
  const middle = ratios[ratios.length >> 1];
  return {
    case: `${where}, ${name}`,
    unit: 'CPU ms a request',
    ours: round2(mean(ours) / requests),
    rival: round2(mean(rival) / requests),
    rivalName: 'onnxruntime-web alone',
    // Of pairs that ran one after the other, the middle one: a neighbour's noise is in few of them.
    ratio: Number(middle.toFixed(3)),
    spread: Number(((ratios[ratios.length - 1] - ratios[0]) / middle).toFixed(2)),
  };
}
