// The account in the third band: what the coordinator knows of it, the wallet, payouts, and the deletion.
// Fetched when the first of them is opened; they share one answer of the coordinator's.
import type { ContributorStatus } from '#worker/status.ts';
import { AccountDesk } from './account-desk.ts';
import { mountClaims } from './claims-view.ts';
import type { ConsentDesk } from './consent.ts';
import { mountDays } from './days-view.ts';
import { mountDeletion } from './delete-view.ts';
import { mountRevocation } from './revoke-view.ts';
import type { Session } from './session.ts';
import { mountWallet } from './wallet-view.ts';

export interface AccountPanels {
  ask(): void;
  openWallet(): void;
  openClaims(): void;
  askDelete(): void;
  show(status: ContributorStatus): void;
}

export function mountAccountPanels(session: Session, consent: ConsentDesk): AccountPanels {
  const desk = new AccountDesk(session);
  mountDays(desk);
  const wallet = mountWallet(session, desk);
  const claims = mountClaims(session, desk);
  mountRevocation(session, () => desk.clear());
  const deletion = mountDeletion(session, consent, desk);
  let address: string | null = null;
  return {
    ask: () => void desk.ask(),
    openWallet: () => void wallet.open(),
    openClaims: () => void claims.open(),
    askDelete: deletion.ask,
    show({ phase, account }) {
      const now = account?.address ?? null;
      // An answer is of one account.
      if (phase === 'idle' || (now && desk.answer && desk.answer.account !== now)) desk.clear();
      if (now !== address) {
        wallet.show();
        claims.show();
      }
      address = now;
    },
  };
}
