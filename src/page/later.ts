// What not every visitor opens is fetched when it is opened: the chart of the hour, the checks of a
// receipt, and the account with its wallet and its deletion.
import type { ContributorStatus } from '#worker/status.ts';
import type { AccountPanels } from './account-panels.ts';
import type { ConsentDesk } from './consent.ts';
import { create, find, setText } from './elements.ts';
import { sayFailure } from './failure-words.ts';
import type { HourView } from './hour-view.ts';
import type { Session } from './session.ts';
import type { Verifier } from './verify-view.ts';

export interface Later {
  show(status: ContributorStatus): void;
  verify(lease: string, place: HTMLElement): void;
}

export function mountLater(session: Session, consent: ConsentDesk): Later {
  let hour: Promise<HourView> | null = null;
  let verifier: Promise<Verifier> | null = null;
  let panels: Promise<AccountPanels> | null = null;
  let last: ContributorStatus = session.status;
  const shown: { show(status: ContributorStatus): void }[] = [];

  const open = (act: (panels: AccountPanels) => void, note: string) => {
    panels ??= import('./account-panels.ts').then(({ mountAccountPanels }) => {
      const mounted = mountAccountPanels(session, consent);
      mounted.show(last);
      shown.push(mounted);
      return mounted;
    });
    panels.then(act).catch((thrown: unknown) => {
      panels = null;
      setText(find(note), sayFailure(thrown));
    });
  };
  const opened = (id: string, act: (panels: AccountPanels) => void) => {
    const details = find<HTMLDetailsElement>(id);
    details.addEventListener('toggle', () => details.open && open(act, `${id}-note`));
  };
  find('ask').addEventListener('click', () => open(({ ask }) => ask(), 'days-note'));
  find('delete').addEventListener('click', () =>
    open(({ askDelete }) => askDelete(), 'clear-note'),
  );
  opened('wallet', ({ openWallet }) => openWallet());
  opened('claims', ({ openClaims }) => openClaims());

  return {
    show(status) {
      last = status;
      for (const view of shown) view.show(status);
      if (hour || status.phase === 'idle') return;
      hour = import('./hour-view.ts').then(({ mountHour }) => {
        const mounted = mountHour();
        mounted.show(last);
        shown.push(mounted);
        return mounted;
      });
      // Its place stays empty then; the work goes on.
      hour.catch(() => {});
    },
    verify(lease, place) {
      verifier ??= import('./verify-view.ts').then(({ createVerifier }) => createVerifier(session));
      verifier
        .then((verify) => verify(lease, place))
        .catch((thrown: unknown) => {
          verifier = null;
          const [button] = place.children;
          place.replaceChildren(button, create('p', 'fine', sayFailure(thrown)));
        });
    },
  };
}
