// What this browser can tell a page about the machine: a control that it cannot honour is greyed,
// with the reason beside it. Asking changes nothing and stores nothing.

export interface Battery extends EventTarget {
  readonly charging: boolean;
}

export interface IdleWatcher extends EventTarget {
  readonly userState: 'active' | 'idle' | null;
  readonly screenState: 'locked' | 'unlocked' | null;
  start(options: { threshold: number; signal: AbortSignal }): Promise<void>;
}

interface IdleWatcherClass {
  new (): IdleWatcher;
  /** Asks the visitor, on a click only. */
  requestPermission(): Promise<'granted' | 'denied'>;
}

interface Browser {
  navigator: Navigator & { getBattery?(): Promise<Battery> };
  IdleDetector?: IdleWatcherClass;
  PressureObserver?: unknown;
}

const browser = globalThis as unknown as Browser;

export const abilities = {
  mains: typeof browser.navigator.getBattery === 'function',
  idle: typeof browser.IdleDetector === 'function',
  pressure: typeof browser.PressureObserver === 'function',
  cores: browser.navigator.hardwareConcurrency ?? 1,
} as const;

/** Null where the browser has no such thing, or keeps it from this page. */
export async function readBattery(): Promise<Battery | null> {
  try {
    return (await browser.navigator.getBattery?.()) ?? null;
  } catch {
    return null;
  }
}

/** Whether the visitor allowed it before; a browser that does not say may be asked again. */
export async function isIdleAllowed(): Promise<boolean> {
  try {
    const name = 'idle-detection' as PermissionName;
    return (await navigator.permissions.query({ name })).state === 'granted';
  } catch {
    return false;
  }
}

/** @returns whether the visitor allows it; asked on their own click */
export async function askForIdle(): Promise<boolean> {
  try {
    return (await browser.IdleDetector?.requestPermission()) === 'granted';
  } catch {
    return false;
  }
}

/** Null where it is not there. */
export function makeIdleWatcher(): IdleWatcher | null {
  return browser.IdleDetector ? new browser.IdleDetector() : null;
}
