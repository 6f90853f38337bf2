// The server that seats browsers side by side: each page is given its own turn, and its reports
// reach its own seat and no other.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Report } from './case.ts';
import { type CaseServer, serveCases } from './serve-cases.ts';

let server: CaseServer;
beforeAll(async () => {
  server = await serveCases();
});
afterAll(() => server.close());

function take(turn: number) {
  const heard: Report[] = [];
  const seated = server.seat('wasm', { cases: [], turn, report: (one) => heard.push(one) });
  const { origin, searchParams } = new URL(seated.url);
  const address = (what: string) => `${origin}/prove/${what}?seat=${searchParams.get('seat')}`;
  return {
    ...seated,
    heard,
    ask: () => fetch(address('cases')),
    tell: (one: Report) => fetch(address('report'), { method: 'POST', body: JSON.stringify(one) }),
  };
}

test('each page has its own seat', async () => {
  const [first, second] = [take(3), take(5)];
  expect(await (await first.ask()).json()).toEqual({ cases: [], turn: 3 });
  expect(await (await second.ask()).json()).toEqual({ cases: [], turn: 5 });
  await second.tell({ kind: 'opened', adapter: 'second' });
  await first.tell({ kind: 'opened', adapter: 'first' });
  expect(first.heard).toEqual([{ kind: 'opened', adapter: 'first' }]);
  expect(second.heard).toEqual([{ kind: 'opened', adapter: 'second' }]);
  expect(first.url).toContain('arithmetic=wasm');
});

test('a page that has left is a stranger', async () => {
  const { leave, ask, tell, heard } = take(1);
  leave();
  expect((await ask()).status).toBe(410);
  expect((await tell({ kind: 'done', adapter: 'late' })).status).toBe(410);
  expect(heard).toEqual([]);
});
