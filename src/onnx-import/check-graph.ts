// A graph's names: each made once, each made before it is needed, none needed by what makes it.
import type { OnnxGraph, OnnxNode } from './onnx-model.ts';
import { refuse } from './protobuf.ts';

const shown = (name: string) => JSON.stringify(name.slice(0, 80));

/** Asked, not copied: a file of a thousand graphs would copy a thousand names for each. */
type IsKnown = (name: string) => boolean;

/**
 * Nodes may stand in any order (the runtime sorts them), but must have one.
 * @param isOuter of a name that the graphs around it have
 * @throws onnx/duplicate, onnx/undefined, onnx/cycle
 */
export function checkGraph(graph: OnnxGraph, isOuter: IsKnown = () => false): void {
  const given = new Set<string>();
  for (const { name } of graph.inputs) add(given, name, graph.place);
  const weights = new Set<string>();
  for (const { name, place } of graph.initializers) add(weights, name, place);
  for (const name of graph.sparse) add(weights, name, graph.place);
  // Old files list their initializers among the inputs too.
  for (const name of weights) given.add(name);
  const makers = new Map<string, number>();
  for (const [index, { outputs, place }] of graph.nodes.entries()) {
    for (const name of outputs) {
      if (name === '') continue;
      if (given.has(name) || makers.has(name)) {
        throw refuse('duplicate', place, `${shown(name)} is made twice`);
      }
      makers.set(name, index);
    }
  }
  checkOrder(graph, makers, (name) => given.has(name) || isOuter(name));
  const isKnown = (name: string) => makers.has(name) || given.has(name) || isOuter(name);
  for (const { name } of graph.outputs) {
    if (isKnown(name)) continue;
    throw refuse('undefined', graph.place, `nothing makes the output ${shown(name)}`);
  }
  for (const { graphs } of graph.nodes) for (const inner of graphs) checkGraph(inner, isKnown);
}

function add(names: Set<string>, name: string, place: string): void {
  if (names.has(name)) throw refuse('duplicate', place, `${shown(name)} is there twice`);
  names.add(name);
}

/** Kahn's: nodes whose needs are met, again and again; what is left over is a cycle. */
function checkOrder(
  { nodes }: OnnxGraph,
  makers: ReadonlyMap<string, number>,
  isGiven: IsKnown,
): void {
  const waiting = nodes.map(() => 0);
  const users = nodes.map((): number[] => []);
  for (const [index, node] of nodes.entries()) {
    for (const name of neededBy(node)) {
      const maker = makers.get(name);
      if (maker === undefined) {
        if (isGiven(name)) continue;
        throw refuse('undefined', node.place, `nothing makes its input ${shown(name)}`);
      }
      users[maker].push(index);
      waiting[index]++;
    }
  }
  const ready = [...nodes.keys()].filter((index) => waiting[index] === 0);
  let done = 0;
  for (let index = ready.pop(); index !== undefined; index = ready.pop()) {
    done++;
    for (const user of users[index]) {
      waiting[user]--;
      if (waiting[user] === 0) ready.push(user);
    }
  }
  if (done === nodes.length) return;
  const stuck = nodes.find((_, index) => waiting[index] > 0) as OnnxNode;
  throw refuse('cycle', stuck.place, `${stuck.operator} needs what itself makes`);
}

/** A node's inputs, and what the graphs within it take from around them. */
function neededBy(node: OnnxNode): Set<string> {
  const names = new Set(node.inputs.filter((name) => name !== ''));
  for (const graph of node.graphs) for (const name of takenBy(graph)) names.add(name);
  return names;
}

function takenBy(graph: OnnxGraph): Set<string> {
  const own = new Set<string>([
    ...graph.inputs.map(({ name }) => name),
    ...graph.initializers.map(({ name }) => name),
    ...graph.sparse,
    ...graph.nodes.flatMap(({ outputs }) => outputs),
  ]);
  const taken = new Set<string>();
  for (const node of graph.nodes) for (const name of neededBy(node)) taken.add(name);
  for (const { name } of graph.outputs) taken.add(name);
  for (const name of own) taken.delete(name);
  return taken;
}
