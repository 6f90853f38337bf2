// Every setting of a coordinator, as one table: the flags of `idlewild serve`, the names in the
// environment, the fields of the config file and the words of --help all follow from it.
// read-settings.ts reads them: a flag wins over the environment, that over the file, that over the
// default.

import { isAddress } from 'viem/utils';
import { settlementDefaults } from '#coordinator/settlement-desk.ts';
import { limits } from '#protocol/limits.ts';

type SettingKind =
  | 'text'
  /** A whole number between `min` and `max`. */
  | 'whole'
  | 'switch'
  /** Several; in the environment with spaces between them. */
  | 'list'
  /** A file or folder; in the config file it is named from where that file lies. */
  | 'path'
  | 'paths'
  /** From the environment or a file alone: a command line is seen by every user of the machine. */
  | 'secret';

export interface Setting {
  kind: SettingKind;
  /** What stands for the value in --help. */
  value?: string;
  words: string;
  default?: string | number | boolean | readonly string[];
  min?: number;
  max?: number;
  choices?: readonly string[];
  /** What is wrong with a text, or one of a list's, to follow "which"; null for nothing. */
  findFault?(text: string): string | null;
  /** A name in the environment that others know it by, read after our own. */
  environment?: string;
}

function findAccountFault(text: string): string | null {
  if (!isAddress(text, { strict: false })) return 'is no account: 0x and 40 hex digits';
  // Where the letters are of both cases they are a checksum (EIP-55): a stranger must not be trusted
  // for a slip of the hand.
  return isAddress(text) ? null : 'is mistyped: its capital letters are not those of an account';
}

export const settings = {
  data: { kind: 'path', value: 'folder', words: 'where everything is kept' },
  database: {
    kind: 'secret',
    words: "PostgreSQL's address, postgres://user:password@host/name; several may share it",
    environment: 'DATABASE_URL',
  },
  'database-connections': {
    kind: 'whole',
    value: 'n',
    words: 'connections to PostgreSQL at most',
    default: 8,
    min: 2,
    max: 100,
  },
  model: {
    kind: 'paths',
    value: 'folder...',
    words: 'models made by `idlewild model import`, copied in',
    default: [],
  },
  host: { kind: 'text', value: 'address', words: 'address to listen on', default: '127.0.0.1' },
  port: {
    kind: 'whole',
    value: 'n',
    words: 'port to listen on; 0 picks a free one',
    default: 8787,
    min: 0,
    max: 65_535,
  },
  connections: {
    kind: 'whole',
    value: 'n',
    words: 'HTTP connections open at once; one more is closed',
    default: limits.connectionsMax,
    min: 16,
    max: 1_000_000,
  },
  origin: {
    kind: 'text',
    value: 'url',
    words: 'as the world reaches it, such as https://idlewild.example; grants are bound to it',
  },
  'chain-id': {
    kind: 'whole',
    value: 'n',
    words: 'the Ethereum chain that grants are bound to',
    default: 31_337,
    min: 1,
  },
  'chain-rpc': {
    kind: 'text',
    value: 'url',
    words:
      'a node of that chain, which wallets that are contracts need; it is never shown or logged',
  },
  settlement: {
    kind: 'text',
    value: 'account',
    words:
      'the settlement contract on that chain, which pays contributors; without it nobody is paid',
    findFault: findAccountFault,
  },
  'poster-key-file': {
    kind: 'path',
    value: 'file',
    words: 'private key of the account that posts epochs there, 64 hex digits; mode 0600',
  },
  'credits-per-token-unit': {
    kind: 'whole',
    value: 'n',
    words: "credits for one base unit of the contract's token; the same for ever",
    default: Number(settlementDefaults.creditsPerTokenUnit),
    min: 1,
  },
  'settlement-minutes': {
    kind: 'whole',
    value: 'n',
    words: 'from one epoch to the next; none begins before the last one is final',
    default: settlementDefaults.epochMs / 60_000,
    min: 1,
    max: 525_600,
  },
  confirmations: {
    kind: 'whole',
    value: 'n',
    words: 'blocks before what the chain says is believed',
    default: settlementDefaults.confirmations,
    min: 1,
    max: 10_000,
  },
  relay: {
    kind: 'switch',
    words: 'claim for everybody whose due is worth it; the poster pays the gas',
    default: settlementDefaults.relay,
  },
  'relay-min': {
    kind: 'whole',
    value: 'n',
    words: "what is worth it, in the token's base units",
    default: 10_000,
    min: 1,
  },
  'trust-proxy': {
    kind: 'list',
    value: 'address...',
    words: 'proxies whose X-Forwarded-For is believed',
    default: [],
  },
  'tls-cert': {
    kind: 'path',
    value: 'file',
    words: 'certificate chain, PEM; read again on SIGHUP',
  },
  'tls-key': { kind: 'path', value: 'file', words: 'private key of the certificate, PEM' },
  'admin-token': {
    kind: 'secret',
    words: 'the token that opens /admin, /v1/admin and /metrics; without one the first two are off',
  },
  witness: {
    kind: 'list',
    value: 'url#vkey...',
    words: "witnesses that cosign the log's checkpoints",
    default: [],
  },
  'retention-days': {
    kind: 'whole',
    value: 'n',
    words: 'how long inputs and outputs of private batches are kept after their end; 0: for ever',
    default: 30,
    min: 0,
    max: 36_500,
  },
  'open-retention-days': {
    kind: 'whole',
    value: 'n',
    words: 'the same of open batches, which anyone may compute again; 0: for ever',
    default: 365,
    min: 0,
    max: 36_500,
  },
  laboratory: {
    kind: 'switch',
    words: 'one address may check itself; for demos and tests',
    default: false,
  },
  named: {
    kind: 'list',
    value: 'account...',
    words: "accounts of the operator's own, whose results are as good as the coordinator's",
    default: [],
    findFault: findAccountFault,
  },
  'log-level': {
    kind: 'text',
    value: 'level',
    words: 'what is logged, from debug (every request) to error',
    default: 'info',
    choices: ['debug', 'info', 'warn', 'error', 'silent'],
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof settings;

type ValueOf<Kind extends SettingKind> = Kind extends 'whole'
  ? number
  : Kind extends 'switch'
    ? boolean
    : Kind extends 'list' | 'paths'
      ? readonly string[]
      : string;

/** Undefined where it was given nowhere and has no default. */
export type Settings = {
  [Name in SettingName]:
    | ValueOf<(typeof settings)[Name]['kind']>
    | ('default' extends keyof (typeof settings)[Name] ? never : undefined);
};

/** As the environment names it: IDLEWILD_DATABASE_CONNECTIONS. */
export function environmentName(name: string): string {
  return `IDLEWILD_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** As a flag, an environment or a config file gives it; a secret by the file that holds it. */
export function fieldName(name: string, { kind }: Setting): string {
  return kind === 'secret' ? `${name}-file` : name;
}

/** One line of --help. */
export function helpOf(name: string, setting: Setting): [flags: string, words: string] {
  const field = fieldName(name, setting);
  const value = setting.kind === 'secret' ? 'file' : setting.value;
  const known = [environmentName(name), ...(setting.environment ? [setting.environment] : [])];
  const fallback = setting.default;
  const shown = Array.isArray(fallback) || fallback === undefined || fallback === false;
  const notes = [known.join(' or '), ...(shown ? [] : [`default ${fallback}`])];
  return [
    value ? `--${field} <${value}>` : `--${field}`,
    setting.kind === 'secret'
      ? `file that holds ${setting.words} (or ${notes[0]} holds it)`
      : `${setting.words} (${notes.join(', ')})`,
  ];
}
