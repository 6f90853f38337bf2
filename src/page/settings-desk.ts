// The visitor's settings in the page: one value, changed by the controls, kept after consent, and
// told to the worker while it runs.
import type { Settings } from '#worker/status.ts';

export interface SettingsDesk {
  readonly value: Settings;
  change(part: Partial<Settings>): void;
  /** @param listener is called at once, and after each change */
  watch(listener: (settings: Settings) => void): void;
}

/** @param tell hears each change, after the listeners */
export function openSettings(initial: Settings, tell: (settings: Settings) => void): SettingsDesk {
  const listeners: ((settings: Settings) => void)[] = [];
  let value = initial;
  return {
    get value() {
      return value;
    },
    change(part) {
      value = { ...value, ...part };
      for (const listener of listeners) listener(value);
      tell(value);
    },
    watch(listener) {
      listeners.push(listener);
      listener(value);
    },
  };
}
