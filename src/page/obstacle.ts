// What stands in the way before anything is asked of the worker; null where nothing does.
import type { WireError } from '#protocol/errors.ts';
import { WIRE_VERSION } from '#protocol/wire.ts';
import { say } from '#words/say.ts';
import type { Coordinator } from './coordinator.ts';

export function findObstacle(coordinator: Coordinator): WireError | null {
  const refuse = (code: string, message: string): WireError => ({
    code,
    message,
    retryable: false,
    metaMessages: [],
  });
  if (!isSecureContext) {
    return refuse('page/insecure-context', say('error.insecure', { origin: location.origin }));
  }
  if (coordinator.wire !== WIRE_VERSION) {
    const versions = { theirs: coordinator.wire, ours: WIRE_VERSION };
    return refuse('page/wire-version', say('error.wire', versions));
  }
  return null;
}
