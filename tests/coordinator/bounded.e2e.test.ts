// Bounded units on the real coordinator: two of one adapter class first, a third where they differ,
// and the coordinator's own run of the model last.
import { afterEach, beforeAll, expect, test } from 'vitest';
import { waits } from '#store/waits.ts';
import {
  type BoundedSite,
  inferLine,
  makeOutput,
  modelName,
  startBoundedSite,
} from './bounded-site.ts';
import { embedLine } from './test-site.ts';

let site: BoundedSite;
beforeAll(async () => {
  site = await startBoundedSite();
  return () => site.close();
});
afterEach(async () => {
  await site.clear();
  await site.coordinator.checkBooks();
});

const submit = (count: number, change = {}) =>
  site.submit(
    Array.from({ length: count }, (_, i) => inferLine(`page-${i}`, i)),
    site.apiKey,
    { endpoint: '/v1/infer', ...change },
  );

/** What the model's own run says of the line. */
async function infer(seed: number) {
  const { status, json } = await site.post('/v1/infer', inferLine('x', seed).body);
  expect(status).toBe(200);
  return json;
}

test('two of one class agree within the tolerance, and the batch is delivered', async () => {
  const id = await submit(3);
  const first = await site.able('wasm');
  const second = await site.able('wasm');
  const { leases } = await first.lease();
  expect(leases).toMatchObject([{ deliver: 'output', rows: 3 }]);
  expect(await first.answer(leases[0], makeOutput())).toMatchObject({ state: 'pending' });
  site.clock.now++;
  const { leases: others } = await second.lease();
  expect(others).toMatchObject([{ deliver: 'output', rows: 3 }]);
  await second.answer(others[0], makeOutput(5e-6));
  await site.coordinator.settle();
  expect(await first.ask(leases[0].lease)).toMatchObject({
    state: 'accepted',
    code: 'verdict/agreed',
  });
  expect(await second.ask(others[0].lease)).toMatchObject({ state: 'accepted' });
  const batch = await site.batch(id);
  expect(batch).toMatchObject({ status: 'completed', model: modelName });
  const lines = await site.lines(batch.output_file_id);
  expect(lines.map(({ custom_id }) => custom_id)).toEqual(['page-0', 'page-1', 'page-2']);
  const { body } = lines[0].response;
  expect(body).toMatchObject({ object: 'inference', model: modelName, x_class: 'bounded' });
  expect(body.outputs.y).toMatchObject({ dtype: 'float32', shape: [1, 24] });
  // Of the earlier of the two.
  const values = new Float32Array(
    new Uint8Array(Buffer.from(body.outputs.y.data, 'base64')).buffer,
  );
  expect(values[0]).toBe(Math.fround(1 / 24));
  expect(lines[0].x_receipts).toHaveLength(1);
});

test('a result of another input is rejected by the third', async () => {
  await submit(1);
  const liar = await site.able('wasm');
  const honest = [await site.able('wasm'), await site.able('wasm')];
  const lie = (await liar.lease()).leases[0];
  await liar.answer(lie, makeOutput(0.25));
  const leases = [];
  for (const one of honest) {
    const [lease] = (await one.lease()).leases;
    leases.push(lease);
    await one.answer(lease, makeOutput());
    await site.coordinator.settle();
  }
  expect(await liar.ask(lie.lease)).toMatchObject({ state: 'rejected', code: 'verdict/differs' });
  for (const [index, one] of honest.entries()) {
    expect(await one.ask(leases[index].lease)).toMatchObject({ state: 'accepted' });
  }
});

test('where three differ the coordinator runs the model, and its word stands', async () => {
  const id = await submit(1);
  const truth = await infer(0);
  const data = new Uint8Array(Buffer.from(truth.outputs.y.data, 'base64'));
  const right = { y: { dtype: 'float32' as const, shape: [1, 24], data } };
  const outputs = [makeOutput(0.25), right, makeOutput(0.5)];
  const told = [];
  const crew = [await site.able('wasm'), await site.able('wasm'), await site.able('wasm')];
  // All there at once, or the coordinator would be asked sooner.
  for (const one of crew) await one.lease(0);
  for (const [index, output] of outputs.entries()) {
    const one = crew[index];
    const [lease] = (await one.lease()).leases;
    await one.answer(lease, output);
    await site.coordinator.settle();
    told.push([one, lease.lease] as const);
  }
  const states = await Promise.all(told.map(async ([one, lease]) => (await one.ask(lease)).state));
  expect(states).toEqual(['rejected', 'accepted', 'rejected']);
  expect(await site.batch(id)).toMatchObject({ status: 'completed' });
});

