// A device that fails: made again with more caution while that may help, then the next one, and
// the lease is kept meanwhile. The whole loop in Node, against a strict coordinator.
import { expect, test } from 'vitest';
import type { ExactBackend } from '#model/backend.ts';
import { syntheticConfig } from '#model/synthetic.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { createReferenceBackend } from '#reference/encoder.ts';
import { Caretaker } from '#worker/caretaker.ts';
import type { BackendChoice, Caution } from '#worker/choose-backend.ts';
import { broken, failing, lying } from './bad-backends.ts';
import { begin, isFailed, isStopped, startOptions } from './begin-contributor.ts';
import { choice } from './node-environment.ts';
import { StrictCoordinator } from './strict-coordinator.ts';

const options = { ...startOptions, unitsMax: 1 };
const good = () => createReferenceBackend();

/** A WebGPU that gives the backends in turn, the last one again and again. */
function inTurn(...backends: (() => ExactBackend)[]) {
  const cautions: Caution[] = [];
  const gpu: BackendChoice = {
    name: 'webgpu',
    why: 'webgpu, as the test says.',
    whyCode: 'chosen',
    create: async (caution) => {
      cautions.push(caution);
      return backends[Math.min(cautions.length, backends.length) - 1]();
    },
  };
  return { gpu, cautions };
}

async function computeOne(backends: BackendChoice[], coordinator = new StrictCoordinator()) {
  coordinator.addUnit([3]);
  const { contributor, until } = begin(coordinator, { backends });
  await contributor.start(options, null);
  const { device } = await until(isStopped);
  expect(coordinator.accepted.size).toBe(1);
  return { device, returns: coordinator.returns };
}

const lost = 'engine/device-lost';
const memory = 'engine/out-of-memory';

test('a lost device is made again with shorter slices, and the same lease computed', async () => {
  const { gpu, cautions } = inTurn(
    () => failing(good(), lost, 1),
    () => failing(good(), lost, 1),
    good,
  );
  const { device, returns } = await computeOne([gpu, choice(good())]);
  expect(cautions).toEqual([{}, { sliceMs: 20 }, { sliceMs: 10 }]);
  expect(device?.why).toBe('webgpu, as the test says.');
  expect(returns).toEqual([]);
});

test('a device lost three times gives way to the next backend', async () => {
  const { gpu, cautions } = inTurn(() => failing(good(), lost, 1));
  const { device, returns } = await computeOne([gpu, choice(good())]);
  expect(cautions).toHaveLength(3);
  expect(device?.why).toContain('webgpu lost its device 3 times');
  expect(returns).toEqual([]);
});

test('a device lost in its self-test is made again', async () => {
  const { gpu, cautions } = inTurn(() => broken(good(), lost), good);
  const { device } = await computeOne([gpu, choice(good())]);
  expect(cautions).toHaveLength(2);
  expect(device?.backend).toBe('typescript');
});

test('no adapter for a while after a loss is waited for, like a loss', async () => {
  const gone = () => {
    throw new IdlewildError('engine/no-adapter', 'No GPU is available to this page.');
  };
  const { gpu, cautions } = inTurn(() => failing(good(), lost, 1), gone, good);
  const { device } = await computeOne([gpu, choice(good())]);
  expect(cautions).toHaveLength(3);
  expect(device?.why).toBe('webgpu, as the test says.');
});

test('out of memory makes smaller groups first, then takes the next backend', async () => {
  const { gpu, cautions } = inTurn(() => failing(good(), memory, 1));
  const { device, returns } = await computeOne([gpu, choice(good())]);
  expect(cautions).toEqual([{}, { groupTokensMax: 1024 }, { groupTokensMax: 512 }]);
  expect(device?.why).toContain('As the test says.');
  expect(returns).toEqual([]);
});

test('out of memory on the last backend refuses the unit with its reason', async () => {
  const coordinator = new StrictCoordinator();
  coordinator.addUnit([3]);
  coordinator.addUnit([4]);
  const { contributor, until } = begin(coordinator, {
    backends: [choice(failing(good(), memory, 1))],
  });
  await contributor.start(options, null);
  await until(isStopped);
  expect(coordinator.returns[0]).toMatchObject({ lease: 'lease-1', reason: 'out-of-memory' });
  expect([...coordinator.accepted.keys()]).toEqual(['lease-2']);
});

test('units that never fit end the run, all handed back', async () => {
  const coordinator = new StrictCoordinator();
  for (let unit = 0; unit < 5; unit++) coordinator.addUnit([3]);
  const { contributor, until } = begin(coordinator, {
    backends: [choice(failing(good(), memory, 99))],
  });
  await contributor.start(options, null);
  expect((await until(isFailed)).error?.code).toBe(memory);
  await expect.poll(() => coordinator.open.size).toBe(0);
});

test('wrong bytes are tried again without the native dot, once', async () => {
  const { gpu, cautions } = inTurn(() => lying(good()), good);
  await computeOne([gpu]);
  expect(cautions).toEqual([{}, { packedDot: false }]);
  const hopeless = inTurn(() => lying(good()));
  const { device } = await computeOne([hopeless.gpu, choice(good())]);
  expect(hopeless.cautions).toHaveLength(2);
  expect(device?.why).toContain('computes wrong bytes');
});

test('wrong bytes in the shape of one model are found before its first result', async () => {
  const config = { ...syntheticConfig, heads: 4 };
  const liar = () => lying(good(), ({ heads, hiddenSize }) => hiddenSize / heads === 16);
  const { gpu, cautions } = inTurn(liar);
  const coordinator = new StrictCoordinator(undefined, config);
  const { device, returns } = await computeOne([gpu, choice(good())], coordinator);
  expect(cautions).toEqual([{}, { packedDot: false }]);
  expect(device?.why).toContain("the model's own shape");
  expect(returns).toEqual([]);
});

const failure = (code: string) => new IdlewildError(code, 'As the test says.');

test('a loss an hour ago is forgotten', () => {
  let time = 0;
  const clock = { now: () => time } as ConstructorParameters<typeof Caretaker>[0];
  const caretaker = new Caretaker(clock, 'webgpu');
  for (let loss = 0; loss < 9; loss++) {
    expect(caretaker.learn(failure(lost))).toBe(true);
    time += 1_800_001;
  }
  expect(caretaker.learn(failure(lost))).toBe(true);
  expect(caretaker.learn(failure(lost))).toBe(false);
});

test('WASM is made again after nothing but a loss', () => {
  const clock = { now: () => 0 } as ConstructorParameters<typeof Caretaker>[0];
  const caretaker = new Caretaker(clock, 'wasm');
  expect(caretaker.learn(failure(memory))).toBe(false);
  expect(caretaker.learn(failure('self-test/wrong-bytes'))).toBe(false);
  expect(caretaker.caution).toEqual({});
});
