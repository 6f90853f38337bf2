// A whole site on this machine, on embedded defaults: page built, model imported, coordinator up.
// The demo and `npm start` begin here.
import { fileURLToPath } from 'node:url';
import { build } from './build.ts';
import { importModel } from './model-import.ts';
import type { Progress } from './progress.ts';
import {
  type RunningCoordinator,
  type StartCoordinatorOptions,
  startCoordinator,
} from './serve.ts';

export interface SiteOptions {
  dataFolder: string;
  /** 0 picks a free one. */
  port: number;
  laboratory: boolean;
  progress: Progress;
  /** How credit is paid out, and who may administer. */
  paid?: Pick<StartCoordinatorOptions, 'adminToken' | 'chainId' | 'chainRpc' | 'settlement'>;
}

export interface RunningSite {
  origin: string;
  /** Shown once, by the first start on a data folder; empty afterwards. */
  apiKey: string;
  modelId: string;
  modelName: string;
  /** Ed25519 public key of the coordinator's receipts, raw. */
  receiptKey: Uint8Array;
  closeEpoch: RunningCoordinator['closeEpoch'];
  close(): Promise<void>;
}

/** Imported once a checkout: the importer finds its own work again, by what decides its bytes. */
export const demoModelFolder = fileURLToPath(
  new URL('../../build/models/all-MiniLM-L6-v2', import.meta.url),
);

export async function startSite(options: SiteOptions): Promise<RunningSite> {
  const { dataFolder, port, laboratory, progress } = options;
  progress.update('Building the page and its kernels');
  await build();
  const model = await importModel({
    directory: demoModelFolder,
    onProgress: (line) => progress.update(line),
  });
  progress.done(`Model ${model.id.slice(0, 16)}…, imported in ${model.seconds} s.`);
  const coordinator = await startCoordinator({
    dataFolder,
    models: [demoModelFolder],
    host: '127.0.0.1',
    port,
    laboratory,
    ...options.paid,
  });
  progress.done(`Coordinator at ${coordinator.origin}${laboratory ? ' (laboratory)' : ''}.`);
  return {
    origin: coordinator.origin,
    apiKey: coordinator.apiKey ?? '',
    modelId: model.id,
    modelName: model.manifest.name,
    receiptKey: coordinator.receiptKey,
    closeEpoch: coordinator.closeEpoch,
    close: () => coordinator.close(),
  };
}
