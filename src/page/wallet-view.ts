// Binding this browser's key to a wallet, so that its credit outlives the browser's storage: which
// wallet, what both sign in plain words, the signatures as they come, and what came of it.
//
//   wallets → one is chosen: asks whether → Not now: wallets
//   asks whether → Sign: signing → bound, or wallets with the reason
import '#words/say-account.ts';
import { toIdlewildError } from '#protocol/errors.ts';
import { findWallets, type Wallet } from '#wallet/wallets.ts';
import { shorten } from '#words/format.ts';
import { onWords, say } from '#words/say.ts';
import type { Signer } from '#worker/status.ts';
import type { AccountDesk } from './account-desk.ts';
import { create, find, setText } from './elements.ts';
import { sayFailure } from './failure-words.ts';
import { makeButton } from './make-button.ts';
import type { Session } from './session.ts';
import { chooseWallet } from './signer-choice.ts';
import { makeWalletIcon } from './wallet-icon.ts';

export interface WalletView {
  open(): Promise<void>;
  show(): void;
}

export function mountWallet(session: Session, desk: AccountDesk): WalletView {
  const place = find('wallet-choice');
  let wallets: Wallet[] = [];
  let chosen: Wallet | null = null;
  let isSigning = false;
  let note = () => '';

  const show = () => {
    const { account } = session.status;
    const boundTo = desk.answer?.boundTo;
    const address = account ? shorten(account.address) : '';
    place.replaceChildren(
      ...(boundTo
        ? [paragraph(say('bind.bound', { wallet: shorten(boundTo) }))]
        : account?.kind === 'wallet'
          ? [paragraph(say('bind.wallet', { address }))]
          : !account
            ? [paragraph(say('bind.first'))]
            : chosen
              ? question(chosen)
              : choice()),
    );
    setText(find('wallet-note'), note());
  };

  const choice = (): HTMLElement[] => {
    const look = makeButton(say('bind.look'), () => void open());
    if (wallets.length === 0) {
      return [paragraph(`${say('bind.none')} ${say('bind.none.act')}`), look];
    }
    const buttons = create('div', 'buttons');
    for (const wallet of wallets) {
      const button = makeButton(wallet.name, () => turnTo(wallet));
      button.prepend(makeWalletIcon(wallet));
      button.dir = 'auto';
      buttons.append(button);
    }
    return [paragraph(say('bind.choose')), buttons];
  };

  const question = (wallet: Wallet): HTMLElement[] => {
    const { name } = wallet;
    const buttons = create('div', 'buttons');
    const sign = makeButton(say('bind.go', { wallet: name }), () => void bind(wallet));
    const cancel = makeButton(say('bind.cancel'), () => turnTo(null));
    sign.disabled = isSigning;
    cancel.disabled = isSigning;
    buttons.append(sign, cancel);
    const sentence = create('blockquote', '', say('bind.sentence'));
    return [
      paragraph(say('bind.means')),
      sentence,
      paragraph(say('bind.effect')),
      paragraph(say('bind.steps', { wallet: name })),
      buttons,
    ];
  };

  /** What was pressed is gone then: the keyboard goes on in what came in its place. */
  const turnTo = (wallet: Wallet | null) => {
    chosen = wallet;
    note = () => '';
    show();
    place.querySelector('button')?.focus();
  };

  const bind = async (wallet: Wallet) => {
    isSigning = true;
    let isSigned = false;
    const tell = (next: () => string) => {
      note = next;
      show();
    };
    tell(() => say('bind.begin'));
    find('wallet-title').focus();
    const { name } = wallet;
    try {
      const signer = await watchedSigner(wallet, (isDone) => {
        isSigned = isDone;
        tell(() => say(isDone ? 'bind.signed' : 'bind.asked', { wallet: name }));
      });
      const answer = await session.ask((contributor) => contributor.bind(signer));
      const [device, boundTo] = [answer.account, answer.boundTo].map(shorten);
      tell(() => say('bind.done', { device, wallet: boundTo }));
      // This browser's key gets no more work: the next Start is the wallet's.
      chooseWallet(wallet);
      await session.stop();
      await desk.ask();
    } catch (thrown) {
      const isSure = !isSigned || /^(wallet|binding)\//.test(toIdlewildError(thrown).code);
      const key = isSure ? 'bind.failed' : 'bind.unsure';
      tell(() => say(key, { message: sayFailure(thrown) }));
    }
    isSigning = false;
    chosen = null;
    show();
  };

  const open = async () => {
    wallets = await findWallets();
    show();
  };
  desk.watch(show);
  onWords(show);
  return { open, show };
}

/** @param tell hears that the wallet is asked (false), and that it has signed (true) */
async function watchedSigner(wallet: Wallet, tell: (isDone: boolean) => void): Promise<Signer> {
  const { walletSigner } = await import('#wallet/wallet-signer.ts');
  const signer = walletSigner(wallet.provider);
  return {
    ...signer,
    async signBinding(binding) {
      tell(false);
      const signature = await signer.signBinding(binding);
      tell(true);
      return signature;
    },
  };
}

function paragraph(words: string): HTMLElement {
  return create('p', '', words);
}
