// A model's manifest by its id: whatever the coordinator serves, its digest decides.
import { manifestId } from '#model/manifest.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import type { Coordinator } from './coordinator.ts';

/** @throws manifest/digest-mismatch, and what `Coordinator.manifest` throws */
export async function fetchManifest(
  coordinator: Pick<Coordinator, 'manifest'>,
  id: string,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const bytes = await coordinator.manifest(id, signal);
  if (bytes.length > limits.manifestBytesMax || manifestId(bytes) !== id) {
    throw new IdlewildError('manifest/digest-mismatch', `Manifest ${id} has other bytes.`, {
      metaMessages: ['The coordinator, or something on the way, serves a damaged file.'],
    });
  }
  return bytes;
}