test('another class is asked when none of the first came in time', async () => {
  await submit(1);
  const gpu = await site.able('webgpu:nvidia:hopper:float32');
  const cpu = await site.able('wasm');
  const [lease] = (await gpu.lease()).leases;
  await gpu.answer(lease, makeOutput());
  expect((await cpu.lease()).leases).toEqual([]);
  site.clock.now += waits.sameClassMs + 1;
  const [other] = (await cpu.lease()).leases;
  await cpu.answer(other, makeOutput());
  await site.coordinator.settle();
  expect(await gpu.ask(lease.lease)).toMatchObject({ state: 'accepted' });
});

test('alone, the coordinator is the partner', async () => {
  const id = await submit(1);
  const one = await site.able('wasm');
  const [lease] = (await one.lease()).leases;
  await one.answer(lease, makeOutput(0.25));
  site.clock.now += waits.partnerWaitMs + 1;
  await site.coordinator.settle();
  expect(await one.ask(lease.lease)).toMatchObject({ state: 'rejected' });
  const batch = await site.batch(id);
  expect(batch).toMatchObject({ status: 'completed' });
  const [line] = await site.lines(batch.output_file_id);
  expect(line.response.body.outputs).toEqual((await infer(0)).outputs);
});

test('a late result counts while its unit is open, and no longer', async () => {
  await submit(1);
  const late = [await site.able('wasm'), await site.able('wasm')];
  const leases = [(await late[0].lease()).leases[0], (await late[1].lease()).leases[0]];
  site.clock.now += waits.leaseMsMin + 1;
  const other = await site.able('wasm');
  const [lease] = (await other.lease()).leases;
  await late[0].answer(leases[0], makeOutput(5e-6));
  await other.answer(lease, makeOutput());
  await site.coordinator.settle();
  const told = [await late[0].ask(leases[0].lease), await other.ask(lease.lease)];
  expect(told.map(({ state }) => state)).toEqual(['accepted', 'accepted']);
  expect(await late[1].answer(leases[1], makeOutput())).toMatchObject({
    state: 'rejected',
    code: 'lease/expired',
  });
});

test('only who computes bounded units gets them, beside exact ones', async () => {
  await submit(1);
  const plain = await site.contributor();
  const none = await plain.work({ want: { units: 4, models: [], speed: 1e9 } });
  expect(none).toMatchObject({ leases: [], reason: { code: 'work/none' } });
  await site.submit([embedLine('line', 'w1 w2')]);
  const able = await site.able('wasm');
  const { leases } = await able.lease(4);
  expect(leases).toHaveLength(2);
  expect((await plain.work({ want: { units: 4, models: [], speed: 1e9 } })).leases).toHaveLength(0);
});

test('outputs that are not the model’s are refused, and claims of exactness', async () => {
  await submit(1);
  const one = await site.able('wasm');
  const [lease] = (await one.lease()).leases;
  const { y } = makeOutput();
  const reshaped = { y: { ...y, shape: [24, 1] } };
  expect(await one.answer(lease, reshaped)).toMatchObject({
    state: 'rejected',
    code: 'result/output',
    message: 'Output "y": float32 [24, 1], expected float32 [rows, 24].',
  });
  const other = await site.able('wasm');
  const [again] = (await other.lease()).leases;
  const exact = await other.answer(again, makeOutput(), { arithmetic: 'idlewild-exact/1' });
  expect(exact).toMatchObject({ state: 'rejected', code: 'result/version' });
});

test('faults of a request name the input; a model of text is asked elsewhere', async () => {
  const line = inferLine('a', 1);
  const bad = { ...line.body, inputs: { x: { dtype: 'float32', shape: [1, 3], data: [1, 2, 3] } } };
  const { status, json } = await site.post('/v1/infer', bad);
  expect(status).toBe(400);
  expect(json.error).toMatchObject({ param: 'inputs' });
  expect(json.error.message).toContain('"x"');
  const text = await site.post('/v1/infer', { ...line.body, model: 'synthetic-1' });
  expect(text.json.error).toMatchObject({ code: 'model_mismatch' });
  const tensors = await site.post('/v1/embeddings', { model: modelName, input: 'a' });
  expect(tensors.json.error).toMatchObject({ code: 'model_mismatch' });
  const unknown = await site.post('/v1/infer', { ...line.body, model: 'nobody' });
  expect(unknown.status).toBe(404);
});
