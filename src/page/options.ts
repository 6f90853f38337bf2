// The page's own address as options for Start: ?backend=auto|webgpu|wasm&units=N&duty=P.
// Anything else in them is ignored, so that a broken link still gives a working page.
import type { StartOptions } from '#worker/status.ts';
import { dutyPercentMax, dutyPercentMin } from './levels.ts';

const unitsMaxMax = 1_000_000_000;

export interface Options extends Pick<StartOptions, 'backend' | 'unitsMax'> {
  /** Null where the address does not say. */
  dutyPercent: number | null;
}

export function clampDutyPercent(percent: number): number {
  return Math.min(dutyPercentMax, Math.max(dutyPercentMin, Math.round(percent)));
}

/** @param search such as `location.search` */
export function readOptions(search: string): Options {
  const parameters = new URLSearchParams(search);
  const whole = (name: string): number | null => {
    const text = parameters.get(name);
    return text !== null && /^\d{1,12}$/.test(text) ? Number(text) : null;
  };
  const backend = parameters.get('backend');
  const duty = whole('duty');
  return {
    backend: backend === 'webgpu' || backend === 'wasm' ? backend : 'auto',
    unitsMax: Math.min(whole('units') ?? 0, unitsMaxMax),
    dutyPercent: duty === null ? null : clampDutyPercent(duty),
  };
}
