// Every limit on something that a stranger can send, by name. A refusal names the limit.

export const limits = {
  /** Contributor calls. */
  workBodyBytesMax: 8 << 20,
  workResultsMax: 64,
  workReturnsMax: 64,
  workAwaitingMax: 256,
  workHoldingMax: 64,
  workModelsMax: 32,
  workLeasesMax: 32,
  sessionBodyBytesMax: 16 << 10,
  /**
   * A wallet that is a contract signs as it likes: 1.5 kB with a passkey and a factory's call around it
   * (ERC-6492). Every receipt of its sessions carries it.
   */
  walletSignatureBytesMax: 4 << 10,
  /** Questions to the chain about such wallets: at once, and of one address in a minute. */
  chainQuestionsMax: 8,
  chainQuestionsPerMinuteMax: 12,
  /** Of all addresses together. */
  chainQuestionsOfAllPerMinuteMax: 600,
  textBytesMax: 512,
  /** Items of one CBOR value, nested ones included; the fullest honest one has a third of it. */
  cborItemsMax: 1 << 14,
  /** How deep they may be nested; the deepest honest value is nested four deep. */
  cborDepthMax: 32,
  /** Connections open at once, twice what 10,000 idle contributors keep; one more is closed. */
  connectionsMax: 20_000,
  /** Of one address, a proxy that is named as trusted excepted: an office, not a flood. */
  connectionsPerAddressMax: 512,
  /** Calls of one address in a minute. */
  callsPerMinuteMax: 6_000,
  sessionsPerMinuteMax: 240,
  /** Calls about an account: of one address in a minute, and of one account. */
  accountCallsPerMinuteMax: 240,
  callsOfAccountPerMinuteMax: 60,
  accountBodyBytesMax: 16 << 10,
  /** Days of an account's history. */
  accountDaysMax: 90,

  /** Units. */
  unitRowsMax: 32,
  unitBytesMax: 256 << 10,
  tokensMax: 512,
  /** Multiply-adds of a unit of several rows: about ten seconds of a slow device. */
  unitCostMax: 12e9,

  /** Bounded units: tensors of one request, by name. */
  tensorsMax: 32,
  tensorDimensionsMax: 8,
  tensorNameBytesMax: 256,
  tensorBytesMax: 32 << 20,
  /** A bounded unit's input, and its output, whole and encoded. */
  boundedInputBytesMax: 12 << 20,
  boundedOutputBytesMax: 6 << 20,
  /** One line, or one body, of /v1/infer. */
  inferBodyBytesMax: 24 << 20,

  /** Models. */
  shardBytesMax: 4 << 20,
  manifestBytesMax: 1 << 20,
  modelBytesMax: 512 << 20,
  modelShardsMax: 1024,
  /** Files that go with a bounded model: a tokenizer, a list of characters. */
  modelFilesMax: 8,
  modelFileBytesMax: 32 << 20,
  /** Of a bounded model: its graphs, a graph's inputs or outputs, and the parts of its weights. */
  graphsMax: 4,
  graphPortsMax: 512,
  graphPartsMax: 4096,
  /** Multiply-adds of one request: an hour of a machine that does 10^9 a second. */
  boundedCostMax: 4e12,
  hiddenSizeMax: 1024,
  intermediateSizeMax: 4096,
  layersMax: 64,
  vocabularySizeMax: 1 << 20,

  /** Requester calls. */
  fileBytesMax: 200 << 20,
  lineBytesMax: 1 << 20,
  batchLinesMax: 50_000,
  /** Inputs of all lines of a batch together. */
  batchInputsMax: 50_000,
  inputsPerLineMax: 2048,
  /** Projects of one coordinator: every page lists those that are open. */
  projectsMax: 1_000,
  /** Characters of a project's name, and of its words. */
  projectNameMax: 80,
  projectWordsMax: 600,
  projectModelsMax: 32,
  /** Origins that may embed a project, and characters of one. */
  projectOriginsMax: 32,
  originMax: 255,
  /** Orders of a project that wait to be registered on the chain, which the coordinator pays for. */
  signedOrdersMax: 16,
  /** Accounts that one batch may be limited to. */
  batchAccountsMax: 1_000,
  /** One text of a line, before it is tokenized. */
  inputBytesMax: 64 << 10,
  /** Inputs of one direct call to /v1/embeddings, which the coordinator computes itself. */
  directInputsMax: 64,
  requestBodyBytesMax: 1 << 20,
  listPageMax: 100,
  metadataKeysMax: 16,
  metadataKeyBytesMax: 64,
  metadataValueBytesMax: 512,
} as const;
