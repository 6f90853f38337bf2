// From a batch's file to its units: lines are checked once, and cut into units of bounded cost by the
// planner of the batch's endpoint. The plan, a payload of its own, says which row of which unit
// answers which input of which line.
import type { Bytes } from '#protocol/bytes.ts';
import { utf8 } from '#protocol/bytes.ts';
import { limits } from '#protocol/limits.ts';
import type { BatchError } from '#store/batch-operations.ts';
import type { ModelChoice } from './model-store.ts';
import { planEmbeddings } from './plan-embeddings.ts';
import { planInfer } from './plan-infer.ts';
import { readLines } from './read-lines.ts';
import { type Encoding, type RequestFault, readFrame } from './request-lines.ts';

export interface PlannedLine {
  customId: string;
  /** Null where the line has a fault. */
  model: string | null;
  encoding: Encoding;
  inputs: number;
  tokens: number;
  fault: { status: number; error: RequestFault } | null;
}

/** A row's place in the answer: line and input, both from 0. */
export type RowPlace = [line: number, input: number];

export interface Plan {
  lines: PlannedLine[];
  /** By unit, by row. */
  units: RowPlace[][];
}

export interface CutUnit {
  kind: 'work' | 'bounded';
  input: Bytes;
  digest: Bytes;
  model: Bytes;
  rows: number;
  cost: number;
  /** Of its dearest row. */
  rowCostMax: number;
  linesAlone: number;
  lengthClass: number;
}

export type PlannedBatch =
  | { kind: 'failed'; errors: BatchError[] }
  | { kind: 'planned'; plan: Plan; units: CutUnit[]; model: string };

/** What an endpoint makes of its lines. */
export interface Planner {
  /** Rows of all lines so far. */
  rows(): number;
  add(customId: string, body: unknown): Promise<PlannedLine>;
  /** Once, after the last line. */
  cut(lines: readonly PlannedLine[]): { units: CutUnit[]; places: RowPlace[][] };
}

interface Endpoint {
  lineBytesMax: number;
  plan(models: ModelChoice): Planner;
}

export const inferEndpoint = '/v1/infer';

export const endpoints: Record<string, Endpoint> = {
  '/v1/embeddings': { lineBytesMax: limits.lineBytesMax, plan: planEmbeddings },
  [inferEndpoint]: { lineBytesMax: limits.inferBodyBytesMax, plan: planInfer },
};

/** Errors named of a failed batch; more would only repeat. */
const batchErrorsMax = 100;
/** Lines between two breaths for other requests: tokenizing happens on the main thread. */
const linesPerTurn = 16;
/** Lines of a file, blank ones included: they too take time. */
const fileLinesMax = 4 * limits.batchLinesMax;

export async function planBatch(
  chunks: AsyncIterable<Uint8Array>,
  endpoint: string,
  models: ModelChoice,
): Promise<PlannedBatch> {
  const lines: PlannedLine[] = [];
  const { lineBytesMax, plan: begin } = endpoints[endpoint];
  const planner = begin(models);
  const errors: BatchError[] = [];
  const seen = new Set<string>();
  const fail = (line: number | null, code: string, message: string, param: string | null) => {
    if (errors.length < batchErrorsMax) errors.push({ code, line, message, param });
  };
  for await (const { number, bytes } of readLines(chunks, lineBytesMax)) {
    if (number % linesPerTurn === 0) await nextTurn();
    if (number > fileLinesMax) {
      const message = `The file has more than ${fileLinesMax} lines, with the blank ones (fileLinesMax).`;
      fail(number, 'too_many_lines', message, null);
      break;
    }
    if (errors.length === batchErrorsMax) break;
    if (isBlank(bytes)) continue;
    const frame = readFrame(bytes, { endpoint, lineBytesMax });
    if (!frame.ok) {
      fail(number, frame.fault.code, frame.fault.message, frame.fault.param);
      continue;
    }
    if (seen.has(frame.customId)) {
      const name = JSON.stringify(frame.customId);
      fail(number, 'duplicate_custom_id', `The custom_id ${name} was used before.`, 'custom_id');
      continue;
    }
    seen.add(frame.customId);
    if (lines.length === limits.batchLinesMax) {
      const message = `The file has more than ${limits.batchLinesMax} lines (batchLinesMax).`;
      fail(number, 'too_many_lines', message, null);
      break;
    }
    if (errors.length > 0) continue;
    lines.push(await planner.add(frame.customId, frame.body));
    if (planner.rows() > limits.batchInputsMax) {
      const message = `The file has more than ${limits.batchInputsMax} inputs (batchInputsMax).`;
      fail(number, 'too_many_inputs', message, null);
      break;
    }
  }
  if (errors.length === 0 && lines.length === 0) {
    fail(null, 'empty_file', 'The input file holds no line.', 'input_file_id');
  }
  if (errors.length > 0) return { kind: 'failed', errors };
  const model = lines.find((line) => line.model !== null)?.model ?? '';
  const { units, places } = planner.cut(lines);
  return { kind: 'planned', plan: { lines, units: places }, units, model };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 32 || byte === 9 || byte === 13);
}

export function encodePlan(plan: Plan): Bytes {
  return utf8(JSON.stringify(plan));
}

/** A plan is the coordinator's own file, whose digest the batch names. */
export function decodePlan(bytes: Uint8Array): Plan {
  return JSON.parse(new TextDecoder().decode(bytes)) as Plan;
}
