// Wallets in the page: providers that announce themselves by EIP-6963, whenever they do, or the one
// injected as window.ethereum. Runs in the page, because providers live there.

import type { Provider } from './provider.ts';

export interface Wallet {
  /** Tells it from all others, however often it announces itself. */
  key: unknown;
  /** The wallet's reverse domain name, or `injected`. */
  id: string;
  name: string;
  /** A data: URL, or null. */
  icon: string | null;
  provider: Provider;
}

/** Announcements come in the same task as the request, from wallets that are there at all. */
const announceMs = 50;
/** More than anybody has; a script of the page can announce without end. */
const walletsMax = 16;

/** Every wallet of this browser, the announced ones first. */
export async function findWallets(): Promise<Wallet[]> {
  let found: readonly Wallet[] = [];
  const stop = watchWallets((wallets) => {
    found = wallets;
  });
  if (found.length === 0) await new Promise((resolve) => setTimeout(resolve, announceMs));
  stop();
  return found.length > 0 ? [...found] : findInjected();
}

/**
 * An extension may take longer to wake than a page takes to load, so this goes on listening.
 * @param tell hears of all wallets, in the order in which they came, when there is one more
 * @returns ends it
 */
export function watchWallets(tell: (wallets: readonly Wallet[]) => void): () => void {
  const wallets = new Map<unknown, Wallet>();
  const listen = (event: Event) => {
    const announced = readAnnouncement((event as CustomEvent<unknown>).detail);
    if (!announced || wallets.has(announced.key) || wallets.size === walletsMax) return;
    wallets.set(announced.key, announced);
    tell([...wallets.values()]);
  };
  addEventListener('eip6963:announceProvider', listen);
  dispatchEvent(new Event('eip6963:requestProvider'));
  return () => removeEventListener('eip6963:announceProvider', listen);
}

/** Only where none announced itself: it would be one of those. */
function findInjected(): Wallet[] {
  const { ethereum } = globalThis as { ethereum?: unknown };
  if (!isProvider(ethereum)) return [];
  return [{ key: ethereum, id: 'injected', name: 'Wallet', icon: null, provider: ethereum }];
}

function isProvider(value: unknown): value is Provider {
  return typeof (value as Provider | null)?.request === 'function';
}

/**
 * Whatever a page can dispatch is checked: only a name, an icon as data and a provider are used.
 * The key is the uuid, since anybody may use another's name and domain: nobody is put in the place
 * of one who came before.
 */
function readAnnouncement(detail: unknown): Wallet | null {
  const { info, provider } = (detail ?? {}) as {
    info?: Record<string, unknown>;
    provider?: unknown;
  };
  if (!isProvider(provider) || !info) return null;
  const { uuid, rdns, name, icon } = info;
  if (typeof rdns !== 'string' || typeof name !== 'string') return null;
  const safe = typeof icon === 'string' && icon.startsWith('data:image/') ? icon : null;
  const key = typeof uuid === 'string' ? uuid : provider;
  return { key, id: rdns, name: name.slice(0, 64), icon: safe, provider };
}
