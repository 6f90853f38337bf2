// The coordinator's log: one JSON object a line, and no secret in any of them. What may hold one is
// left out by its name; what looks like one, or is one that this process was started with, is blotted
// out of the finished line, whoever wrote it.
import pino, { type DestinationStream, type Logger } from 'pino';

export interface ServerLogOptions {
  level: string;
  destination: DestinationStream;
  /** What this process was started with: an admin token, a database's address. */
  secrets: readonly string[];
}

const blot = '[hidden]';
const depthMax = 5;

/** Fields that are never logged, in lower case, whatever they hold. */
const hidden = new Set([
  'authorization',
  'cookie',
  'apikey',
  'api_key',
  'admintoken',
  'token',
  'password',
  'secret',
  'secretkey',
  'privatekey',
  'signature',
  'walletsignature',
  'wallet_signature',
  'payload',
  'body',
  'input',
  'inputs',
  'output',
  'rows',
  'databaseurl',
  'connectionstring',
  'parameters',
  'headers',
]);

/** API keys, bearer tokens, databases' addresses, private keys, and the hex of a signature. */
const looks =
  /sk-idlewild-[\w-]+|bearer\s+[\w.~+/=-]+|postgres(?:ql)?:\/\/[^\s"'\\]+|-----BEGIN[^-]*PRIVATE KEY-----.*?-----END[^-]*-----|\b(?:0x)?[0-9a-f]{128,}\b/gis;

/** A line without secrets. */
export function blotSecrets(line: string, secrets: readonly string[]): string {
  let clean = line.replace(looks, blot);
  for (const secret of secrets) clean = clean.replaceAll(secret, blot);
  return clean;
}

/** An error's own words and place; none of the fields that drivers hang on theirs. */
function describeError(thrown: unknown, depth = 0): unknown {
  if (!(thrown instanceof Error)) return { message: String(thrown) };
  const { name: type, message, stack } = thrown;
  const { code } = thrown as { code?: unknown };
  const cause = thrown.cause instanceof Error && depth < depthMax;
  return {
    type,
    ...(code !== undefined && { code: String(code) }),
    message,
    stack,
    ...(cause && { cause: describeError(thrown.cause, depth + 1) }),
  };
}

function hide(value: unknown, depth: number): unknown {
  if (value instanceof Error) return describeError(value);
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > depthMax) return blot;
  if (Array.isArray(value)) return value.map((one) => hide(one, depth + 1));
  const fields = Object.entries(value).map(([name, field]) => [
    name,
    hidden.has(name.toLowerCase()) ? blot : hide(field, depth + 1),
  ]);
  return Object.fromEntries(fields);
}

export function createServerLog({ level, destination, secrets }: ServerLogOptions): Logger {
  // As JSON writes them, and none so short that it would blot out words.
  const told = secrets
    .filter(({ length }) => length >= 8)
    .map((one) => JSON.stringify(one).slice(1, -1));
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => hide(fields, 0) as Record<string, unknown>,
      },
      serializers: { err: (value) => value },
      hooks: { streamWrite: (line) => blotSecrets(line, told) },
    },
    destination,
  );
}
