// What a fuzzer sends to the operator's side: each of its routes, with the token, with another and
// with none, about things that are there and things that are not, by bodies of every kind.
import fc from 'fast-check';
import type { FuzzCase, Known } from './cases.ts';

/** Where each kind of caller sits: wrong tokens shut out their own address alone. */
const addresses = { operator: '10.200.0.2', guesser: '10.200.0.3', nobody: '10.200.0.4' };

const json = fc.jsonValue({ maxDepth: 3 });
const id = (known: string) =>
  fc.oneof(
    fc.constant(known),
    fc.constantFrom('x', '%00', '..', 'a'.repeat(600), '%F0%9F%92%A9', '%zz'),
    fc
      .string({ unit: 'binary', maxLength: 20 })
      .map((text) => encodeURIComponent(text.toWellFormed())),
  );

const text = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('Letters', 'Briefe, größtenteils') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.constantFrom('', ' ', 'a\0b', '\ud800', 'x'.repeat(600)) },
  { weight: 1, arbitrary: json },
);

/** A snapshot copies the database: most names are wrong, so that few are made. */
const snapshotName = fc.oneof(
  { weight: 11, arbitrary: fc.oneof(text, fc.constantFrom('../../x', 'A'.repeat(32))) },
  { weight: 1, arbitrary: fc.constant('0123456789abcdef0123456789abcdef') },
);

/** Mostly the fields that a route asks for, now and then whatever else. */
function bodies(fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<string> {
  const asked = fc.record(fields);
  const some = fc.record({ ...fields, more: json }, { requiredKeys: [] });
  return fc.oneof(
    { weight: 5, arbitrary: asked.map((value) => JSON.stringify(value)) },
    { weight: 2, arbitrary: some.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: json.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.constantFrom('', '{', 'null', '[]', '{"__proto__":{"name":1}}') },
  );
}

/** What a project may be set to, short of what would leave other cases without work. */
const projectFields = {
  name: text,
  words: text,
  content_class: fc.oneof(fc.constantFrom('public', 'sensitive', 'none'), text),
  models: fc.oneof(fc.constant([]), fc.array(text, { maxLength: 40 }), json),
  verification: fc.oneof(fc.constantFrom('sampled', 'none'), text),
  open: fc.oneof(fc.constantFrom(true, 0, 'false'), text),
  origins: fc.oneof(
    fc.array(
      fc.oneof(fc.webUrl(), fc.constantFrom('*', 'https://a.example', "https://a;b'c"), text),
      { maxLength: 40 },
    ),
    json,
  ),
  reason: text,
};

type Target = Pick<FuzzCase, 'method' | 'url'> & { text: string };

function targets(known: Known): fc.Arbitrary<Target> {
  const post = (url: fc.Arbitrary<string>, body: fc.Arbitrary<string>): fc.Arbitrary<Target> =>
    fc.record({ method: fc.constant('POST' as const), url, text: body });
  const under = (area: string, one: string, act: string) => {
    const url = id(one).map((name) => `/v1/admin/${area}/${name}/${act}`);
    return post(url, bodies({ reason: text }));
  };
  const project = fc.oneof(
    { weight: 3, arbitrary: fc.constant(known.project) },
    { weight: 1, arbitrary: text },
  );
  const look = fc.constantFrom(
    '/v1/admin/overview',
    '/v1/admin/projects',
    `/v1/admin/projects/${known.project}`,
    '/v1/admin/projects/%00',
    '/v1/projects',
    '/v1/admin/keys',
    `/v1/admin/keys?project=${known.project}`,
    '/v1/admin/keys?project=%00&project=x',
    `/v1/admin/contributors/${known.account}`,
    '/v1/admin/contributors/%00',
    '/v1/admin/nothing',
    '/metrics',
    '/admin',
  );
  const snapshot = snapshotName.map((name) => JSON.stringify({ name }));
  const method = fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'DELETE', 'PUT' as const);
  return fc.oneof(
    fc.record({ method, url: look, text: fc.constant('') }),
    post(fc.constant('/v1/admin/projects'), bodies({ name: text, words: text })),
    post(fc.constant('/v1/admin/keys'), bodies({ project, name: text })),
    post(
      id(known.project).map((name) => `/v1/admin/projects/${name}/set`),
      bodies(projectFields),
    ),
    under('keys', known.spareKey, 'revoke'),
    under('batches', known.batch, 'cancel'),
    under('contributors', known.account, 'unban'),
    post(fc.constant('/v1/admin/snapshot'), snapshot),
  );
}

export function adminCases(known: Known): fc.Arbitrary<FuzzCase> {
  const { adminToken } = known;
  const callers = [
    { headers: { authorization: `Bearer ${adminToken}` }, address: addresses.operator },
    { headers: { authorization: `bearer  ${adminToken}` }, address: addresses.operator },
    { headers: { authorization: `Bearer ${adminToken}x` }, address: addresses.guesser },
    { headers: { authorization: 'Basic eDp4' }, address: addresses.nobody },
    { headers: {}, address: addresses.nobody },
  ];
  const [operator] = callers;
  return fc
    .record({
      target: targets(known),
      caller: fc.constantFrom(...callers, operator, operator, operator, operator, operator),
      type: fc.constantFrom(...Array<string>(8).fill('application/json'), 'x/y', 'text/plain'),
      accept: fc.constantFrom('application/json', 'application/x-ndjson', '*/*', ''),
    })
    .map(({ target, caller, type, accept }) => ({
      method: target.method,
      url: target.url,
      address: caller.address,
      headers: { ...caller.headers, accept, ...(target.text && { 'content-type': type }) },
      ...(target.method === 'POST' && { body: new TextEncoder().encode(target.text) }),
    }));
}
