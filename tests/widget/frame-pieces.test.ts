// The frame's small decisions: who may embed it, what an intensity means, what is remembered of a
// consent, and the snippet that a site owner copies.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readOrigins } from '#page/embed-block.ts';
import { canStore, forgetConsent, keepConsent, recallConsent } from '#page/embed-consent.ts';
import { readIntensity } from '#page/embed-level.ts';
import { allowsOrigin } from '#page/embed-origins.ts';
import { writeSnippet } from '#page/embed-snippet.ts';
import { CONSENT_VERSION } from '#protocol/wire.ts';

const own = 'https://coordinator.example';

test.each<[origins: string[], origin: string, allowed: boolean]>([
  [[], own, true],
  [[], 'https://a.example', false],
  [['https://a.example'], 'https://a.example', true],
  [['https://a.example'], 'http://a.example', false],
  [['https://a.example'], 'https://a.example:444', false],
  [['https://a.example'], 'https://b.a.example', false],
  [['http://localhost:*'], 'http://localhost:5173', true],
  [['http://localhost:*'], 'http://localhost', true],
  [['http://localhost:*'], 'https://localhost:5173', false],
  [['http://localhost:*'], 'http://localhost.evil.example:80', false],
  [['http://localhost:*'], 'http://localhost:80.evil.example', false],
  [['*'], 'https://anywhere.example', true],
  [['*'], 'null', false],
  [['*'], 'file://', false],
])('%j lets %s: %s', (origins, origin, allowed) => {
  expect(allowsOrigin(origins, origin, own)).toBe(allowed);
});

test('the origins of a broken data block are none', () => {
  expect(readOrigins('{"embed":{"origins":["https://a.example"]}}')).toEqual(['https://a.example']);
  const broken = [null, '', 'null', '7', '{"embed":null}', '{"embed":{"origins":{}}}'];
  for (const json of [...broken, '{"embed":{"origins":[7,null]}}']) {
    expect(readOrigins(json)).toEqual([]);
  }
});

test.each<[text: string, percent: number | null]>([
  ['gentle', 25],
  ['steady', 60],
  [' full ', 100],
  ['40', 40],
  ['33.4', 33],
  ['1', 5],
  ['400', 100],
  ['', null],
  ['-3', null],
  ['constructor', null],
  ['9e9', null],
])('the intensity "%s" is %s', (text, percent) => {
  expect(readIntensity(text)).toBe(percent);
});

beforeEach(() => {
  vi.stubGlobal('localStorage', memoryStorage());
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('a consent is good for its project, its text and its time', () => {
  vi.useFakeTimers({ now: 1_000_000, toFake: ['Date'] });
  expect(recallConsent('a')).toBeNull();
  keepConsent({ project: 'a', dutyPercent: 25 }, 60_000);
  expect(recallConsent('a')).toMatchObject({ dutyPercent: 25, agreedAt: 1_000_000 });
  expect(recallConsent('b')).toBeNull();
  vi.setSystemTime(1_059_999);
  expect(recallConsent('a')).not.toBeNull();
  vi.setSystemTime(1_060_000);
  expect(recallConsent('a')).toBeNull();
  // A clock that was set back tells nothing.
  vi.setSystemTime(999_999);
  expect(recallConsent('a')).toBeNull();
});

test('another text, a broken record and Stop end it', () => {
  keepConsent({ project: 'a', dutyPercent: 25 }, 60_000);
  const [[key, text]] = Object.entries(localStorage);
  localStorage.setItem(key, text.replace(`"version":${CONSENT_VERSION}`, '"version":0'));
  expect(recallConsent('a')).toBeNull();
  for (const broken of ['', 'null', '{}', '{"project":"a","version":2}', '[']) {
    localStorage.setItem(key, broken);
    expect(recallConsent('a')).toBeNull();
  }
  keepConsent({ project: 'a', dutyPercent: 25 }, 60_000);
  forgetConsent();
  expect(recallConsent('a')).toBeNull();
});

test('a change of level does not renew it', () => {
  vi.useFakeTimers({ now: 1_000_000, toFake: ['Date'] });
  const consent = keepConsent({ project: 'a', dutyPercent: 25 }, 60_000);
  vi.setSystemTime(1_050_000);
  keepConsent({ ...consent, dutyPercent: 10 }, 60_000);
  vi.setSystemTime(1_061_000);
  expect(recallConsent('a')).toBeNull();
});

test('a browser without storage for frames is told apart', () => {
  expect(canStore()).toBe(true);
  const refuse = () => {
    throw new DOMException('Access is denied for this document.', 'SecurityError');
  };
  vi.stubGlobal('localStorage', new Proxy({}, { get: refuse }));
  expect(canStore()).toBe(false);
  expect(recallConsent('a')).toBeNull();
  expect(keepConsent({ project: 'a', dutyPercent: 25 }, 1).dutyPercent).toBe(25);
  forgetConsent();
});

test('the snippet names what was chosen, and lets no name out of its place', () => {
  const snippet = writeSnippet({
    origin: own,
    integrity: 'sha384-abc',
    attributes: [
      ['project', 'p"><script>'],
      ['mode', ''],
      ['theme', 'dark'],
    ],
    project: '<b>Letters</b>',
  });
  expect(snippet).toBe(
    [
      '<script type="module" src="https://coordinator.example/widget/idlewild.js"',
      '  integrity="sha384-abc"',
      '  crossorigin="anonymous"></script>',
      '<idlewild-contributor project="p&quot;&gt;&lt;script&gt;" theme="dark">',
      '  <a href="https://coordinator.example/">Lend your idle machine to ' +
        '&lt;b&gt;Letters&lt;/b&gt;</a>',
      '</idlewild-contributor>',
    ].join('\n'),
  );
});

function memoryStorage(): Storage {
  const kept: Record<string, string> = {};
  const methods = {
    getItem: (key: string) => kept[key] ?? null,
    setItem(key: string, value: string) {
      kept[key] = value;
    },
    removeItem(key: string) {
      delete kept[key];
    },
  };
  return new Proxy(kept, {
    get: (_, name) =>
      name === 'length'
        ? Object.keys(kept).length
        : (methods[name as keyof typeof methods] ?? kept[name as string]),
  }) as unknown as Storage;
}
