// What onnxruntime-web throws, as an error that says who is at fault: the device (try again), the
// unit, or the model. The runtime has only texts, and no error classes of its own.
import { IdlewildError } from '#protocol/errors.ts';

/** Its allocators', the wasm heap's end, and the engine's own when an array cannot be had. */
const memoryWords =
  /bad_alloc|out of memory|outofmemory|oom\b|failed to allocate|allocation failed|can't allocate|cannot enlarge memory|array length/i;
const lossWords = /device (is |was )?lost|device has been lost|lost device|device is destroyed/i;

export type FailurePlace = 'create' | 'run';

/** A trap or an abort: nothing that this instance of the runtime says counts any more. */
export function isCrash(thrown: unknown): boolean {
  const { name, message } = thrown as { name?: unknown; message?: unknown };
  // WebAssembly.RuntimeError, which the types of Node do not know; and Emscripten's own end.
  return name === 'RuntimeError' || name === 'ExitStatus' || /^Aborted\(/.test(String(message));
}

/**
 * @param what the graph's name, for the message
 * @returns engine/out-of-memory or engine/device-lost (retryable); onnx/session where a session
 * cannot be made of the model, onnx/run where it cannot run this request
 */
export function explainFailure(thrown: unknown, place: FailurePlace, what: string): IdlewildError {
  if (thrown instanceof IdlewildError) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const metaMessages = [shorten(text)];
  const options = { metaMessages, cause: thrown };
  if (memoryWords.test(text)) {
    const message = `Memory ran out over the graph ${what}.`;
    return new IdlewildError('engine/out-of-memory', message, { ...options, retryable: true });
  }
  if (lossWords.test(text)) {
    const message = `The GPU was lost over the graph ${what}.`;
    return new IdlewildError('engine/device-lost', message, { ...options, retryable: true });
  }
  if (place === 'create') {
    const message = `No session can be made of the graph ${what}.`;
    return new IdlewildError('onnx/session', message, options);
  }
  return new IdlewildError('onnx/run', `The graph ${what} cannot run this request.`, options);
}

/** Why the runtime cannot be had: it was not fetched (retryable), or is not there at all. */
export function explainLoad(cause: unknown): IdlewildError {
  // Node's words for a package that is not there: it is an optional one.
  if ((cause as { code?: unknown }).code === 'ERR_MODULE_NOT_FOUND') {
    return new IdlewildError('engine/unavailable', 'onnxruntime-web is not installed.', {
      metaMessages: ['Bounded models need it: npm install --include=optional'],
      cause,
    });
  }
  const message = 'onnxruntime-web could not be loaded.';
  const metaMessages = [cause instanceof Error ? cause.message : String(cause)];
  return new IdlewildError('engine/unavailable', message, { retryable: true, metaMessages, cause });
}

/** Its texts name the paths of the machine that built it. */
function shorten(text: string): string {
  return text
    .replace(/\S*\/onnxruntime\/(core|contrib_ops)\//g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 240);
}
