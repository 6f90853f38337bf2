// The shipped page under its own policy, on a lease of a bounded model: Whisper's encoder, which takes
// a second a run that nothing can interrupt. The runtime comes with the lease, and goes with Stop.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { build } from '#cli/build.ts';
import { openProfile } from '../bench/page-site.ts';
import { requesterOf } from '../e2e/moby-dick-batch.ts';
import { freePort, type ServeProcess, serve } from '../e2e/serve-process.ts';
import { whisperEncoder } from '../onnx/real-models.ts';
import { hum } from '../onnx/requests.ts';
import { saveModel } from '../onnx/save-model.ts';
import { patienceLimits, waitLonger } from '../page/wait-longer.ts';

const lines = 24;

async function submit({ origin, apiKey }: ServeProcess): Promise<void> {
  const { shape, dtype, data } = hum();
  const inputs = { input_features: { dtype, shape, data: Buffer.from(data).toString('base64') } };
  const text = Array.from({ length: lines }, (_, at) =>
    JSON.stringify({
      custom_id: String(at),
      method: 'POST',
      url: '/v1/infer',
      body: { model: 'whole', inputs },
    }),
  );
  const requester = requesterOf(origin, apiKey);
  const file = await requester.upload(`${text.join('\n')}\n`, 'lines.jsonl');
  const response = await fetch(`${origin}/v1/batches`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      input_file_id: file,
      endpoint: '/v1/infer',
      completion_window: '24h',
    }),
  });
  if (!response.ok) throw new Error(await response.text());
}

const statusesScript = `
  globalThis.statuses = [];
  document.addEventListener('idlewild-status', ({ detail }) => statuses.push(detail));
`;

/** The page's policy lets no text be a predicate. */
async function reached(page: Page, expression: string): Promise<void> {
  const look = `statuses.some((status) => ${expression}) || statuses.at(-1)?.phase === 'failed'`;
  await expect.poll(() => page.evaluate(look)).toBe(true);
  expect(await page.evaluate('statuses.at(-1).error')).toBeNull();
}

const isRuntime = (url: string) => /\/ort[.-][^/]+$/.test(new URL(url).pathname);

test('a bounded lease brings its code, is computed, and Stop ends its thread', async () => {
  await build();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'idlewild-bounded-page-'));
  const model = path.join(folder, 'model');
  await saveModel(model, await whisperEncoder());
  const port = await freePort();
  const server = await serve({ dataFolder: path.join(folder, 'data'), model, port });
  const { context, close } = await openProfile({ webgpu: false });
  try {
    const fetched: string[] = [];
    const errors: string[] = [];
    context.on('request', (request) => fetched.push(request.url()));
    const page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    await page.addInitScript(waitLonger, patienceLimits);
    await page.addInitScript({ content: statusesScript });
    await page.goto(`${server.origin}/?lang=en&backend=wasm`, { waitUntil: 'networkidle' });
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await reached(page, `status.phase === 'waiting'`);
    expect(fetched.filter(isRuntime)).toEqual([]);
    await submit(server);
    await reached(page, 'status.units > 0');
    const wasm = fetched.filter((url) => isRuntime(url) && url.endsWith('.wasm'));
    expect(wasm).toHaveLength(1);
    const hasMember = () => page.workers().some((worker) => /bounded-member/.test(worker.url()));
    expect(hasMember()).toBe(true);
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await reached(page, `status.phase === 'stopped'`);
    await expect.poll(hasMember).toBe(false);
    const last = await page.evaluate('statuses.at(-1)');
    expect(last).toMatchObject({ phase: 'stopped', error: null });
    expect(errors).toEqual([]);
  } finally {
    await close();
    await server.kill('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  }
});
