// `idlewild transcribe --batch` from sound to words: a real coordinator, contributors who compute
// Whisper with onnxruntime-web, and the command in a process of its own, which Ctrl-C can take back.
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Batch } from '#cli/requester.ts';
import { readRecordings } from '../speech/recordings.ts';
import { writeWhisperFolder } from '../speech/whisper-folder.ts';
import { countWordErrors } from '../speech/word-errors.ts';
import { type BatchSite, runCommand, startBatchSite } from './batch-lab.ts';

const recordings = readRecordings().slice(0, 2);
let folder: string;
let files: string[];
let site: BatchSite;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'idlewild-transcribe-batch-'));
  const model = path.join(folder, 'model');
  await writeWhisperFolder(model);
  files = recordings.map(({ name }) => path.join(folder, `${name}.wav`));
  for (const [index, { bytes }] of recordings.entries()) await writeFile(files[index], bytes);
  site = await startBatchSite(folder, [model]);
});

afterAll(async () => {
  await site?.close();
  await rm(folder, { recursive: true, force: true });
});

const transcribe = (coordinator = site.coordinator.origin) =>
  runCommand(
    'transcribe',
    ...files,
    ...['--coordinator', coordinator, '--key', site.apiKey],
    ...['--batch', '--language', 'en', '--format', 'json'],
  );

async function askCoordinator(url: string, method = 'GET'): Promise<unknown> {
  const headers = { authorization: `Bearer ${site.apiKey}` };
  const answer = await fetch(new URL(url, site.coordinator.origin), { method, headers });
  return answer.json();
}

async function listBatches(): Promise<Batch[]> {
  return ((await askCoordinator('/v1/batches')) as { data: Batch[] }).data;
}

/** The batch that is none of these, once its units are known. */
async function findNewBatch(known: readonly string[]): Promise<string> {
  const found = async () => {
    const batches = await listBatches();
    const fresh = batches.find(({ id, status }) => status === 'in_progress' && !known.includes(id));
    return fresh?.id ?? null;
  };
  await expect.poll(found).not.toBeNull();
  return (await found()) ?? '';
}

const idsOf = (batches: readonly Batch[]) => batches.map(({ id }) => id);
const statusOf = async (id: string) => (await listBatches()).find((one) => one.id === id)?.status;

test('Ctrl-C cancels the batch at the coordinator, and says so', async () => {
  const known = idsOf(await listBatches());
  const { child, said, ended } = transcribe();
  const id = await findNewBatch(known);
  child.kill('SIGINT');
  expect(await ended, said.stderr).toBe(130);
  expect(said.stderr).toContain('Cancelling at the coordinator. Ctrl-C again leaves at once.');
  expect(said.stderr).toContain(`The batch ${id} was cancelled. (infer/cancelled)`);
  expect(said.stderr).toContain('Heard 0 of 2 files');
  expect(
    said.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject(files.map((file) => ({ file, error: { code: 'infer/cancelled' } })));
  await expect.poll(() => statusOf(id)).toBe('cancelled');
});

/** The coordinator, but that it never answers to a cancel. */
async function deafSite(): Promise<Server> {
  const server = createServer(async (request, response) => {
    const { method = 'GET', url = '/' } = request;
    if (url.endsWith('/cancel')) return;
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { authorization = '', 'content-type': type = '' } = request.headers;
    const answer = await fetch(new URL(url, site.coordinator.origin), {
      method,
      headers: { authorization, ...(type && { 'content-type': type }) },
      ...(parts.length > 0 && { body: Buffer.concat(parts) }),
    });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

test('a second Ctrl-C leaves at once, whatever the coordinator says', async () => {
  const known = idsOf(await listBatches());
  const server = await deafSite();
  try {
    const { port } = server.address() as AddressInfo;
    const { child, said, ended } = transcribe(`http://127.0.0.1:${port}`);
    const id = await findNewBatch(known);
    child.kill('SIGINT');
    await expect.poll(() => said.stderr).toContain('Cancelling at the coordinator');
    child.kill('SIGINT');
    expect(await ended).toBe('SIGINT');
    expect(await statusOf(id)).toBe('in_progress');
    await askCoordinator(`/v1/batches/${id}/cancel`, 'POST');
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('files are heard by two contributors, and their words come in order', async () => {
  const crew = [await site.contribute(), await site.contribute()];
  const { said, ended } = transcribe();
  const code = await ended;
  const answers = said.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(answers, said.stderr).toMatchObject(
    files.map((file) => ({ file, language: 'english', x_class: 'bounded' })),
  );
  const words = recordings.map((one) => one.words).join(' ');
  const heard = answers.map(({ text }) => text).join(' ');
  expect(countWordErrors(words, heard).rate).toBeLessThan(0.25);
  expect(said.stderr).toContain('Heard 2 of 2 files');
  expect(code).toBe(0);
  // Nobody but the two was there: the coordinator would take a unit after a day.
  for (const { last } of crew) {
    await expect.poll(() => last()?.totals.accepted).toBeGreaterThan(0);
  }
});
