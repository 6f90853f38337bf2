// Lines of /v1/embeddings as units: tokenized once, rows put into classes of like lengths, shuffled,
// and cut into units of bounded cost.
import { createHash } from 'node:crypto';
import { rowCost } from '#model/cost.ts';
import { limits } from '#protocol/limits.ts';
import { encodeUnitInput, unitDigest } from '#protocol/unit.ts';
import { countLinesAlone } from './count-lines.ts';
import type { ExactModel, ModelChoice } from './model-store.ts';
import type { CutUnit, PlannedLine, Planner, RowPlace } from './plan-batch.ts';
import { readEmbeddingBody } from './request-lines.ts';

interface Row {
  model: ExactModel;
  tokens: Uint32Array<ArrayBuffer>;
  place: RowPlace;
}

export function planEmbeddings(models: ModelChoice): Planner {
  const rows: Row[] = [];
  let line = 0;
  return {
    rows: () => rows.length,
    async add(customId, body) {
      const place = line++;
      const read = await readEmbeddingBody(body, models);
      if (!read.ok) {
        const { status, fault: error } = read;
        const nothing = { model: null, encoding: 'float', inputs: 0, tokens: 0 } as const;
        return { customId, ...nothing, fault: { status, error } };
      }
      const { model, encoding, rows: inputs } = read.request;
      inputs.forEach((tokens, input) => {
        rows.push({ model, tokens, place: [place, input] });
      });
      const tokens = inputs.reduce((sum, row) => sum + row.length, 0);
      const name = model.name;
      return { customId, model: name, encoding, inputs: inputs.length, tokens, fault: null };
    },
    cut: (lines) => cutUnits(lines, rows),
  };
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
  model: ExactModel;
  lengthClass: number;
  rows: Row[];
  cost: number;
  rowCostMax: number;
}

/** Units of one model and of like lengths; equal files are cut alike. */
function cutUnits(lines: readonly PlannedLine[], rows: Row[]) {
  const groups: Group[] = [];
  for (const [{ model, lengthClass }, members] of classify(rows)) {
    let group: Group | null = null;
    for (const row of shuffle(members)) {
      const cost = rowCost(model.manifest.config, row.tokens.length);
      const full =
        group &&
        (group.rows.length === limits.unitRowsMax || group.cost + cost > limits.unitCostMax);
      if (!group || full) {
        group = { model, lengthClass, rows: [], cost: 0, rowCostMax: 0 };
        groups.push(group);
      }
      group.rows.push(row);
      group.cost += cost;
      group.rowCostMax = Math.max(group.rowCostMax, cost);
    }
  }
  const places = groups.map((group) => group.rows.map(({ place }) => place));
  const units = groups.map((group, index): CutUnit => {
    const tokens = group.rows.map((row) => row.tokens);
    const input = encodeUnitInput({ model: group.model.digest, rows: tokens });
    return {
      kind: 'work',
      input,
      digest: unitDigest(input),
      model: group.model.digest,
      rows: tokens.length,
      cost: group.cost,
      rowCostMax: group.rowCostMax,
      linesAlone: countLinesAlone(lines, places[index]),
      lengthClass: group.lengthClass,
    };
  });
  return { units, places };
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
