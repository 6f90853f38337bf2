// Whose account the credit goes to: a wallet of this browser, or the browser's own key. The choice
// shows only where a wallet announced itself; asking for announcements fetches and stores nothing.
import { findWallets, type Wallet } from '#wallet/wallets.ts';
import type { Signer } from '#worker/status.ts';
import { create, find } from './elements.ts';

/** @returns the signer that is chosen when it is called; null is the browser's own key */
export async function mountSignerChoice(): Promise<() => Promise<Signer | null>> {
  const wallets = await findWallets();
  const box = find<HTMLFieldSetElement>('signers');
  const inputs = wallets.map((wallet, index) => addChoice(box, wallet.name, index === 0));
  if (wallets.length > 0) {
    addChoice(box, 'A key of this browser, without a wallet', false);
    const note = create('p', 'fine', 'A wallet asks you for one signature. It moves no funds.');
    box.append(note);
    box.hidden = false;
  }
  return () => signerOf(wallets[inputs.findIndex((input) => input.checked)]);
}

async function signerOf(wallet: Wallet | undefined): Promise<Signer | null> {
  if (!wallet) return null;
  const { walletSigner } = await import('#wallet/wallet-signer.ts');
  return walletSigner(wallet.provider);
}

function addChoice(box: HTMLElement, words: string, checked: boolean): HTMLInputElement {
  const label = document.createElement('label');
  const input = document.createElement('input');
  input.type = 'radio';
  input.name = 'signer';
  input.checked = checked;
  label.append(input, create('span', '', words));
  box.append(label);
  return input;
}
