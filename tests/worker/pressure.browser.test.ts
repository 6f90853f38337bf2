// Compute Pressure as Chromium itself tells it: the processor's state is set by its DevTools, and
// comes through its own PressureObserver in the worker.
import { expect, test } from 'vitest';
import { launchDriven, useTab } from './tab.ts';

const tab = useTab(() => launchDriven({ webgpu: false }));

test('other programs need the processor: it pauses, says why, and goes on when they are done', async () => {
  const devtools = await tab.page.context().newCDPSession(tab.page);
  await devtools.send('Emulation.setPressureSourceOverrideEnabled', {
    source: 'cpu',
    enabled: true,
  });
  const press = (state: 'nominal' | 'critical') =>
    devtools.send('Emulation.setPressureStateOverride', { source: 'cpu', state });
  await press('nominal');
  tab.giveManyUnits();
  await tab.start({ settings: { heedPressure: true } });
  await tab.until('status.units > 0');
  await press('critical');
  const pressed = await tab.until(`status.phase === 'paused'`);
  expect(pressed.pauses).toEqual(['pressure']);
  await press('nominal');
  await tab.until(`status.units > ${pressed.units + 1} && status.pauses.length === 0`);
  await tab.stop();
});
