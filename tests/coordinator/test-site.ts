// A coordinator on a temporary folder with a clock that a test turns, and the oracle in-process as
// its partner.
import { cp, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pino from 'pino';
import {
  type Coordinator,
  type CoordinatorOptions,
  createCoordinator,
} from '#coordinator/coordinator.ts';
import { type CountedPartner, createOraclePartner } from './oracle-partner.ts';
import { copyTemplate } from './template-folder.ts';
import { createTestContributor, type TestContributor } from './test-contributor.ts';
import type { TestModel } from './test-model.ts';

export interface TestSite {
  coordinator: Coordinator;
  dataFolder: string;
  model: TestModel;
  partner: CountedPartner;
  apiKey: string;
  clock: { now: number };
  /** A contributor with a session, on an address of its own unless one is given. */
  contributor(options?: { address?: string; speed?: number }): Promise<TestContributor>;
  /** A contributor without a session. */
  stranger(options?: {
    address?: string;
    speed?: number;
    privateKey?: `0x${string}`;
  }): Promise<TestContributor>;
  get(url: string, key?: string, headers?: Record<string, string>): Promise<Answer>;
  post(url: string, body: unknown, options?: PostOptions): Promise<Answer>;
  upload(content: string | Buffer, key?: string): Promise<string>;
  /** Uploads the lines, creates a batch of them and has it read. */
  submit(lines: readonly unknown[], key?: string, change?: object): Promise<string>;
  batch(id: string, key?: string): Promise<Json>;
  /** The lines of an output or error file. */
  lines(file: string, key?: string): Promise<Json[]>;
  /** Closes the coordinator and opens one on the same folder. */
  reopen(): Promise<void>;
  /**
   * Copies the live folder, as a power cut would leave it, and opens a coordinator on the copy. The
   * first one goes on alone, unheard.
   */
  crash(): Promise<void>;
  /** Cancels what is unfinished and lets every session grow cold, for the next test. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

interface PostOptions {
  key?: string;
  headers?: Record<string, string>;
}

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  raw: Buffer;
  json: Json;
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads JSON of any shape
type Json = any;

export function embedLine(customId: string, input: unknown, model = 'synthetic-1', rest = {}) {
  const body = { model, input, ...rest };
  return { custom_id: customId, method: 'POST', url: '/v1/embeddings', body };
}

/** Texts of one to eight words of the test model. */
export function makeTexts(count: number): string[] {
  return Array.from({ length: count }, (_, i) =>
    Array.from({ length: 1 + (i % 8) }, (_, j) => `w${(7 * i + 3 * j) % 60}`).join(' '),
  );
}

/**
 * Two equal results are enough, and nothing is held: for tests that are about something else. The
 * whole ladder is in ladder.e2e.test.ts.
 */
export const unaudited = {
  auditedRows: { sampled: 0, full: 0, trusted: 0 },
  watched: [],
  holdUnits: [{ confirmedBelow: Number.POSITIVE_INFINITY, units: 0 }],
};

export async function startTestSite(options: Partial<CoordinatorOptions> = {}): Promise<TestSite> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'idlewild-test-'));
  const template = await copyTemplate(root);
  const { model } = template;
  let { dataFolder } = template;
  const partner = createOraclePartner(model.weights);
  const clock = { now: 1_700_000_000_000 };
  const open = () =>
    createCoordinator({
      dataFolder,
      models: [model.folder],
      partner,
      tickMs: 0,
      log: pino({ level: 'warn' }, pino.destination({ dest: 2, sync: true })),
      now: () => clock.now,
      random: () => 0.5,
      rules: unaudited,
      ...options,
    });
  let coordinator = await open();
  // The template's is of its embedded database.
  const apiKey = coordinator.apiKey ?? template.apiKey;
  const left: Coordinator[] = [];
  let addresses = 0;

  async function call(
    method: 'GET' | 'POST' | 'DELETE',
    url: string,
    request: { payload?: Buffer; headers: Record<string, string> },
  ): Promise<Answer> {
    const answer = await coordinator.inject({ method, url, ...request });
    const isJson = String(answer.headers['content-type']).includes('json');
    let json = null;
    if (isJson && !url.endsWith('/content')) json = answer.json();
    return { status: answer.statusCode, headers: answer.headers, raw: answer.rawPayload, json };
  }
  const auth = (key: string) => ({ authorization: `Bearer ${key}` });

  const site: TestSite = {
    get coordinator() {
      return coordinator;
    },
    get dataFolder() {
      return dataFolder;
    },
    model,
    partner,
    apiKey,
    clock,
    async stranger({ address = `10.0.0.${++addresses}`, speed, privateKey } = {}) {
      return createTestContributor({
        weights: model.weights,
        ...(speed !== undefined && { speed }),
        ...(privateKey !== undefined && { privateKey }),
        send: async (url, body) => {
          const answer = await coordinator.inject({
            method: 'POST',
            url,
            remoteAddress: address,
            headers: { 'content-type': 'application/cbor' },
            payload: Buffer.from(body),
          });
          return { status: answer.statusCode, body: new Uint8Array(answer.rawPayload) };
        },
      });
    },
    async contributor(contributorOptions) {
      const contributor = await site.stranger(contributorOptions);
      await contributor.open();
      return contributor;
    },
    get: (url, key = apiKey, headers = {}) =>
      call('GET', url, { headers: { ...auth(key), ...headers } }),
    post: (url, body, { key = apiKey, headers = {} } = {}) =>
      call('POST', url, {
        headers: { ...auth(key), 'content-type': 'application/json', ...headers },
        payload: Buffer.from(JSON.stringify(body)),
      }),
    async upload(content, key = apiKey) {
      const boundary = 'a-boundary';
      const field = (head: string) =>
        `--${boundary}\r\ncontent-disposition: form-data; ${head}\r\n\r\n`;
      const payload = Buffer.concat([
        Buffer.from(`${field('name="purpose"')}batch\r\n`),
        Buffer.from(field('name="file"; filename="input.jsonl"')),
        Buffer.from(content),
        Buffer.from(`\r\n--${boundary}--\r\n`),
      ]);
      const type = `multipart/form-data; boundary=${boundary}`;
      const headers = { ...auth(key), 'content-type': type };
      const answer = await call('POST', '/v1/files', { headers, payload });
      if (answer.status !== 200) throw new Error(`upload: ${answer.status} ${answer.raw}`);
      return answer.json.id;
    },
    async submit(lines, key = apiKey, change = {}) {
      const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
      const file = await site.upload(`${text.join('\n')}\n`, key);
      const body = { input_file_id: file, endpoint: '/v1/embeddings', completion_window: '24h' };
      const created = await site.post('/v1/batches', { ...body, ...change }, { key });
      if (created.status !== 200) throw new Error(`batch: ${created.status} ${created.raw}`);
      await coordinator.settle();
      return created.json.id;
    },
    async batch(id, key = apiKey) {
      return (await site.get(`/v1/batches/${id}`, key)).json;
    },
    async lines(file, key = apiKey) {
      const { raw } = await site.get(`/v1/files/${file}/content`, key);
      return raw
        .toString('utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
    },
    async reopen() {
      await coordinator.close();
      coordinator = await open();
    },
    async crash() {
      left.push(coordinator);
      const copy = path.join(root, `crashed-${left.length}`);
      await cp(dataFolder, copy, { recursive: true });
      await rm(path.join(copy, 'lock'), { force: true });
      dataFolder = copy;
      coordinator = await open();
    },
    async clear() {
      const { data } = (await site.get('/v1/batches?limit=100')).json;
      for (const { id, status } of data) {
        if (status === 'in_progress') await site.post(`/v1/batches/${id}/cancel`, {});
      }
      clock.now += 3_600_000;
      await coordinator.settle();
      partner.calls = 0;
    },
    async close() {
      for (const one of [...left, coordinator]) await one.close();
      await rm(root, { recursive: true, force: true });
    },
  };
  return site;
}
