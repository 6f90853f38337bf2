// Whose account the credit goes to: a wallet of this browser, or the browser's own key; at the next
// visit the same. The choice shows only where a wallet announced itself, or was chosen at the last
// visit; asking for announcements fetches and stores nothing.
import { findWallets, type Wallet, watchWallets } from '#wallet/wallets.ts';
import { onWords, say } from '#words/say.ts';
import type { Signer } from '#worker/status.ts';
import { create, find, setText } from './elements.ts';
import { keep, readKept } from './keep.ts';
import { makeWalletIcon } from './wallet-icon.ts';

interface Choice {
  input: HTMLInputElement;
  wallet: Wallet;
}

/** Who it was at the last Start. */
interface LastSigner {
  /** A wallet's; null for the browser's own key. */
  id: string | null;
  name: string;
}

const choices: Choice[] = [];

/** @returns the signer that is chosen when it is called; null is the browser's own key */
export async function mountSignerChoice(): Promise<() => Promise<Signer | null>> {
  const last = readLast(readKept('signer'));
  let device: Device | null = null;
  let isTouched = false;
  find('signer-choices').addEventListener('change', () => {
    isTouched = true;
  });
  const offer = (wallets: readonly Wallet[]) => {
    for (const wallet of wallets) {
      if (choices.some(({ wallet: { key } }) => key === wallet.key)) continue;
      device ??= addDevice(() => sayLast(last));
      const { label, input, words } = makeChoice(wallet.name);
      words.prepend(makeWalletIcon(wallet));
      device.label.before(label);
      // Of those that come later none takes the place of what is chosen, but for the last visit's.
      if (last && wallet.id === last.id && !isTouched) input.checked = true;
      choices.push({ input, wallet });
    }
    device?.show();
  };
  offer(await findWallets());
  if (!last && choices.length > 0) choices[0].input.checked = true;
  // Without it the credit would go elsewhere, so that is said.
  if (last?.id) {
    device ??= addDevice(() => sayLast(last));
    device.show();
  }
  watchWallets(offer);
  return () => {
    const wallet = choices.find(({ input }) => input.checked)?.wallet;
    keepLast(wallet);
    return signerOf(wallet);
  };
}

function readLast(kept: unknown): LastSigner | null {
  const { id, name } = (kept ?? {}) as Partial<LastSigner>;
  const isIt = typeof name === 'string' && (id === null || typeof id === 'string');
  return isIt ? { id, name } : null;
}

function keepLast(wallet?: Wallet): void {
  keep('signer', { id: wallet?.id ?? null, name: wallet?.name ?? '' } satisfies LastSigner);
}

function sayLast(last: LastSigner | null): string {
  if (!last) return '';
  const wallet = last.name;
  if (last.id === null) return say('signer.last', { wallet: say('signer.device') });
  const isHere = choices.some(({ wallet: { id } }) => id === last.id);
  return say(isHere ? 'signer.last' : 'signer.absent', { wallet });
}

/** After this browser's key was bound to it: the next Start is this wallet's. */
export function chooseWallet({ key }: Wallet): void {
  const choice = choices.find(({ wallet }) => wallet.key === key);
  if (!choice) return;
  choice.input.checked = true;
  keepLast(choice.wallet);
}

async function signerOf(wallet: Wallet | undefined): Promise<Signer | null> {
  if (!wallet) return null;
  const { walletSigner } = await import('#wallet/wallet-signer.ts');
  return walletSigner(wallet.provider);
}

interface Device {
  label: HTMLElement;
  /** Says everything again. */
  show(): void;
}

/** The last choice, and what a wallet asks for. Shown, where it may be chosen now. */
function addDevice(sayMore: () => string): Device {
  const { label, input, words } = makeChoice('');
  const note = create('p', 'fine');
  find('signer-choices').append(label, note);
  input.checked = true;
  find('signers').hidden = find<HTMLButtonElement>('start').disabled;
  const show = () => {
    setText(words, say('signer.device'));
    setText(note, [sayMore(), say('signer.note')].filter(Boolean).join(' '));
  };
  show();
  onWords(show);
  return { label, show };
}

function makeChoice(name: string) {
  const label = create('label', 'choice');
  const input = document.createElement('input');
  input.type = 'radio';
  input.name = 'signer';
  const words = create('span', '', name);
  words.dir = 'auto';
  label.append(input, words);
  return { label, input, words };
}
