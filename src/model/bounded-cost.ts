// What a request to a bounded model costs, in multiply-adds: from its inputs' shapes alone, so that
// coordinator and contributor get the same integer.
import { limits } from '#protocol/limits.ts';
import { elementCount, type TensorMap } from '#protocol/tensor.ts';
import type { BoundedManifest } from './bounded-manifest.ts';

/** By the request's input. */
export type RequestShapes = Record<string, readonly number[]>;

export function shapesOf(request: TensorMap): RequestShapes {
  return Object.fromEntries(Object.entries(request).map(([name, { shape }]) => [name, shape]));
}

/**
 * A line through two counts of the graph: what the example costs, and what an element more of
 * its inputs adds. Below the example no less than its share, where attention bends the line. At
 * least 1, at most boundedCostMax.
 * @param shapes of the inputs that the manifest's example has; others count for nothing
 */
export function boundedCost(
  { cost }: Pick<BoundedManifest, 'cost'>,
  shapes: RequestShapes,
): number {
  const { perRequest, perElement, example } = cost;
  if (perElement === null) return perRequest;
  // In integers of any size: a product of two could be beyond 2^53.
  let [elements, ofExample] = [0n, 0n];
  for (const [name, shape] of Object.entries(example)) {
    if (!Object.hasOwn(shapes, name)) continue;
    elements += BigInt(elementCount(shapes[name]));
    ofExample += BigInt(elementCount(shape));
  }
  const line = BigInt(perRequest) + BigInt(perElement) * (elements - ofExample);
  const share = ofExample > 0n ? (BigInt(perRequest) * elements) / ofExample : 0n;
  const total = elements < ofExample && share > line ? share : line;
  const most = BigInt(limits.boundedCostMax);
  if (total < 1n) return 1;
  return Number(total < most ? total : most);
}
