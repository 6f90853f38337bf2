// Stands in for src/worker/connect.ts in the page's tests: a contributor that does nothing by
// itself. A test sends it statuses with `idlewildFake.say` and reads what the page called.
import { CONSENT_VERSION } from '#protocol/wire.ts';
import type {
  AccountAnswer,
  Conditions,
  Contributor,
  ContributorStatus,
  VerifyReport,
} from '#worker/status.ts';

interface Fake {
  calls: unknown[][];
  /** What the page observed, the newest last. */
  conditions: Conditions[];
  /** Methods that throw, with the error they throw. */
  failing: Record<string, { code: string; message: string }>;
  /** What the coordinator would answer about the account. */
  account: AccountAnswer;
  /** What the check of any receipt comes to. */
  verification: VerifyReport;
  /** While a test wants a check to go on: `release` ends it. */
  holds: boolean;
  release(): void;
  say(status: ContributorStatus): void;
}

const listeners: ((status: ContributorStatus) => void)[] = [];
const fake: Fake = {
  calls: [],
  conditions: [],
  failing: {},
  account: {
    wire: 2,
    account: '0x1111111111111111111111111111111111111111',
    boundTo: null,
    credit: { earned: 0, held: 0, pending: 0, claimable: 0, paid: 0 },
    history: [],
    consent: { version: CONSENT_VERSION, expiresInMs: 1000 },
    sessions: 1,
  },
  verification: { steps: [], outcome: 'unchecked' },
  holds: false,
  release() {},
  say(status) {
    for (const listener of listeners) listener(status);
  },
};
Object.assign(globalThis, { idlewildFake: fake });

async function called(name: string, ...values: unknown[]): Promise<void> {
  fake.calls.push([name, ...values]);
  const failure = fake.failing[name];
  if (failure) {
    const { IdlewildError } = await import('#protocol/errors.ts');
    throw new IdlewildError(failure.code, failure.message);
  }
}

const contributor: Contributor = {
  start: async (options, signer) =>
    called('start', options, signer && { kind: signer.kind, address: await signer.address() }),
  pause: () => called('pause'),
  resume: () => called('resume'),
  stop: () => called('stop'),
  finish: () => called('finish'),
  leave: () => called('leave'),
  comeBack: () => called('comeBack'),
  setSettings: (settings) => called('setSettings', settings),
  tellConditions: async (conditions) => {
    fake.conditions.push(conditions);
  },
  tellFrames: (lateShare) => called('tellFrames', lateShare),
  subscribe: async (listener) => {
    listeners.push(listener);
  },
  clearCache: () => called('clearCache'),
  account: async (days) => {
    await called('account', days);
    return fake.account;
  },
  bind: async (wallet) => {
    const boundTo = await wallet.address();
    const { account: device } = fake.account;
    const nonce = new Uint8Array(32);
    const origin = location.origin;
    const binding = {
      device,
      wallet: boundTo,
      coordinator: origin,
      chainId: 1,
      nonce,
      expiresAt: 1,
    };
    const signature = await wallet.signBinding(binding);
    await called('bind', boundTo, signature.length);
    fake.account = { ...fake.account, boundTo };
    return { wire: 2, account: fake.account.account, boundTo };
  },
  revoke: async (wallet) => {
    const account = await wallet.address();
    const [coordinator, nonce] = [location.origin, new Uint8Array(32)];
    const revocation = { account, coordinator, chainId: 1, sessionKey: new Uint8Array(), nonce };
    const signature = await wallet.signRevocation(revocation);
    await called('revoke', account, signature.length);
    return { wire: 2, account, sessions: fake.account.sessions };
  },
  withdraw: () => called('withdraw'),
  deleteData: async (scope) => {
    await called('deleteData', scope);
    return { account: fake.account.account, atCoordinator: scope === 'everywhere' };
  },
  verify: async (lease, listener) => {
    await called('verify', lease);
    for (const step of fake.verification.steps) listener(step);
    if (fake.holds) {
      await new Promise<void>((resolve) => {
        fake.release = resolve;
      });
    }
    return fake.verification;
  },
};

export async function connectContributor() {
  return {
    contributor,
    terminate() {
      listeners.length = 0;
      fake.calls.push(['terminate']);
    },
  };
}
