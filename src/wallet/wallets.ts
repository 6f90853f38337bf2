// Wallets in the page: providers that announce themselves by EIP-6963, or the one injected as
// window.ethereum. Runs in the page, because providers live there.

import type { Provider } from './provider.ts';

export interface Wallet {
  /** The wallet's reverse domain name, or `injected`. */
  id: string;
  name: string;
  /** A data: URL, or null. */
  icon: string | null;
  provider: Provider;
}

/** Announcements come in the same task as the request, from wallets that are there at all. */
const announceMs = 50;

/** Every wallet of this browser, the announced ones first. */
export async function findWallets(): Promise<Wallet[]> {
  const wallets = new Map<string, Wallet>();
  const listen = (event: Event) => {
    const wallet = readAnnouncement((event as CustomEvent<unknown>).detail);
    if (wallet) wallets.set(wallet.id, wallet);
  };
  addEventListener('eip6963:announceProvider', listen);
  dispatchEvent(new Event('eip6963:requestProvider'));
  if (wallets.size === 0) await new Promise((resolve) => setTimeout(resolve, announceMs));
  removeEventListener('eip6963:announceProvider', listen);

  const injected = (globalThis as { ethereum?: unknown }).ethereum;
  const known = [...wallets.values()].some(({ provider }) => provider === injected);
  if (isProvider(injected) && !known && wallets.size === 0) {
    wallets.set('injected', { id: 'injected', name: 'Wallet', icon: null, provider: injected });
  }
  return [...wallets.values()];
}

function isProvider(value: unknown): value is Provider {
  return typeof (value as Provider | null)?.request === 'function';
}

/** Whatever a page can dispatch is checked: only a name, an icon as data and a provider are used. */
function readAnnouncement(detail: unknown): Wallet | null {
  const { info, provider } = (detail ?? {}) as {
    info?: Record<string, unknown>;
    provider?: unknown;
  };
  if (!isProvider(provider) || !info) return null;
  const { rdns, name, icon } = info;
  if (typeof rdns !== 'string' || typeof name !== 'string') return null;
  const safe = typeof icon === 'string' && icon.startsWith('data:image/') ? icon : null;
  return { id: rdns, name: name.slice(0, 64), icon: safe, provider };
}
