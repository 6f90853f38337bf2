// A crew on the machine's own cores: two nested workers that really compute at the same time, which
// only the system's own count of its threads can tell. Other systems keep no such count.
import { expect, test } from 'vitest';
import { launchPlainChromium, type PlainChromium } from './plain-chromium.ts';
import { useTab } from './tab.ts';
import { readThreadTimes } from './thread-times.ts';

let chromium: PlainChromium;

const tab = useTab(async () => ({
  async open() {
    chromium = await launchPlainChromium();
    return chromium;
  },
  close: async () => {},
}));

/** Chromium names its workers' threads so, cut to what Linux keeps of a name. */
const readWorkers = () => readThreadTimes(chromium.pid, 'DedicatedWorker');

test.skipIf(process.platform !== 'linux')(
  'two workers compute at once (only Linux counts it)',
  async () => {
    await tab.haveFourCores();
    tab.giveLongUnits(400);
    await tab.start({ settings: { workers: 2 } });
    const { units } = await tab.until('status.workersRunning === 2 && status.unit !== null');
    const before = await readWorkers();
    const since = performance.now();
    // Several seconds of work, whatever the machine.
    await tab.until(`status.units >= ${units + 3}`);
    const after = await readWorkers();
    const ms = performance.now() - since;
    const shares = [...after].map(([thread, wanted]) => (wanted - (before.get(thread) ?? 0)) / ms);
    const [first, second] = shares.sort((a, b) => b - a);
    // One after the other, they would share one whole between them.
    expect(first).toBeGreaterThan(0.7);
    expect(second).toBeGreaterThan(0.7);
    await tab.stop();
  },
);
