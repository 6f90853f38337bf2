// What `idlewild model import --bounded` prints: the id, or one JSON object, on stdout; the rest is
// for people, on stderr.
import { importBounded } from './model-import-bounded.ts';
import type { BoundedOptions } from './model-import-options.ts';
import { createProgress } from './progress.ts';

interface ReportOptions extends BoundedOptions {
  name?: string;
  json?: boolean;
}

export async function reportBounded(
  source: string,
  directory: string,
  options: ReportOptions,
): Promise<void> {
  const progress = createProgress(options.json === true);
  const { id, manifest, requestMs, seconds, ...made } = await importBounded({
    source,
    directory,
    name: options.name,
    options,
    onProgress: (line) => progress.update(line),
  });
  const { name, shards, compare, measured, batching, cost, backends } = manifest;
  const bytes = shards.reduce((sum, shard) => sum + shard.bytes, 0);
  const fallback = backends.webgpu.fallback;
  progress.done(`${name}: ${shards.length} shards, ${bytes} bytes, ${seconds} s.`);
  progress.done(`A request costs ${cost.perRequest} multiply-adds, ${requestMs} ms on this CPU.`);
  progress.done(`Answers are compared by: ${compare.kind}. Batching: ${batching}.`);
  if (fallback.length > 0) progress.done(`On a GPU these run on the CPU: ${fallback.join(', ')}.`);
  const report = {
    id,
    name,
    directory: made.directory,
    shards: shards.length,
    bytes,
    seconds,
    requestMs,
    compare,
    measured,
    batching,
    cost,
    webgpuFallback: fallback,
  };
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `${id}\n`);
}
