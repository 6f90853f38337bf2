// The script of the page in which the import measures WebGPU: as text, since nothing but this
// process serves it, and an operator's machine has no bundler.

/** Leaves `globalThis.done`: `{report}` or `{failure}`; outputs are posted to /output/NAME. */
export const gpuPage = `
const bytesOf = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());
const arrays = {
  float32: Float32Array, float64: Float64Array, float16: Uint16Array, bool: Uint8Array,
  int8: Int8Array, uint8: Uint8Array, int32: Int32Array, uint32: Uint32Array,
  int64: BigInt64Array, uint64: BigUint64Array,
};
async function run() {
  const job = await (await fetch('/job')).json();
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) throw new Error('this Chromium gives no WebGPU adapter');
  const { vendor, architecture } = adapter.info;
  const ort = await import('/runtime/ort.webgpu.bundle.min.mjs');
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(await bytesOf('/skeleton'), {
    executionProviders: ['webgpu'],
    enableProfiling: true,
    logSeverityLevel: 3,
    ...(job.hasWeights
      ? { externalData: [{ path: 'weights', data: await bytesOf('/weights') }] }
      : {}),
  });
  const feeds = {};
  for (const [index, { name, dtype, shape }] of job.inputs.entries()) {
    const { buffer } = await bytesOf('/input/' + index);
    feeds[name] = new ort.Tensor(dtype, new arrays[dtype](buffer), shape);
  }
  const found = await session.run(feeds, job.outputs);
  const outputs = [];
  for (const name of job.outputs) {
    const { type: dtype, dims } = found[name];
    const { buffer, byteOffset, byteLength } = await found[name].getData();
    const body = new Uint8Array(buffer, byteOffset, byteLength).slice();
    await fetch('/output/' + encodeURIComponent(name), { method: 'POST', body });
    outputs.push({ name, dtype, shape: [...dims] });
  }
  session.endProfiling();
  await session.release();
  return { info: { vendor, architecture }, outputs };
}
globalThis.done = await run().then(
  (report) => ({ report }),
  (thrown) => ({ failure: String(thrown?.message ?? thrown) }),
);
`;
