// Which models' shards this browser holds, the newest first: what a call for work names, so that the
// coordinator may prefer them.
import type { Store } from '#cache/store.ts';
import { limits } from '#protocol/limits.ts';

const storeKey = 'models';

/** @returns ids in hex */
export async function heldModels(store: Store): Promise<string[]> {
  const models = await store.get(storeKey);
  return Array.isArray(models) ? models.map(String) : [];
}

export async function rememberModel(store: Store, model: string): Promise<void> {
  const others = (await heldModels(store)).filter((other) => other !== model);
  await store.set(storeKey, [model, ...others].slice(0, limits.workModelsMax));
}

export async function forgetModels(store: Store): Promise<void> {
  await store.remove(storeKey);
}
