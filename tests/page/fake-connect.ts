// Stands in for src/worker/connect.ts in the page's tests: a contributor that does nothing by
// itself. A test sends it statuses with `idlewildFake.say` and reads what the page called.
import type { Contributor, ContributorStatus } from '#worker/status.ts';

interface Fake {
  calls: unknown[][];
  /** Methods that throw, with the error they throw. */
  failing: Record<string, { code: string; message: string }>;
  say(status: ContributorStatus): void;
}

const listeners: ((status: ContributorStatus) => void)[] = [];
const fake: Fake = {
  calls: [],
  failing: {},
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
  setDutyPercent: (percent) => called('setDutyPercent', percent),
  tellFrames: (lateShare) => called('tellFrames', lateShare),
  subscribe: async (listener) => {
    listeners.push(listener);
  },
  clearCache: () => called('clearCache'),
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
