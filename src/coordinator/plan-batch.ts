// From a batch's file to its units: lines are checked and tokenized once, rows are put into classes
// of like lengths, shuffled, and cut into units of bounded cost. The plan, a payload of its own, says which row of
// which unit answers which input of which line.

import { createHash } from 'node:crypto';
import { rowCost } from '#model/cost.ts';
import type { Bytes } from '#protocol/bytes.ts';
import { utf8 } from '#protocol/bytes.ts';
import { limits } from '#protocol/limits.ts';
import { encodeUnitInput, unitDigest } from '#protocol/unit.ts';
import type { BatchError } from '#store/batch-operations.ts';
import type { ModelStore, ServedModel } from './model-store.ts';
import { readLines } from './read-lines.ts';
import { type Encoding, type RequestFault, readEmbeddingBody, readFrame } from './request-lines.ts';

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
type RowPlace = [line: number, input: number];

export interface Plan {
  lines: PlannedLine[];
  /** By unit, by row. */
  units: RowPlace[][];
}

interface CutUnit {
  input: Bytes;
  digest: Bytes;
  model: Bytes;
  rows: number;
  cost: number;
  linesAlone: number;
  lengthClass: number;
}

export type PlannedBatch =
  | { kind: 'failed'; errors: BatchError[] }
  | { kind: 'planned'; plan: Plan; units: CutUnit[]; model: string };

/** Errors named of a failed batch; more would only repeat. */
const batchErrorsMax = 100;
/** Lines between two breaths for other requests: tokenizing happens on the main thread. */
const linesPerTurn = 16;
/** Lines of a file, blank ones included: they too take time. */
const fileLinesMax = 4 * limits.batchLinesMax;

interface Row {
  model: ServedModel;
  tokens: Uint32Array<ArrayBuffer>;
  place: RowPlace;
}

export async function planBatch(
  chunks: AsyncIterable<Uint8Array>,
  endpoint: string,
  models: ModelStore,
): Promise<PlannedBatch> {
  const lines: PlannedLine[] = [];
  const rows: Row[] = [];
  const errors: BatchError[] = [];
  const seen = new Set<string>();
  const fail = (line: number | null, code: string, message: string, param: string | null) => {
    if (errors.length < batchErrorsMax) errors.push({ code, line, message, param });
  };
  for await (const { number, bytes } of readLines(chunks, limits.lineBytesMax)) {
    if (number % linesPerTurn === 0) await nextTurn();
    if (number > fileLinesMax) {
      const message = `The file has more than ${fileLinesMax} lines, with the blank ones (fileLinesMax).`;
      fail(number, 'too_many_lines', message, null);
      break;
    }
    if (errors.length === batchErrorsMax) break;
    if (isBlank(bytes)) continue;
    const frame = readFrame(bytes, endpoint);
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
    await addLine({ lines, rows }, frame, models);
    if (rows.length > limits.batchInputsMax) {
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
  const { plan, units } = cutUnits(lines, rows);
  return { kind: 'planned', plan, units, model };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 32 || byte === 9 || byte === 13);
}

async function addLine(
  { lines, rows }: { lines: PlannedLine[]; rows: Row[] },
  { customId, body }: { customId: string; body: unknown },
  models: ModelStore,
): Promise<void> {
  const read = await readEmbeddingBody(body, models);
  if (!read.ok) {
    const { status, fault: error } = read;
    const nothing = { model: null, encoding: 'float', inputs: 0, tokens: 0 } as const;
    lines.push({ customId, ...nothing, fault: { status, error } });
    return;
  }
  const { model, encoding, rows: inputs } = read.request;
  const line = lines.length;
  inputs.forEach((tokens, input) => {
    rows.push({ model, tokens, place: [line, input] });
  });
  const tokens = inputs.reduce((sum, row) => sum + row.length, 0);
  const name = model.name;
  lines.push({ customId, model: name, encoding, inputs: inputs.length, tokens, fault: null });
}

/** Rows of fewer tokens than 16 cost so little that they are all alike. */
const lengthClassMin = 3;

/**
 * Rows of one class have lengths within a factor of two. An audit is made of rows of one class
 * from anywhere in it, so units are shuffled within theirs: neither tells itself by its order.
 */
function lengthClassOf(tokens: number): number {
  return Math.max(lengthClassMin, Math.floor(Math.log2(tokens)));
}

interface Group {
  model: ServedModel;
  lengthClass: number;
  rows: Row[];
  cost: number;
}

/** Units of one model and of like lengths; equal files are cut alike. */
function cutUnits(lines: PlannedLine[], rows: Row[]): { plan: Plan; units: CutUnit[] } {
  const groups: Group[] = [];
  for (const [{ model, lengthClass }, members] of classify(rows)) {
    let group: Group | null = null;
    for (const row of shuffle(members)) {
      const cost = rowCost(model.manifest.config, row.tokens.length);
      const full =
        group &&
        (group.rows.length === limits.unitRowsMax || group.cost + cost > limits.unitCostMax);
      if (!group || full) {
        group = { model, lengthClass, rows: [], cost: 0 };
        groups.push(group);
      }
      group.rows.push(row);
      group.cost += cost;
    }
  }
  const plan: Plan = { lines, units: groups.map((group) => group.rows.map(({ place }) => place)) };
  const units = groups.map((group, index): CutUnit => {
    const tokens = group.rows.map((row) => row.tokens);
    const input = encodeUnitInput({ model: group.model.digest, rows: tokens });
    return {
      input,
      digest: unitDigest(input),
      model: group.model.digest,
      rows: tokens.length,
      cost: group.cost,
      linesAlone: countLinesAlone(lines, plan.units[index]),
      lengthClass: group.lengthClass,
    };
  });
  return { plan, units };
}

/** Shortest first, as ever: short rows are done soonest. */
function classify(rows: Row[]): [Pick<Group, 'model' | 'lengthClass'>, Row[]][] {
  const classes = new Map<string, [Pick<Group, 'model' | 'lengthClass'>, Row[]]>();
  for (const row of rows) {
    const lengthClass = lengthClassOf(row.tokens.length);
    const key = `${row.model.name} ${lengthClass}`;
    const known = classes.get(key) ?? [{ model: row.model, lengthClass }, []];
    known[1].push(row);
    classes.set(key, known);
  }
  return [...classes.values()].sort(([a], [b]) => a.lengthClass - b.lengthClass);
}

/** By a hash of the row itself and its place: equal files are shuffled alike. */
function shuffle(rows: Row[]): Row[] {
  const keyed = rows.map((row) => {
    const hash = createHash('sha256').update(row.tokens).update(row.place.join(' '));
    return { row, key: hash.digest('hex') };
  });
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ row }) => row);
}

/** Lines whose every input lies in this unit: they are complete when it is. */
function countLinesAlone(lines: PlannedLine[], places: RowPlace[]): number {
  const inputs = new Map<number, number>();
  for (const [line] of places) inputs.set(line, (inputs.get(line) ?? 0) + 1);
  return [...inputs].filter(([line, count]) => count === lines[line].inputs).length;
}

export function encodePlan(plan: Plan): Bytes {
  return utf8(JSON.stringify(plan));
}

/** A plan is the coordinator's own file, whose digest the batch names. */
export function decodePlan(bytes: Uint8Array): Plan {
  return JSON.parse(new TextDecoder().decode(bytes)) as Plan;
}
