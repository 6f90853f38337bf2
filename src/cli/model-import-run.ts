// Runs requests through one graph of a model that is being imported, in a thread that is ended when
// its time is up.
import { once } from 'node:events';
import { IdlewildError } from '#protocol/errors.ts';
import type { TensorMap } from '#protocol/tensor.ts';
import { startWorker } from '#store/start-worker.ts';

export interface GraphJob {
  skeleton: Uint8Array;
  weights: Uint8Array | null;
  requests: readonly TensorMap[];
  outputs: readonly string[];
  /** False: node by node, as the file has it. */
  isOptimized: boolean;
  isProfiled: boolean;
}

export interface GraphReport {
  rows: TensorMap[];
  /** Of each request. */
  milliseconds: number[];
  /** Onnxruntime's JSON. */
  profile: string | null;
}

const graphMsMax = 10 * 60_000;

/** @throws onnx/run where the runtime refuses the graph or the requests, onnx/too-slow */
export async function runGraphJob(job: GraphJob, msMax = graphMsMax): Promise<GraphReport> {
  const thread = startWorker(new URL('./model-import-thread.ts', import.meta.url), job);
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), msMax);
  try {
    const [answer] = await once(thread, 'message', { signal: stop.signal });
    const { report, failure } = answer as { report?: GraphReport; failure?: string };
    if (report) return report;
    throw new IdlewildError('onnx/run', 'onnxruntime-web refuses the model.', {
      metaMessages: [String(failure).slice(0, 1000)],
    });
  } catch (thrown) {
    if (thrown instanceof IdlewildError) throw thrown;
    if (stop.signal.aborted) {
      const message = `The model ran longer than ${msMax} ms (graphMsMax).`;
      throw new IdlewildError('onnx/too-slow', message, { cause: thrown });
    }
    throw new IdlewildError('onnx/run', 'The runtime ended over the model.', {
      cause: thrown,
      metaMessages: [thrown instanceof Error ? thrown.message : String(thrown)],
    });
  } finally {
    clearTimeout(timer);
    await thread.terminate();
  }
}
