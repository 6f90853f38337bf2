// What only a page can observe for the worker: whether it is seen, whether the machine is on mains,
// whether somebody uses it; and when the page is put to sleep or taken away. Battery and idleness
// are looked at only while a setting asks for them.
import type { Conditions, Settings } from '#worker/status.ts';
import { type Battery, makeIdleWatcher, readBattery } from './abilities.ts';

/** The least that browsers allow. */
const idleAfterMs = 60_000;

interface ConditionParts {
  tell(conditions: Conditions): void;
  /** The page is about to sleep or to go. */
  leave(): void;
  /** It is awake again. */
  comeBack(): void;
}

export interface ConditionWatch {
  /** Looks at what these settings need, and tells it; called on the visitor's click and after. */
  heed(settings: Settings): void;
}

export function watchConditions({ tell, leave, comeBack }: ConditionParts): ConditionWatch {
  let conditions: Conditions = {
    visible: !document.hidden,
    onMains: null,
    userActive: null,
  };
  const change = (part: Partial<Conditions>) => {
    conditions = { ...conditions, ...part };
    tell(conditions);
  };
  const mains = watchMains((onMains) => change({ onMains }));
  const idle = watchIdle((userActive) => change({ userActive }));

  document.addEventListener('visibilitychange', () => change({ visible: !document.hidden }));
  document.addEventListener('freeze', leave);
  document.addEventListener('resume', comeBack);
  addEventListener('pagehide', leave);
  addEventListener('pageshow', (event) => {
    if (event.persisted) comeBack();
  });
  return {
    heed({ onlyMains, onlyIdle }) {
      mains(onlyMains);
      idle(onlyIdle);
      tell(conditions);
    },
  };
}

/** @returns what turns the watch on and off */
function watchMains(tell: (onMains: boolean | null) => void): (on: boolean) => void {
  let battery: Promise<Battery | null> | null = null;
  let isOn = false;
  const look = async () => {
    const found = await battery;
    if (isOn) tell(found ? found.charging : null);
  };
  return (on) => {
    if (on === isOn) return;
    isOn = on;
    if (!on) return tell(null);
    if (!battery) {
      battery = readBattery();
      void battery.then((found) => found?.addEventListener('chargingchange', look));
    }
    void look();
  };
}

/** @returns what turns the watch on and off */
function watchIdle(tell: (userActive: boolean | null) => void): (on: boolean) => void {
  let stop: AbortController | null = null;
  return (on) => {
    if (on === (stop !== null)) return;
    stop?.abort();
    stop = null;
    const watcher = on ? makeIdleWatcher() : null;
    if (!watcher) return tell(null);
    stop = new AbortController();
    const { signal } = stop;
    const look = () => {
      const { userState, screenState } = watcher;
      tell(userState === null ? null : userState === 'active' && screenState !== 'locked');
    };
    watcher.addEventListener('change', look, { signal });
    // Refused where the permission was taken away since: then nothing is known.
    watcher.start({ threshold: idleAfterMs, signal }).then(look, () => {
      if (!signal.aborted) tell(null);
    });
  };
}
