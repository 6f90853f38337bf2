// A WebGPU race as rows of a report: against the rival that counts first, its other dtypes beside
// it, and the share of what the adapter could do at all.
import type { BenchRow } from './report.ts';
import {
  type AdapterKind,
  oursName,
  type WebgpuOutcome,
  type WebgpuResult,
} from './webgpu-outcome.ts';

const units: Record<AdapterKind, { sentences: string; operations: string }> = {
  software: { sentences: 'sentences a CPU second', operations: 'GOP a CPU second' },
  hardware: { sentences: 'sentences/s', operations: 'GOP/s' },
};

/** @param place where it ran */
export function webgpuRows(place: string, outcome: WebgpuOutcome): BenchRow[] {
  return outcome.results.flatMap((result) => {
    const of = `${place}, ${result.name}`;
    return [...againstRivals(of, result, outcome), ...againstCeiling(of, result, outcome)];
  });
}

function againstRivals(of: string, result: WebgpuResult, outcome: WebgpuOutcome): BenchRow[] {
  const { kind, cosines, skipped } = outcome;
  const { rows, times, settings } = result;
  const shared = {
    unit: units[kind].sentences,
    ours: round((1000 * rows) / mean(times[oursName])),
  };
  const main = chooseMain(kind, result, cosines);
  const missing = {
    case: of,
    ...shared,
    rival: null,
    rivalName: `none; onnxruntime-web WebGPU: ${skipped.join('; ') || 'no dtype was asked for'}`,
    ratio: null,
    spread: null,
  };
  const others = Object.keys(cosines).filter((dtype) => dtype !== main);
  const against = (dtype: string, title: string): BenchRow => ({
    case: title,
    ...shared,
    rival: round((1000 * rows) / mean(times[dtype])),
    rivalName: describeRival(dtype, cosines[dtype], settings[dtype]),
    ...compare(times[oursName], times[dtype]),
  });
  return [
    main ? against(main, of) : missing,
    ...others.map((dtype) => against(dtype, `${of}, beside: ${dtype}`)),
  ];
}

const describeRival = (dtype: string, cosine: number, setting: string) =>
  `onnxruntime-web WebGPU ${dtype}, ${setting}, cosine to ours ${cosine.toFixed(4)}`;

/** A CPU computes float32 as fast as anything; on a GPU only the fastest dtype is a yardstick. */
function chooseMain(kind: AdapterKind, { times }: WebgpuResult, cosines: Record<string, number>) {
  const dtypes = Object.keys(cosines);
  if (kind === 'software') return dtypes.find((dtype) => dtype === 'f32');
  return dtypes.toSorted((a, b) => mean(times[a]) - mean(times[b])).at(0);
}

/** Not a rival but a limit: the ratio is the share of it that a forward pass reaches. */
function againstCeiling(
  of: string,
  { times, gigaOperations }: WebgpuResult,
  { kind, ceiling }: WebgpuOutcome,
): BenchRow[] {
  const ours = (1000 * gigaOperations) / mean(times[oursName]);
  return [
    {
      case: `${of}, share of the ceiling`,
      unit: units[kind].operations,
      ours: round(ours),
      rival: ceiling && round(ceiling),
      rivalName: ceiling
        ? 'dot4I8Packed alone, on registers'
        : 'none: WGSL has no dot4I8Packed here',
      ratio: ceiling && Number((ours / ceiling).toFixed(3)),
      spread: null,
    },
  ];
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;

/** Mean against mean; the spread is that of the rounds' own ratios, none where there was one. */
function compare(ours: readonly number[], rival: readonly number[]) {
  const ratios = rival.map((ms, round) => ms / ours[round]).sort((a, b) => a - b);
  const range = ratios[ratios.length - 1] - ratios[0];
  return {
    ratio: Number((mean(rival) / mean(ours)).toFixed(2)),
    spread: ratios.length > 1 ? Number((range / ratios[ratios.length >> 1]).toFixed(2)) : null,
  };
}

/** Three significant digits: sentences a second span five orders of magnitude. */
const round = (value: number) => Number(value.toPrecision(3));
