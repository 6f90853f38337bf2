// Consent and settings as an earlier visit kept them: an end, a version whose text cannot change
// unnoticed, and nothing believed that no control could have set.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { judgeConsent, readConsent } from '#page/consent.ts';
import { readSettings } from '#page/read-settings.ts';
import { CONSENT_VERSION } from '#protocol/wire.ts';
import { englishFrame } from '#words/en-frame.ts';
import { englishPage } from '#words/en-page.ts';
import { defaultSettings } from '#worker/status.ts';

const day = 86_400_000;

test('consent holds for its time and its version, and not for a clock that went back', () => {
  const given = { version: CONSENT_VERSION, givenAt: 1000 };
  expect(judgeConsent(null, day, 0)).toBe('none');
  expect(judgeConsent(given, day, 1000)).toBe('in-force');
  expect(judgeConsent(given, day, 999 + day)).toBe('in-force');
  expect(judgeConsent(given, day, 1000 + day)).toBe('ran-out');
  expect(judgeConsent(given, day, 999)).toBe('ran-out');
  expect(judgeConsent({ ...given, version: CONSENT_VERSION - 1 }, day, 1000)).toBe('changed');
  for (const kept of [null, 7, 'yes', {}, { version: 2 }, { version: '2', givenAt: 1 }]) {
    expect(readConsent(kept)).toBeNull();
  }
});

/** Whoever changes what visitors agree to raises CONSENT_VERSION, and adds a line here. */
const texts: Record<number, string> = {
  3: '1997ce25393ecd3b',
};

test('the text of a version of consent does not change, on the page or in a frame', () => {
  const keys = ['start', 'uses', 'stores', 'publishes', 'ends'] as const;
  const page = keys.map((key) => englishPage[`consent.${key}`]);
  const frame = Object.entries(englishFrame).filter(([key]) => key.startsWith('frame.consent.'));
  const text = [...page, ...frame.flat()].join('\n');
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
  expect({ [CONSENT_VERSION]: digest }).toEqual({ [CONSENT_VERSION]: texts[CONSENT_VERSION] });
});

test('settings that were kept come back, and nonsense is left at its standard', () => {
  const schedule = { days: [1, 6], fromMinute: 1320, toMinute: 420 };
  const own = { ...defaultSettings, dutyPercent: 25, workers: 3, onlyMains: true, schedule };
  expect(readSettings(JSON.parse(JSON.stringify(own)))).toEqual(own);
  expect(readSettings(null)).toEqual(defaultSettings);
  const wild = {
    dutyPercent: 1e9,
    workers: 0.5,
    onlyVisible: 'yes',
    schedule: { days: [9, 'x', 2, 2], fromMinute: 0, toMinute: 1439 },
    diskBytesMax: -1,
    dailyBytesMax: '5',
    project: 7,
  };
  expect(readSettings(wild)).toEqual({
    ...defaultSettings,
    dutyPercent: 100,
    schedule: { days: [2], fromMinute: 0, toMinute: 1439 },
  });
  fc.assert(
    fc.property(fc.anything(), (value) => {
      const { dutyPercent, workers, diskBytesMax } = readSettings(value);
      expect(dutyPercent >= 5 && dutyPercent <= 100 && workers >= 1 && diskBytesMax >= 0).toBe(
        true,
      );
    }),
  );
});
