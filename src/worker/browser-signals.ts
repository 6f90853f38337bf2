// What a browser lets its worker observe: whether there is a network, and how busy the processor is.
import type { Signals } from './environment.ts';
import type { Pressure } from './pressure-gate.ts';

/** Compute Pressure, in Chromium only; TypeScript's own types do not have it. */
interface PressureObserverLike {
  observe(source: 'cpu', options: { sampleInterval: number }): Promise<void>;
  disconnect(): void;
}

type PressureObserverMaker = new (
  listen: (records: { state: Pressure }[]) => void,
) => PressureObserverLike;

const sampleMs = 1_000;

export const signals: Signals = {
  isOnline: () => navigator.onLine,
  watchNetwork(listener) {
    self.addEventListener('online', listener);
    self.addEventListener('offline', listener);
    return () => {
      self.removeEventListener('online', listener);
      self.removeEventListener('offline', listener);
    };
  },
  watchPressure(listener) {
    const { PressureObserver } = self as { PressureObserver?: PressureObserverMaker };
    if (!PressureObserver) return () => {};
    const observer = new PressureObserver((records) => {
      const last = records.at(-1);
      if (last) listener(last.state);
    });
    // A page or frame that may not observe goes without.
    observer.observe('cpu', { sampleInterval: sampleMs }).catch(() => {});
    return () => observer.disconnect();
  },
};
