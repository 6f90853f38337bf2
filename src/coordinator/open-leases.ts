// Which leases still want an output, so that nothing is written to disk for a result that nobody
// asked for. What was granted here is remembered; the rest, after a restart, is looked up.
import type { Database } from '#store/database.ts';
import type { GrantedLease } from '#store/work-item.ts';

export interface OpenLeases {
  /** Of the leases named, those of the account whose output would be kept. */
  find(account: string, leases: readonly string[]): Promise<Set<string>>;
  granted(account: string, leases: readonly GrantedLease[]): void;
  /** A result was heard: the lease is spent. */
  heard(leases: readonly string[]): void;
}

/** The oldest are forgotten, and looked up again. */
const leasesRememberedMax = 100_000;

export function createOpenLeases(database: Database): OpenLeases {
  const known = new Map<string, { account: string; deliver: string }>();
  return {
    async find(account, leases) {
      const wanted = new Set<string>();
      const unknown: string[] = [];
      for (const lease of leases) {
        const found = known.get(lease);
        if (!found) unknown.push(lease);
        else if (found.account === account && found.deliver === 'output') wanted.add(lease);
      }
      if (unknown.length === 0) return wanted;
      const rows = await database.run('findOutputLeases', { account, leases: unknown });
      for (const { id } of rows) wanted.add(id);
      return wanted;
    },
    granted(account, leases) {
      for (const { lease, deliver } of leases) known.set(lease, { account, deliver });
      for (const lease of known.keys()) {
        if (known.size <= leasesRememberedMax) break;
        known.delete(lease);
      }
    },
    heard(leases) {
      for (const lease of leases) known.delete(lease);
    },
  };
}
