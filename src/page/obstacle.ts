// What stands in the way before anything is asked of the worker; null where nothing does.
import type { WireError } from '#protocol/errors.ts';
import { WIRE_VERSION } from '#protocol/wire.ts';
import type { Coordinator } from './coordinator.ts';

export function findObstacle(coordinator: Coordinator): WireError | null {
  const refuse = (code: string, message: string): WireError => ({
    code,
    message,
    retryable: false,
    metaMessages: [],
  });
  if (!isSecureContext) {
    const message = `${location.origin} is neither https nor localhost: nothing computes there.`;
    return refuse('page/insecure-context', message);
  }
  if (coordinator.wire !== WIRE_VERSION) {
    return refuse(
      'page/wire-version',
      `The coordinator speaks version ${coordinator.wire}, this page version ${WIRE_VERSION}.`,
    );
  }
  return null;
}
