// Which area may import which: the architecture as a table. biome.json enforces it through
// `noRestrictedImports`; layers.test.ts proves that it does, one illegal fixture per rule.

/** Area to what it may import. A single file of an area is named with its path. */
export const layers: Record<string, string[]> = {
  protocol: [],
  model: ['protocol'],
  reference: ['protocol', 'model'],
  wasm: ['protocol', 'model'],
  engine: ['protocol', 'model'],
  onnx: ['protocol', 'model'],
  'onnx-import': ['protocol', 'model'],
  ocr: ['protocol'],
  speech: ['protocol'],
  cache: ['protocol'],
  wallet: ['protocol'],
  worker: ['protocol', 'model', 'reference', 'wasm', 'engine', 'onnx', 'cache', 'wallet'],
  words: [],
  widget: [],
  page: [
    'protocol',
    'wallet',
    'words',
    'widget/messages.ts',
    'worker/connect.ts',
    'worker/status.ts',
  ],
  validator: ['protocol'],
  ledger: ['protocol'],
  settlement: ['protocol', 'ledger'],
  store: ['protocol', 'validator', 'ledger'],
  coordinator: [
    'protocol',
    'model',
    'reference',
    'wasm',
    'onnx',
    'speech',
    'validator',
    'ledger',
    'settlement',
    'store',
  ],
  cli: [
    'protocol',
    'model',
    'reference',
    'wasm',
    'engine',
    'onnx',
    'onnx-import',
    'ocr',
    'speech',
    'cache',
    'wallet',
    'worker',
    'validator',
    'ledger',
    'settlement',
    'store',
    'coordinator',
  ],
};

/** Packages with a home: nothing outside these areas imports them. */
export const homes: Record<string, string[]> = {
  comlink: ['worker'],
  idb: ['cache'],
  viem: ['ledger', 'settlement', 'coordinator', 'cli'],
  '@openzeppelin/merkle-tree': ['settlement'],
  '@noble/secp256k1': ['wallet'],
  fastify: ['coordinator'],
  '@electric-sql/pglite': ['store'],
  pg: ['store'],
  'prom-client': ['coordinator'],
  '@huggingface/tokenizers': ['model'],
  'onnxruntime-web': ['onnx'],
  pbf: ['onnx-import'],
  'fast-png': ['cli'],
  'jpeg-js': ['cli'],
  'playwright-core': ['cli'],
  commander: ['cli'],
};

function restrictedPatterns(area: string) {
  const allowed = layers[area];
  const areas = Object.keys(layers)
    .filter((other) => !allowed.includes(other))
    .map((other) => `#${other}/**`);
  const doors = allowed.filter((name) => name.includes('/')).map((file) => `!#${file}`);
  const packages = Object.keys(homes).filter((name) => !homes[name].includes(area));
  return [
    { group: ['../**'], message: 'Inside an area use ./, across areas #area/.' },
    {
      group: [...areas, ...doors],
      message: `src/${area} may not import this (tests/house/layers.ts); its own files are ./.`,
    },
    {
      group: packages.flatMap((name) => [name, `${name}/**`]),
      message: 'This package lives in another area (tests/house/layers.ts).',
    },
  ];
}

/** The overrides that biome.json must hold. */
export function layerOverrides() {
  return Object.keys(layers).map((area) => ({
    includes: [`src/${area}/**`],
    linter: {
      rules: {
        style: {
          noRestrictedImports: { level: 'error', options: { patterns: restrictedPatterns(area) } },
        },
      },
    },
  }));
}
