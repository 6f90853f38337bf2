// What the coordinator has acknowledged, as those who heard it remember: a result once answered is
// known for ever, and what was accepted stays accepted, with its receipt and its credit.
import type { VerdictNews } from '#protocol/wire.ts';

export interface Promises {
  /** An answer about a lease whose result was sent. */
  heard(account: string, news: VerdictNews): void;
  /** Leases of an account that were answered at all. */
  leasesOf(account: string): string[];
  /** Of them those without a final word. */
  pendingOf(account: string): string[];
  /** What contradicts an earlier answer, in words. */
  broken: string[];
  counts(): { results: number; accepted: number; pending: number; late: number };
}

/** Came after its lease had ended, through no fault of anyone: the coordinator was down. */
const lateCodes = new Set(['lease/expired', 'lease/unknown']);

export function createPromises(): Promises {
  const known = new Map<string, Map<string, VerdictNews>>();
  const broken: string[] = [];
  const of = (account: string) => {
    const own = known.get(account) ?? new Map<string, VerdictNews>();
    known.set(account, own);
    return own;
  };
  const all = () => [...known.values()].flatMap((own) => [...own.values()]);

  return {
    broken,
    heard(account, news) {
      const own = of(account);
      const before = own.get(news.lease);
      own.set(news.lease, news);
      const say = (what: string) =>
        broken.push(`${news.lease}: ${what} (${news.state} ${news.code}; before ${before?.state})`);
      if (before?.state === 'pending' && news.code === 'lease/unknown') say('a result was lost');
      if (before?.state === 'accepted') {
        const same = news.state === 'accepted' && news.receipt === before.receipt;
        if (!same || news.credit !== before.credit) say('an accepted result changed');
      }
      if (news.state === 'accepted' && news.receipt === null) say('accepted without a receipt');
      if (news.state === 'rejected' && !lateCodes.has(news.code)) say('an honest result refused');
    },
    leasesOf: (account) => [...of(account).keys()],
    pendingOf: (account) =>
      [...of(account).values()]
        .filter(({ state }) => state === 'pending')
        .map(({ lease }) => lease),
    counts: () => ({
      results: all().length,
      accepted: all().filter(({ state }) => state === 'accepted').length,
      pending: all().filter(({ state }) => state === 'pending').length,
      late: all().filter(({ state }) => state === 'rejected').length,
    }),
  };
}
