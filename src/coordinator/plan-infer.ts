// Lines of /v1/infer as units of bounded models: a request each, run alone whatever unit it is in, so
// that neighbours are only a matter of how much one lease brings.
import { boundedCost, shapesOf } from '#model/bounded-cost.ts';
import { encodeBoundedInput } from '#protocol/bounded-unit.ts';
import { limits } from '#protocol/limits.ts';
import type { TensorMap } from '#protocol/tensor.ts';
import { unitDigest } from '#protocol/unit.ts';
import { countLinesAlone } from './count-lines.ts';
import { readInferBody } from './infer-body.ts';
import type { BoundedModel, ModelChoice } from './model-store.ts';
import type { CutUnit, PlannedLine, Planner, RowPlace } from './plan-batch.ts';
import { fault } from './request-lines.ts';

/** A unit of several requests brings no more. */
const unitBytes = 2 << 20;

interface Request {
  tensors: TensorMap;
  bytes: number;
  cost: number;
  place: RowPlace;
}

interface Group {
  model: BoundedModel;
  requests: Request[];
  bytes: number;
  cost: number;
}

export function planInfer(models: ModelChoice): Planner {
  const groups: Group[] = [];
  const open = new Map<string, Group>();
  let line = 0;
  let rows = 0;
  return {
    rows: () => rows,
    async add(customId, body) {
      const place = line++;
      const read = readInferBody(body, models);
      const bytes = read.ok ? sizeOf(read.request) : 0;
      const most = limits.boundedInputBytesMax;
      const checked =
        bytes > most
          ? fault(`The inputs exceed ${most} bytes (boundedInputBytesMax).`, 'inputs', 'too_large')
          : read;
      if (!checked.ok) {
        const { status, fault: error } = checked;
        const nothing = { model: null, encoding: 'base64', inputs: 0, tokens: 0 } as const;
        return { customId, ...nothing, fault: { status, error } };
      }
      const { model, request: tensors } = checked;
      const cost = boundedCost(model.manifest, shapesOf(tensors));
      rows++;
      put(model, { tensors, bytes, cost, place: [place, 0] });
      return { customId, model: model.name, encoding: 'base64', inputs: 1, tokens: 0, fault: null };
    },
    cut: (lines) => cutUnits(groups, lines),
  };

  function put(model: BoundedModel, request: Request): void {
    let group = open.get(model.id);
    if (!group || isFull(group, request)) {
      group = { model, requests: [], bytes: 0, cost: 0 };
      groups.push(group);
      open.set(model.id, group);
    }
    group.requests.push(request);
    group.bytes += request.bytes;
    group.cost += request.cost;
  }
}

function sizeOf(request: TensorMap): number {
  return Object.values(request).reduce((sum, { data }) => sum + data.length, 0);
}

function isFull({ requests, bytes, cost }: Group, next: Request): boolean {
  return (
    requests.length === limits.unitRowsMax ||
    bytes + next.bytes > unitBytes ||
    cost + next.cost > limits.unitCostMax
  );
}

function cutUnits(groups: readonly Group[], lines: readonly PlannedLine[]) {
  const places = groups.map(({ requests }) => requests.map(({ place }) => place));
  const units = groups.map(({ model, requests, cost }, index): CutUnit => {
    const input = encodeBoundedInput({
      model: model.digest,
      requests: requests.map(({ tensors }) => tensors),
    });
    return {
      kind: 'bounded',
      input,
      digest: unitDigest(input),
      model: model.digest,
      rows: requests.length,
      cost,
      rowCostMax: Math.max(...requests.map((request) => request.cost)),
      linesAlone: countLinesAlone(lines, places[index]),
      lengthClass: 0,
    };
  });
  return { units, places };
}
