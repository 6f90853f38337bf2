// Limits on an ONNX file, by name; a refusal names the limit. Sizes of models and shards are in
// protocol/limits.ts.

export const onnxLimits = {
  /** What Node reads into one buffer. */
  fileBytesMax: 2 ** 31 - 1,
  nodesMax: 1 << 17,
  /** Initializers and constants. */
  weightsMax: 1 << 16,
  /** Graphs within graphs: If, Loop and Scan. */
  depthMax: 8,
  dimensionsMax: 16,
  lengthMax: 2 ** 31 - 1,
  attributesMax: 256,
  /** Inputs or outputs of one node, or of a graph. */
  valuesMax: 1 << 14,
  textBytesMax: 1024,
  /** One entry of its metadata: an OCR model's letters are tens of kilobytes. */
  metadataBytesMax: 16 << 20,
  functionsMax: 4096,
  opsetsMax: 64,
  /** The skeleton: all but the larger weights. */
  skeletonBytesMax: 64 << 20,
} as const;
