// Calls about an account that are signed as they should be and wrong inside: each is answered by a
// refusal with a code, none by a failure of the coordinator, and none says how it asks its database.
import fc from 'fast-check';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeCbor, encodeCbor } from '#protocol/cbor.ts';
import { limits } from '#protocol/limits.ts';
import { WIRE_VERSION, type WireErrorBody } from '#protocol/wire.ts';
import { makeBinding, readAccount } from './account-lab.ts';
import type { TestContributor } from './test-contributor.ts';
import { startTestSite, type TestSite } from './test-site.ts';

let site: TestSite;
beforeAll(async () => {
  site = await startTestSite();
});
afterAll(() => site.close());

const paths = ['/v1/account', '/v1/account/withdraw', '/v1/account/delete', '/v1/account/bind'];

/** What may stand in a field, and what may not. */
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.uint8Array({ maxLength: 70 }),
  fc.constantFrom(
    0,
    -1,
    1,
    90,
    91,
    2 ** 31,
    2 ** 53 - 1,
    1.5,
    '',
    '\u0000',
    "'; drop table accounts",
  ),
  fc.constantFrom(`0x${'0'.repeat(40)}`, 'account', 'delete', 'bind'),
);

type Fields = Record<string, unknown>;

/** One field changed, dropped or added, of the call or of the binding in it. */
function spoil(call: Fields, [name, inside, what]: [number, boolean, unknown]): Fields {
  const { binding } = call as { binding?: Fields };
  if (inside && binding) return { ...call, binding: spoil(binding, [name, false, what]) };
  const names = [...Object.keys(call), 'more'];
  const chosen = names[name % names.length];
  if (what === null)
    return Object.fromEntries(Object.entries(call).filter(([key]) => key !== chosen));
  return { ...call, [chosen]: what };
}

async function makeCalls(who: TestContributor): Promise<Fields[]> {
  const sealed = { wire: WIRE_VERSION, session: who.session };
  const made = await makeBinding(who, privateKeyToAccount(generatePrivateKey()));
  return [
    { kind: 'account', ...sealed, days: 90 },
    { kind: 'withdraw', ...sealed },
    { kind: 'delete', ...sealed },
    { kind: 'bind', ...sealed, ...made },
  ];
}

test('what is signed and spoilt is refused with a code', async () => {
  const who = await site.contributor();
  const calls = await makeCalls(who);
  const change = fc.tuple(fc.nat(20), fc.boolean(), value);
  const cases = fc.sample(fc.tuple(fc.nat(3), fc.nat(3), change), { numRuns: 400, seed: 5 });
  const codes = new Map<string, number>();
  for (const [index, [call, path, how]] of cases.entries()) {
    if (index % 40 === 0) site.clock.now += (60_000 / limits.callsOfAccountPerMinuteMax) * 60;
    const payload = spoil({ ...calls[call], counter: 1 + index }, how);
    const { status, body } = await who.send(paths[path], encodeCbor(await who.seal(payload)));
    const answer = decodeCbor(body) as Partial<WireErrorBody>;
    const code = status === 200 ? 'answered' : (answer.error?.code ?? 'none');
    codes.set(code, (codes.get(code) ?? 0) + 1);
    expect(status, JSON.stringify({ payload, answer })).toBeLessThan(500);
    expect(JSON.stringify(answer)).not.toMatch(/select|update|insert|sessions_|sql/i);
  }
  expect(codes.get('wire/malformed')).toBeGreaterThan(100);
  expect(codes.get('answered')).toBeGreaterThan(0);
  await site.coordinator.checkBooks();
  expect((await readAccount(await site.contributor())).boundTo).toBeNull();
});

test('a body over its limit is refused by its name', async () => {
  const who = await site.contributor();
  const payload = new Uint8Array(limits.accountBodyBytesMax);
  const body = encodeCbor({ payload, signature: new Uint8Array(64) });
  for (const path of paths) {
    const answer = await who.send(path, body);
    expect(answer.status).toBe(413);
    const { error } = decodeCbor(answer.body) as WireErrorBody;
    expect(error.message).toContain('accountBodyBytesMax');
  }
});
