// A crew on the machine's own cores: two nested workers that really compute at the same time, which
// only the system can tell. Others than Linux do not.
import { expect, test } from 'vitest';
import { launchPlainChromium, type PlainChromium } from './plain-chromium.ts';
import { useTab } from './tab.ts';
import { watchThreads } from './thread-states.ts';

let chromium: PlainChromium;

const tab = useTab(async () => ({
  async open() {
    chromium = await launchPlainChromium();
    return chromium;
  },
  close: async () => {},
}));

/** Chromium names its workers' threads so, cut to what Linux keeps of a name. */
const WORKER_THREAD = 'DedicatedWorker';

test.skipIf(process.platform !== 'linux')(
  'two workers compute at once (only Linux tells)',
  async () => {
    await tab.haveFourCores();
    tab.giveLongUnits(400);
    await tab.start({ settings: { workers: 2 } });
    const { units } = await tab.until('status.workersRunning === 2 && status.unit !== null');
    let over = false;
    // Several seconds of work, whatever the machine.
    const [seen] = await Promise.all([
      watchThreads(chromium.pid, WORKER_THREAD, () => over),
      tab.until(`status.units >= ${units + 3}`).finally(() => {
        over = true;
      }),
    ]);
    expect(seen.some).toBeGreaterThan(50);
    // One after the other, two would want a core at no moment, or at the few when one takes over.
    expect(seen.two / seen.some).toBeGreaterThan(0.2);
    await tab.stop();
  },
);
