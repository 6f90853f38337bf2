// What the page's bench visits: the shipped build and a batch, served by `idlewild serve` in a
// process of its own, and a browser whose profile outlives a visit.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type BrowserContext, chromium } from 'playwright-core';
import { build } from '#cli/build.ts';
import { findChromium } from '#cli/chromium.ts';
import type { Batch } from '#cli/requester.ts';
import { patienceMs } from '../cli/patient-chromium.ts';
import { requesterOf } from '../e2e/moby-dick-batch.ts';
import { freePort, type ServeProcess, serve } from '../e2e/serve-process.ts';

export interface PageSite {
  origin: string;
  close(): Promise<void>;
}

interface SiteModel {
  folder: string;
  name: string;
}

/** Resolves when the batch has been planned: a contributor who comes finds work. */
export async function startPageSite(model: SiteModel, texts: readonly string[]): Promise<PageSite> {
  await build();
  const folder = await mkdtemp(path.join(tmpdir(), 'idlewild-page-'));
  const port = await freePort();
  const dataFolder = path.join(folder, 'data');
  const server = await serve({ dataFolder, model: model.folder, port });
  const close = async () => {
    await server.kill('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const requester = requesterOf(server.origin, server.apiKey);
    const lines = texts.map((input, index) => batchLine(index, model.name, input));
    const fileId = await requester.upload(`${lines.join('\n')}\n`, 'texts.jsonl');
    const { id } = await requester.createBatch(fileId);
    await planned(server, id);
    return { origin: server.origin, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

function batchLine(index: number, model: string, input: string): string {
  return JSON.stringify({
    custom_id: String(index),
    method: 'POST',
    url: '/v1/embeddings',
    body: { model, input, encoding_format: 'base64' },
  });
}

/** Polls until the batch's units stand in the queue. */
async function planned({ origin, apiKey }: ServeProcess, id: string): Promise<void> {
  const headers = { authorization: `Bearer ${apiKey}` };
  for (;;) {
    const batch = (await (await fetch(`${origin}/v1/batches/${id}`, { headers })).json()) as Batch;
    if (batch.status === 'in_progress') return;
    if (batch.status !== 'validating') throw new Error(`The batch is ${batch.status}.`);
    await setTimeout(100);
  }
}

interface Profile {
  context: BrowserContext;
  /** Closes the browser and forgets the profile. */
  close(): Promise<void>;
}

/** A new visitor's browser. Its disk is a real one, as a private window's is not. */
export async function openProfile({ webgpu }: { webgpu: boolean }): Promise<Profile> {
  const folder = await mkdtemp(path.join(tmpdir(), 'idlewild-profile-'));
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: await findChromium(),
    headless: true,
    args: [
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ...(webgpu ? ['--enable-unsafe-webgpu'] : []),
    ],
  });
  context.setDefaultTimeout(patienceMs);
  return {
    context,
    async close() {
      await context.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
