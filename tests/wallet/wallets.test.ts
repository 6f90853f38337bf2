// Wallets as they announce themselves by EIP-6963: early, late, twice, falsely; and the one that only
// injects itself.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { findWallets, type Wallet, watchWallets } from '#wallet/wallets.ts';

let page: EventTarget;

beforeEach(() => {
  page = new EventTarget();
  for (const name of ['addEventListener', 'removeEventListener', 'dispatchEvent'] as const) {
    vi.stubGlobal(name, page[name].bind(page));
  }
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const makeProvider = () => ({ request: async () => null });

function announce(info: object, provider: unknown = makeProvider()): void {
  const detail = { info: { rdns: 'one.example', name: 'One', ...info }, provider };
  page.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail }));
}

test('who comes late is heard of, and nobody takes the place of one who came before', () => {
  const heard: (readonly Wallet[])[] = [];
  const stop = watchWallets((wallets) => heard.push(wallets));
  const first = makeProvider();
  announce({ uuid: 'a' }, first);
  announce({ uuid: 'a' });
  announce({ uuid: 'b' });
  announce({ uuid: 'c', name: 'x'.repeat(200), icon: 'https://one.example/icon.png' });
  stop();
  announce({ uuid: 'd' });
  expect(heard.map((wallets) => wallets.length)).toEqual([1, 2, 3]);
  const [one, two, three] = heard[2];
  expect([one.provider, one.id, two.id]).toEqual([first, 'one.example', 'one.example']);
  expect([three.name.length, three.icon]).toEqual([64, null]);
});

test('what is no announcement is passed over, and there is an end to them', () => {
  let found: readonly Wallet[] = [];
  watchWallets((wallets) => {
    found = wallets;
  });
  announce({ uuid: 'a' }, {});
  announce({ uuid: 'b', name: 7 });
  page.dispatchEvent(new CustomEvent('eip6963:announceProvider'));
  expect(found).toEqual([]);
  for (let index = 0; index < 100; index++) announce({ uuid: String(index) });
  expect(found.length).toBe(16);
});

test('the injected one counts where none announced itself', async () => {
  vi.useFakeTimers();
  const ethereum = makeProvider();
  vi.stubGlobal('ethereum', ethereum);
  const looking = findWallets();
  await vi.advanceTimersByTimeAsync(50);
  expect(await looking).toMatchObject([{ id: 'injected', provider: ethereum }]);
  page.addEventListener('eip6963:requestProvider', () => announce({ uuid: 'a' }, ethereum));
  expect(await findWallets()).toMatchObject([{ id: 'one.example', provider: ethereum }]);
});
