// Every limit on what a log, a witness or a stranger can send about the log, by name.

export const logLimits = {
  /** One leaf: tlog-tiles prefixes it with a uint16. */
  logEntryBytesMax: 65_535,
  /** 16 post-quantum signatures of 5 kB in base64 must fit (signed-note); ours have 200 bytes. */
  noteBytesMax: 256 << 10,
  noteSignaturesMax: 64,
  /** Name of a key, and origin of a log. */
  noteNameBytesMax: 255,
  checkpointLinesMax: 64,
  /** Hashes of one proof: a tree of 2^63 leaves has a height of 63. */
  proofHashesMax: 63,
  /** Statements of one chain of keys. */
  rotationsMax: 64,
  /** Verified tiles that a reader keeps, about 16 KiB each with their inner hashes. */
  tilesHeldMax: 256,
  /** Calls of one address to log and receipts in a minute. */
  logCallsPerMinuteMax: 6_000,
  /**
   * Bundles of entries, 15 ms of the embedded database each, and pages of postings: an audit of a
   * million receipts takes a quarter of an hour.
   */
  logBundlesPerMinuteMax: 600,
} as const;
