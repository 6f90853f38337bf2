// What a fuzzer sends: well-formed requests of every route with something wrong in them, and bytes of
// no form at all. Each case says where it goes; nothing here knows what the answer should be.
import fc from 'fast-check';
import { encodeCbor } from '#protocol/cbor.ts';
import { adminCases } from './admin-cases.ts';

export interface FuzzCase {
  method: 'GET' | 'POST' | 'DELETE' | 'HEAD' | 'PUT' | 'OPTIONS';
  url: string;
  headers: Record<string, string>;
  body?: Uint8Array;
  /** Whence it comes, where that matters. */
  address?: string;
}

/** What is true of the site that is fuzzed, so that cases come near to what is there. */
export interface Known {
  apiKey: string;
  file: string;
  batch: string;
  shard: string;
  model: string;
  receipt: string;
  /** Wrong where administration is off. */
  adminToken: string;
  project: string;
  /** A key's id that is not the key's of these cases. */
  spareKey: string;
  account: string;
}

const bytesMax = 2_000;
/** Most addresses stay what they are: a wrong one is refused at the door. */
const none = Array<string>(12).fill('');

/** Header values as Node lets a client send them. */
const headerText = fc.stringMatching(/^[\x20-\x7e]{0,80}$/);

const json = fc.jsonValue({ maxDepth: 4 });

function cborCases(): fc.Arbitrary<Partial<FuzzCase>> {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: bytesMax }),
    fc
      .oneof(json, fc.dictionary(fc.string({ maxLength: 12 }), fc.uint8Array({ maxLength: 64 })))
      .map((value) => encodeCbor(value) as Uint8Array),
    // Heads that promise more than there is.
    fc
      .tuple(fc.constantFrom(0x1b, 0x3b, 0x5b, 0x7b, 0x9b, 0xbb, 0xdb, 0x9f, 0xbf), fc.uint8Array())
      .map(([head, rest]) => Uint8Array.of(head, ...rest)),
  );
  const url = fc.constantFrom(
    '/v1/challenges',
    '/v1/sessions',
    '/v1/work',
    '/v1/account',
    '/v1/account/withdraw',
    '/v1/account/delete',
    '/v1/account/bind',
    '/v1/account/revoke',
  );
  return fc.record({
    method: fc.constant('POST' as const),
    url,
    headers: fc.constant({ 'content-type': 'application/cbor' }),
    body: bytes,
  });
}

function jsonCases({ apiKey, file }: Known): fc.Arbitrary<Partial<FuzzCase>> {
  const url = fc.constantFrom('/v1/batches', '/v1/embeddings', '/v1/log/x');
  const near = fc.record(
    {
      input_file_id: fc.oneof(fc.constant(file), json),
      endpoint: fc.oneof(fc.constant('/v1/embeddings'), json),
      completion_window: fc.oneof(fc.constant('24h'), json),
      metadata: json,
      x_open: json,
      x_verification: json,
      x_accounts: json,
      model: fc.oneof(fc.constant('synthetic-1'), json),
      input: fc.oneof(fc.string(), fc.array(fc.string(), { maxLength: 70 }), json),
      encoding_format: fc.oneof(fc.constantFrom('float', 'base64'), json),
      dimensions: json,
    },
    { requiredKeys: [] },
  );
  const text = fc.oneof(
    near.map((value) => JSON.stringify(value)),
    json.map((value) => JSON.stringify(value)),
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.nat(5_000).map((depth) => '['.repeat(depth)),
    fc.constantFrom('{"__proto__":{}}', '{"constructor":{"prototype":1}}', '"', '\ufeff{}', ''),
  );
  return fc.record({
    method: fc.constant('POST' as const),
    url,
    headers: fc.record({
      authorization: fc.constantFrom(`Bearer ${apiKey}`, `Bearer ${apiKey}`, 'Bearer x', ''),
      'content-type': fc.constantFrom(
        'application/json',
        'application/json; charset=utf-16',
        'x/y',
      ),
    }),
    body: text.map((value) => new TextEncoder().encode(value)),
  });
}

