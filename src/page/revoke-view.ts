// Ending all sessions of a wallet, here and in browsers that are out of reach: the wallet's own word does
// it, so that no session of this browser is needed.
//
//   the offer → pressed: the question, with a button for each wallet → Not now: the offer
//   the question → a wallet: stopping, signing → ended, or the reason
import '#words/say-account.ts';
import '#words/say-payout.ts';
import { findWallets, type Wallet } from '#wallet/wallets.ts';
import { shorten } from '#words/format.ts';
import { count, onWords, say } from '#words/say.ts';
import type { Signer } from '#worker/status.ts';
import { create, find, setText } from './elements.ts';
import { sayFailure } from './failure-words.ts';
import { makeButton } from './make-button.ts';
import type { Session } from './session.ts';
import { makeWalletIcon } from './wallet-icon.ts';

/** @param onEnded what was said of the account is not so any more */
export function mountRevocation(session: Session, onEnded: () => void): void {
  const place = find('revoke-choice');
  let wallets: Wallet[] | null = null;
  let isSigning = false;
  let note = () => '';

  const show = () => {
    place.replaceChildren(...(wallets ? question(wallets) : offer()));
    setText(find('revoke-note'), note());
  };
  const tell = (next: () => string) => {
    note = next;
    show();
  };

  const offer = () => [makeButton(say('revoke.ask'), () => void ask())];

  const ask = async () => {
    wallets = await findWallets();
    tell(() => '');
    place.querySelector('button')?.focus();
  };

  const question = (found: readonly Wallet[]): Element[] => {
    const buttons = create('div', 'buttons');
    for (const wallet of found) {
      const words = say('revoke.go', { wallet: wallet.name });
      const button = makeButton(words, () => void revoke(wallet));
      button.prepend(makeWalletIcon(wallet));
      button.className = 'grave';
      buttons.append(button);
    }
    const leave = () => {
      wallets = null;
      tell(() => '');
      place.querySelector('button')?.focus();
    };
    buttons.append(makeButton(say('revoke.cancel'), leave));
    for (const button of buttons.querySelectorAll('button')) button.disabled = isSigning;
    const why = create('p', '', say('revoke.why'));
    if (found.length === 0) {
      const none = `${say('revoke.none')} ${say('bind.none.act')}`;
      return [why, create('p', '', none), buttons];
    }
    const sentence = create('blockquote', '', say('revoke.sentence'));
    return [why, create('p', '', say('revoke.means')), sentence, buttons];
  };

  const revoke = async (wallet: Wallet) => {
    isSigning = true;
    tell(() => say('revoke.begin'));
    find('wallet-title').focus();
    try {
      const signer = await watchedSigner(wallet, (isDone) =>
        tell(() => say(isDone ? 'revoke.signed' : 'revoke.asked', { wallet: wallet.name })),
      );
      await session.stop();
      const ended = await session.ask((contributor) => contributor.revoke(signer));
      const account = shorten(ended.account);
      wallets = null;
      const sessions = () => count('count.sessions', ended.sessions);
      note = () => say('revoke.done', { account, sessions: sessions() });
      onEnded();
    } catch (thrown) {
      note = () => say('revoke.failed', { message: sayFailure(thrown) });
    }
    isSigning = false;
    show();
  };

  onWords(show);
  show();
}

/** @param tell hears that the wallet is asked (false), and that it has signed (true) */
async function watchedSigner(wallet: Wallet, tell: (isDone: boolean) => void): Promise<Signer> {
  const { walletSigner } = await import('#wallet/wallet-signer.ts');
  const signer = walletSigner(wallet.provider);
  return {
    ...signer,
    async signRevocation(revocation) {
      tell(false);
      const signature = await signer.signRevocation(revocation);
      tell(true);
      return signature;
    },
  };
}
