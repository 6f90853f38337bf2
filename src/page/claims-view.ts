// Payouts: what of an account is final, paid and to be claimed, its payments with their transactions, and
// the claim. What the coordinator said of this browser's account is shown at once; any wallet can be asked
// for its own without a session, since the epochs' files and the contract are open to anyone.
//
//   opened → asking → off, or known → Look: looking → its standing
//   standing with something due → Claim: trying → asked → sent → paid, or the reason, and looked at again
import '#words/say-payout.ts';
import '#words/say-market.ts';
import { toIdlewildError } from '#protocol/errors.ts';
import { type Ask, askAddress, askWallet, useChain } from '#wallet/ask-wallet.ts';
import { findWallets, type Wallet } from '#wallet/wallets.ts';
import { shorten } from '#words/format.ts';
import { formatToken } from '#words/format-token.ts';
import { onWords, say } from '#words/say.ts';
import type { AccountDesk } from './account-desk.ts';
import { dueOf, readStanding, type Standing, sendClaim } from './claim.ts';
import { sayFault } from './claim-fault.ts';
import { drawStanding, standingOf } from './claim-standing.ts';
import { create, find, setText } from './elements.ts';
import { readEpochs, readToken, type Settlement } from './epochs.ts';
import { makeButton } from './make-button.ts';
import type { Session } from './session.ts';
import { makeWalletIcon } from './wallet-icon.ts';

export interface ClaimsView {
  open(): Promise<void>;
  show(): void;
}

/** A wallet that was asked, on the contract's chain. */
interface Looked {
  wallet: Wallet;
  ask: Ask;
  from: string;
  standing: Standing;
}

export function mountClaims(session: Session, desk: AccountDesk): ClaimsView {
  const place = find('claims-state');
  let settlement: Settlement | null | undefined;
  let wallets: Wallet[] = [];
  let looked: Looked | null = null;
  let isBusy = false;
  let note = () => '';

  const show = () => {
    place.replaceChildren(...(settlement ? drawKnown(settlement) : drawUnknown(settlement)));
    setText(find('claims-note'), note());
  };
  const tell = (next: () => string) => {
    note = next;
    show();
  };

  const drawKnown = (terms: Settlement): Element[] => {
    // The account's answer knows the token as well, where the chain was away for the other.
    const token = terms.token ?? readToken(desk.answer?.settlement?.token);
    const known = { ...terms, token };
    if (!token) return [paragraph('', say('claims.no-token')), ...drawUnderWay(known)];
    const told = standingOf(desk.answer?.settlement);
    const account = desk.answer?.boundTo ?? desk.answer?.account ?? '';
    const parts: Element[] = [];
    if (looked) {
      const of = { account: shorten(looked.standing.account), wallet: looked.wallet.name };
      parts.push(paragraph('fine', say('claims.by-chain', of)));
      parts.push(...drawStanding(looked.standing, known), ...drawClaim(looked, known));
    } else if (told) {
      parts.push(paragraph('fine', say('claims.by-coordinator', { account: shorten(account) })));
      parts.push(...drawStanding(told, known, desk.answer?.credit));
    }
    const { kind } = session.status.account ?? {};
    if (kind === 'device' && !desk.answer?.boundTo) {
      parts.push(paragraph('', say('claims.device')));
    }
    if (known.relays) parts.push(paragraph('fine', say('claims.relays')));
    return [...parts, ...drawUnderWay(known), ...drawLook()];
  };

  const drawLook = (): Element[] => {
    if (wallets.length === 0) {
      const again = makeButton(say('bind.look'), () => void open());
      return [paragraph('', `${say('bind.none')} ${say('bind.none.act')}`), again];
    }
    const buttons = create('div', 'buttons');
    for (const wallet of wallets) {
      const words = say('claims.look.go', { wallet: wallet.name });
      const button = makeButton(words, () => void look(wallet));
      button.prepend(makeWalletIcon(wallet));
      button.disabled = isBusy;
      buttons.append(button);
    }
    return [paragraph('fine', say('claims.look')), buttons];
  };

  const drawClaim = (one: Looked, { token }: Settlement): Element[] => {
    const due = dueOf(one.standing);
    if (due === 0n || !token) return [];
    const { wallet, standing } = one;
    const amount = formatToken(due, token);
    const words = say('claims.go', { amount, wallet: wallet.name });
    const button = makeButton(words, () => void claim(one));
    button.disabled = isBusy;
    const fee = { wallet: wallet.name, account: shorten(standing.account) };
    return [button, paragraph('fine', say('claims.fee', fee))];
  };

  const work = async (act: (known: Settlement) => Promise<void>) => {
    if (isBusy || !settlement) return;
    isBusy = true;
    // What was pressed is gone, or cannot be pressed, meanwhile.
    find('claims-title').focus();
    await act(settlement);
    isBusy = false;
    show();
  };

  const look = (wallet: Wallet) =>
    work(async (known) => {
      tell(() => say('claims.looking', { wallet: wallet.name }));
      try {
        const ask = askWallet(wallet.provider);
        const from = await askAddress(ask);
        await useChain(ask, known.chainId);
        looked = { wallet, ask, from, standing: await readStanding(ask, known, from) };
        tell(() => '');
      } catch (thrown) {
        looked = null;
        tell(() => say('claims.failed', { message: sayFault(thrown) }));
      }
    });

  const claim = (one: Looked) =>
    work(async (known) => {
      const { ask, from, wallet, standing } = one;
      const { leaf, account } = standing;
      if (!leaf || !known.token) return;
      const amount = formatToken(dueOf(standing), known.token);
      let isSent = false;
      tell(() => say('claims.trying'));
      const hear = (step: 'asked' | 'sent') => {
        isSent = step === 'sent';
        tell(() => (isSent ? say('claims.sent') : say('claims.confirm', { wallet: wallet.name })));
      };
      try {
        await useChain(ask, known.chainId);
        await sendClaim(ask, known, { from, account, leaf, tell: hear });
        tell(() => say('claims.done', { amount }));
      } catch (thrown) {
        const isSure = !isSent || toIdlewildError(thrown).code === 'settlement/reverted';
        const key = isSure ? 'claims.failed' : 'claims.unsure';
        tell(() => say(key, { message: sayFault(thrown) }));
      }
      // What the contract says now, whatever became of it; what was said before stands where it is silent.
      const now = await readStanding(ask, known, account).catch(() => standing);
      looked = { ...one, standing: now };
    });

  const open = async () => {
    if (settlement === undefined) tell(() => say('claims.asking'));
    const [answer, found] = await Promise.all([fetchEpochs(), findWallets()]);
    settlement = answer ?? (answer === null ? null : settlement);
    wallets = found;
    tell(() => (settlement === undefined ? say('claims.away') : ''));
  };
  desk.watch(show);
  onWords(show);
  return { open, show };
}

function drawUnknown(settlement: null | undefined): Element[] {
  return settlement === null ? [paragraph('', say('claims.off'))] : [];
}

/** The newest epoch, where it is not final. */
function drawUnderWay({ epochs: [newest] }: Settlement): Element[] {
  if (!newest || newest.state === 'final' || newest.state === 'struck') return [];
  const state = say(`market.epoch.${newest.state}`);
  return [paragraph('fine', say('claims.under-way', { n: String(newest.number), state }))];
}

async function fetchEpochs(): Promise<Settlement | null | undefined> {
  try {
    const response = await fetch('/v1/epochs');
    return response.ok ? readEpochs(await response.json()) : undefined;
  } catch {
    return undefined;
  }
}

function paragraph(className: string, words: string): HTMLElement {
  return create('p', className, words);
}
