// Reads what sentence-transformers puts beside a model: how its tokens are pooled, a final dense
// layer, its own limit of tokens. The files are untrusted input, and may be absent.
import { limits } from '#protocol/limits.ts';
import type { DenseConfig } from './encoder.ts';
import { openFields, parseJson, refuseField } from './json-fields.ts';
import { openSafetensors } from './safetensors.ts';

const MODULES = 'modules.json';
const LIMITS = 'sentence_bert_config.json';
const modulesMax = 16;

/** By path, such as "1_Pooling/config.json". */
export type SentenceFiles = ReadonlyMap<string, Uint8Array>;

interface FloatDense extends DenseConfig {
  /** [size, inputs]. */
  weight: Float32Array;
  bias: Float32Array;
  /** @throws model/config unless it takes a pooled row of that length */
  checkInputs(hiddenSize: number): void;
}

export interface SentenceConfig {
  pooling: 'mean' | 'cls' | null;
  tokensMax: number | null;
  /** Whether the text is lowered before the tokenizer sees it. */
  lowersCase: boolean;
  dense: FloatDense | null;
}

interface Module {
  type: string;
  path: string;
}

/**
 * The files to look for: all may be absent but those of the modules.
 * @param modules modules.json, where there is one
 * @throws model/config naming the module that is not supported
 */
export function listSentenceFiles(modules: Uint8Array | null): string[] {
  const paths = modules === null ? [] : readModules(modules).flatMap(listModuleFiles);
  return [LIMITS, ...paths];
}

function listModuleFiles({ type, path }: Module): string[] {
  if (type === 'Pooling') return [`${path}/config.json`];
  return type === 'Dense' ? [`${path}/config.json`, `${path}/model.safetensors`] : [];
}

/** Transformer, Pooling, then perhaps Dense, then perhaps Normalize, which changes no direction. */
function readModules(bytes: Uint8Array): Module[] {
  const list = parseJson(MODULES, bytes);
  if (!Array.isArray(list) || list.length > modulesMax) {
    throw refuseField(MODULES, 'the file', `expected a list of at most ${modulesMax} modules`);
  }
  const modules = list.map((module, index): Module => {
    const fields = openFields(`${MODULES}, module ${index}`, module);
    const [type, path] = [fields.get('type'), fields.get('path')];
    if (typeof type !== 'string' || typeof path !== 'string' || !/^(\w[\w.-]*)?$/.test(path)) {
      throw refuseField(MODULES, `module ${index}`, 'expected a type and a path of one name');
    }
    return { type: type.slice(type.lastIndexOf('.') + 1), path };
  });
  const order = modules.map(({ type }) => type).join(', ');
  if (!/^Transformer, Pooling(, Dense)?(, Normalize)?$/.test(order)) {
    const why = `expected Transformer, Pooling, then Dense and Normalize at most; found ${order}`;
    throw refuseField(MODULES, 'type', why);
  }
  if (modules[0].path !== '') throw refuseField(MODULES, 'module 0, path', 'expected ""');
  return modules;
}

/** @throws model/config, safetensors/... naming file and field, where one is not supported */
export function readSentenceConfig(files: SentenceFiles): SentenceConfig {
  const bytes = files.get(MODULES);
  const modules = bytes ? readModules(bytes) : [];
  const pooling = modules.find(({ type }) => type === 'Pooling');
  const dense = modules.find(({ type }) => type === 'Dense');
  return {
    ...readLimits(files),
    pooling: pooling ? readPooling(files, `${pooling.path}/config.json`) : null,
    dense: dense ? readDense(files, dense.path) : null,
  };
}

function openFile(files: SentenceFiles, path: string) {
  const bytes = files.get(path);
  if (!bytes) throw refuseField(path, 'the file', 'not there, and modules.json names it');
  return openFields(path, parseJson(path, bytes));
}

function readLimits(files: SentenceFiles): Pick<SentenceConfig, 'tokensMax' | 'lowersCase'> {
  if (!files.has(LIMITS)) return { tokensMax: null, lowersCase: false };
  const fields = openFile(files, LIMITS);
  const hasNoLimit = (fields.get('max_seq_length') ?? null) === null;
  const lowersCase = fields.expect('do_lower_case', true, false, null, undefined) === true;
  return { tokensMax: hasNoLimit ? null : fields.count('max_seq_length'), lowersCase };
}

const poolingModes = new Map<string, 'mean' | 'cls'>([
  ['pooling_mode_mean_tokens', 'mean'],
  ['pooling_mode_cls_token', 'cls'],
]);
const knownModes = [
  ...poolingModes.keys(),
  'pooling_mode_max_tokens',
  'pooling_mode_mean_sqrt_len_tokens',
  'pooling_mode_weightedmean_tokens',
  'pooling_mode_lasttoken',
];

/** Flags, of which just one is set; or one word, as newer files have it. */
function readPooling(files: SentenceFiles, path: string): 'mean' | 'cls' {
  const fields = openFile(files, path);
  if (fields.get('pooling_mode') !== undefined) {
    return fields.expect('pooling_mode', 'mean', 'cls') as 'mean' | 'cls';
  }
  const set = knownModes.filter((mode) => fields.get(mode) === true);
  const pooling = set.length === 1 ? poolingModes.get(set[0]) : undefined;
  if (pooling) return pooling;
  const why = 'expected pooling_mode_mean_tokens or pooling_mode_cls_token alone';
  throw refuseField(path, set.join(', ') || 'pooling_mode_mean_tokens', why);
}

const activations = new Map<string, DenseConfig['activation']>([
  ['torch.nn.modules.activation.Tanh', 'tanh'],
  ['torch.nn.modules.linear.Identity', 'identity'],
]);

function readDense(files: SentenceFiles, path: string): FloatDense {
  const config = `${path}/config.json`;
  const fields = openFile(files, config);
  const inputs = fields.count('in_features');
  const size = fields.count('out_features');
  if (size > limits.hiddenSizeMax || size % 16 !== 0) {
    const why = `expected a multiple of 16 up to ${limits.hiddenSizeMax} (hiddenSizeMax)`;
    throw refuseField(config, 'out_features', why);
  }
  const named = fields.expect('activation_function', ...activations.keys()) as string;
  const hasBias = fields.expect('bias', true, false, undefined) !== false;

  const file = `${path}/model.safetensors`;
  const bytes = files.get(file);
  if (!bytes) throw refuseField(file, 'the file', 'not there, and modules.json names it');
  const tensors = openSafetensors(bytes);
  const read = (name: string, shape: number[]) => {
    const found = tensors.entries.get(name)?.shape;
    if (!found || found.length !== shape.length || found.some((n, i) => n !== shape[i])) {
      throw refuseField(file, name, `expected a tensor [${shape}], found [${found ?? ''}]`);
    }
    const values = tensors.read(name);
    if (values.some((value) => !Number.isFinite(value))) {
      throw refuseField(file, name, 'expected finite values');
    }
    return values;
  };
  return {
    size,
    activation: activations.get(named) as DenseConfig['activation'],
    weight: read('linear.weight', [size, inputs]),
    bias: hasBias ? read('linear.bias', [size]) : new Float32Array(size),
    checkInputs: (hiddenSize) => void fields.expect('in_features', hiddenSize),
  };
}