function multipartCases({ apiKey }: Known): fc.Arbitrary<Partial<FuzzCase>> {
  const boundary = fc.constantFrom(
    ...Array<string>(8).fill('b'),
    'a-boundary',
    '',
    ' ',
    '--',
    'x'.repeat(200),
  );
  const disposition = fc.constantFrom(
    'form-data; name="purpose"',
    'form-data; name="file"; filename="a.jsonl"',
    'form-data; name="file"; filename="../../x\0"',
    'form-data; name=',
    'attachment',
    '',
  );
  const line = fc.constantFrom('\r\n', '\n', '\r', '');
  const part = fc
    .tuple(disposition, line, fc.oneof(fc.constant('batch'), fc.string({ maxLength: 300 })))
    .map(([head, end, content]) => `content-disposition: ${head}${end}${end}${content}`);
  return fc
    .tuple(boundary, boundary, fc.array(part, { maxLength: 6 }), line, fc.boolean())
    .map(([said, used, parts, end, closed]) => ({
      method: 'POST' as const,
      url: '/v1/files',
      headers: {
        authorization: `Bearer ${apiKey}`,
        'content-type': `multipart/form-data; boundary=${said}`,
      },
      body: new TextEncoder().encode(
        parts.map((one) => `--${used}${end}${one}${end}`).join('') + (closed ? `--${used}--` : ''),
      ),
    }));
}

function addressCases(known: Known): fc.Arbitrary<Partial<FuzzCase>> {
  const { apiKey, file, batch, shard, model, receipt } = known;
  const near = [
    `/v1/files/${file}/content`,
    `/v1/files/${file}`,
    `/v1/batches/${batch}`,
    `/v1/batches/${batch}/cancel`,
    `/v1/shards/${shard}`,
    `/v1/manifests/${model}`,
    `/v1/receipts/${receipt}`,
    `/v1/receipts/${receipt}/input`,
    '/v1/receipts/x/proof',
    '/v1/log/checkpoint',
    '/v1/log/tile/0/000',
    '/v1/log/tile/entries/000',
    '/v1/log/postings/0/256',
    '/v1/log/keys',
    '/v1/models',
    '/v1/coordinator',
    '/metrics',
    '/readyz',
    '/admin',
    '/',
  ];
  const wild = fc
    .string({ unit: 'binary', maxLength: 60 })
    .map((text) => `/${encodeURIComponent(text.toWellFormed()).replaceAll('%2F', '/')}`);
  const url = fc
    .tuple(
      fc.oneof(fc.constantFrom(...near), fc.constantFrom(...near), wild),
      fc.constantFrom(
        ...none,
        '/',
        '/..',
        '/%2e%2e/x',
        '%00',
        '?limit=-1',
        '?limit=1e9&after=',
        '?a=b&a=c',
      ),
      fc.constantFrom(...none, '%zz', '?', '#'),
    )
    .map((parts) => parts.join(''));
  const keys = Array<string>(6).fill(`Bearer ${apiKey}`);
  const number = fc.oneof(fc.integer(), fc.constantFrom(0, 1, 2 ** 53, 2 ** 64));
  const range = fc.oneof(
    fc.tuple(number, number).map(([start, end]) => `bytes=${start}-${end}`),
    fc.array(number, { maxLength: 40 }).map((all) => `bytes=${all.map((n) => `${n}-`).join(',')}`),
    fc.constantFrom(
      'bytes=0-9',
      'bytes=10-20',
      'bytes=-5',
      'bytes=-0',
      'bytes=',
      'octets=0-1',
      'bytes=0-0,1-1',
      'bytes=9-1',
    ),
  );
  return fc.record({
    method: fc.constantFrom('GET', 'GET', 'HEAD', 'POST', 'DELETE', 'PUT', 'OPTIONS' as const),
    url,
    headers: fc.record(
      {
        authorization: fc.constantFrom(...keys, 'Bearer', 'Basic eDp4'),
        range,
        accept: fc.constantFrom('application/cbor', '*/*', 'x', ''),
        'accept-encoding': headerText,
        'if-none-match': headerText,
        'if-range': headerText,
        'idempotency-key': headerText,
        'content-type': headerText,
        'x-request-id': headerText,
        'x-forwarded-for': headerText,
        cookie: headerText,
        origin: headerText,
      },
      { requiredKeys: [] },
    ),
  });
}

export function fuzzCases(known: Known): fc.Arbitrary<FuzzCase> {
  return fc
    .oneof(
      cborCases(),
      jsonCases(known),
      multipartCases(known),
      addressCases(known),
      adminCases(known),
    )
    .map((some) => ({ method: 'GET', url: '/', headers: {}, ...some }));
}
