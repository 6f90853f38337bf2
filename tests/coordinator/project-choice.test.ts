// Who computes for which project: the contributor's own choice, or any that is open; closed ones for
// who asks by id, and for those whom a batch is limited to.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { limits } from '#protocol/limits.ts';
import type { TestContributor } from './test-contributor.ts';
import { embedLine, makeTexts, startTestSite, type TestSite } from './test-site.ts';

const token = 'q7Zc1-Kx9_vR2mT5wY8bN3pL';
let site: TestSite;
let keys: string[];
let ids: string[];
beforeAll(async () => {
  site = await startTestSite({ adminToken: token });
  const made = [];
  for (const name of ['Letters', 'Maps'])
    made.push(await site.coordinator.addProject({ name, words: '' }));
  keys = made.map(({ apiKey }) => apiKey);
  ids = made.map(({ project }) => project);
});
afterEach(async () => {
  for (const key of keys) {
    for (const { id } of (await site.get('/v1/batches', key)).json.data) {
      await site.post(`/v1/batches/${id}/cancel`, {}, { key });
    }
  }
  for (const id of ids) await set(id, { open: true });
  await site.clear();
});
afterAll(() => site.close());

const set = (id: string, change: object) =>
  site.post(`/v1/admin/projects/${id}/set`, change, { key: token });

/** A batch of units of one row each. */
const submit = (key: string, units: number, change = {}) =>
  site.submit(
    makeTexts(units * limits.unitRowsMax).map((text, i) => embedLine(`${i}`, text)),
    key,
    change,
  );

async function ask(who: TestContributor, project: string | null, units = 4) {
  const want = { units, models: [], speed: 1e12, project };
  const { leases, reason } = await who.work({ want, holding: held.get(who) ?? [] });
  held.set(who, [...(held.get(who) ?? []), ...leases.map(({ lease }) => lease)]);
  return { names: leases.map(({ project: name }) => name), leases, reason };
}
const held = new Map<TestContributor, string[]>();

describe('a contributor', () => {
  test('gets units of the project that it chose, and of no other', async () => {
    await submit(site.apiKey, 3);
    await submit(keys[0], 3);
    await submit(keys[1], 3);
    const who = await site.contributor();
    const { leases } = await ask(who, ids[1], 2);
    expect(leases.map(({ project, projectId }) => [project, projectId])).toEqual([
      ['Maps', ids[1]],
      ['Maps', ids[1]],
    ]);
    // Another choice holds for further leases.
    expect((await ask(who, ids[0], 1)).names).toEqual(['Letters']);
    // Left to the coordinator, the oldest come first.
    expect((await ask(await site.contributor(), null, 1)).names).toEqual(['Idlewild']);
  });

  test('is told when nothing of its project waits, though others do', async () => {
    await submit(keys[0], 2);
    const who = await site.contributor();
    expect(await ask(who, ids[1])).toMatchObject({
      leases: [],
      reason: { code: 'work/no-project-unit' },
    });
    expect((await ask(who, 'project_none')).reason).toMatchObject({ code: 'work/no-project-unit' });
    expect((await ask(who, null)).names.length).toBeGreaterThan(0);
  });

  test('becomes the partner of others of its project alone', async () => {
    await submit(keys[0], 1, { x_verification: 'full' });
    await submit(keys[1], 1, { x_verification: 'full' });
    const [ada, ben, cas] = await Promise.all([1, 2, 3].map(() => site.contributor()));
    const first = (await ask(ada, ids[1], 9)).leases;
    const all = new Set(first.map(({ unit }) => `${unit}`));
    expect((await ask(ben, ids[0], 9)).names).not.toContain('Maps');
    const second = (await ask(cas, ids[1], 9)).leases;
    expect(new Set(second.map(({ unit }) => `${unit}`))).toEqual(all);
    expect(second.every(({ deliver }) => deliver === 'digest')).toBe(true);
    expect((await ask(ada, ids[1], 9)).reason).toMatchObject({ code: 'work/no-project-unit' });
  });

  test('and others of other choices share one commit', async () => {
    // The oldest are of the first: left to the coordinator, they may not use up its own people's.
    await submit(keys[0], 4);
    await submit(keys[1], 4);
    const crowd = await Promise.all(Array.from({ length: 6 }, () => site.contributor()));
    const choices = [ids[0], null, ids[1], null, ids[0], ids[1]];
    const answers = await Promise.all(crowd.map((who, i) => ask(who, choices[i], 1)));
    expect(answers.map(({ names }) => names.length)).toEqual([1, 1, 1, 1, 1, 1]);
    for (const [i, { names }] of answers.entries()) {
      if (choices[i] !== null) expect(names).toEqual([choices[i] === ids[0] ? 'Letters' : 'Maps']);
    }
    const units = answers.flatMap(({ leases }) =>
      leases.map(({ projectId, unit }) => `${projectId} ${unit}`),
    );
    expect(new Set(units).size).toBe(6);
  });
});

describe('a closed project', () => {
  test('computes with who asks for it by its id, and opens again', async () => {
    await set(ids[0], { open: false });
    await submit(keys[0], 2);
    await submit(keys[1], 2);
    const who = await site.contributor();
    expect(new Set((await ask(who, null, 9)).names)).toEqual(new Set(['Maps']));
    expect((await ask(who, null, 9)).reason).toMatchObject({ code: 'work/none' });
    expect((await ask(who, ids[0], 1)).names).toEqual(['Letters']);
    await set(ids[0], { open: true });
    expect((await ask(who, null, 1)).names).toEqual(['Letters']);
  });

  test('is closed for units that wait already, half done ones too', async () => {
    await submit(keys[0], 2, { x_verification: 'full' });
    const [ada, ben] = [await site.contributor(), await site.contributor()];
    expect((await ask(ada, null, 1)).names).toEqual(['Letters']);
    await set(ids[0], { open: false });
    expect((await ask(ben, null, 9)).reason).toMatchObject({ code: 'work/none' });
    expect((await ask(ben, ids[0], 9)).names.length).toBeGreaterThan(1);
  });

  test('lets those compute whom its batch is limited to', async () => {
    await set(ids[0], { open: false });
    const [named, other] = [await site.contributor(), await site.contributor()];
    await submit(keys[0], 2, { x_accounts: [named.address] });
    expect((await ask(other, null)).leases).toEqual([]);
    expect((await ask(other, ids[0])).leases).toEqual([]);
    expect((await ask(named, null, 1)).names).toEqual(['Letters']);
    expect((await ask(named, ids[0], 1)).names).toEqual(['Letters']);
  });
});
