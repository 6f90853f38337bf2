// A wallet's own icon, as it announced it: only images as data come here (wallets.ts), so that
// nothing is fetched for them; one that does not show leaves its place empty.
import type { Wallet } from '#wallet/wallets.ts';

const size = 24;

export function makeWalletIcon({ icon }: Wallet): Element | string {
  if (!icon) return '';
  const image = new Image(size, size);
  image.alt = '';
  image.className = 'wallet-icon';
  image.addEventListener('error', () => image.remove());
  image.src = icon;
  return image;
}
