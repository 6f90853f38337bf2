// Whose account the credit goes to: a wallet of this browser, or the browser's own key. The choice
// shows only where a wallet announced itself; asking for announcements fetches and stores nothing.
import { findWallets, type Wallet, watchWallets } from '#wallet/wallets.ts';
import { onWords, say } from '#words/say.ts';
import type { Signer } from '#worker/status.ts';
import { create, find, setText } from './elements.ts';
import { makeWalletIcon } from './wallet-icon.ts';

interface Choice {
  input: HTMLInputElement;
  wallet: Wallet;
}

const choices: Choice[] = [];

/** @returns the signer that is chosen when it is called; null is the browser's own key */
export async function mountSignerChoice(): Promise<() => Promise<Signer | null>> {
  let device: HTMLElement | null = null;
  const offer = (wallets: readonly Wallet[]) => {
    for (const wallet of wallets) {
      if (choices.some(({ wallet: { provider } }) => provider === wallet.provider)) continue;
      device ??= addDevice();
      const { label, input, words } = makeChoice(wallet.name);
      words.prepend(makeWalletIcon(wallet));
      device.before(label);
      choices.push({ input, wallet });
    }
  };
  offer(await findWallets());
  // Of those that come later none takes the place of what is chosen.
  if (choices.length > 0) choices[0].input.checked = true;
  watchWallets(offer);
  return () => signerOf(choices.find(({ input }) => input.checked)?.wallet);
}

/** After this browser's key was bound to it: the next Start is this wallet's. */
export function chooseWallet({ provider }: Wallet): void {
  const choice = choices.find(({ wallet }) => wallet.provider === provider);
  if (choice) choice.input.checked = true;
}

async function signerOf(wallet: Wallet | undefined): Promise<Signer | null> {
  if (!wallet) return null;
  const { walletSigner } = await import('#wallet/wallet-signer.ts');
  return walletSigner(wallet.provider);
}

/** The last choice, and what a wallet asks for. Shown, where it may be chosen now. */
function addDevice(): HTMLElement {
  const { label, input, words } = makeChoice('');
  const note = create('p', 'fine');
  find('signer-choices').append(label, note);
  input.checked = true;
  find('signers').hidden = find<HTMLButtonElement>('start').disabled;
  const show = () => {
    setText(words, say('signer.device'));
    setText(note, say('signer.note'));
  };
  show();
  onWords(show);
  return label;
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
