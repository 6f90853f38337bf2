// How fast each contributor says it is, as its last call said, for the operator's eyes alone: leases
// are sized by what the call itself says.

export interface HeardSpeeds {
  /** @param speed multiply-adds a second */
  hear(account: string, speed: number): void;
  of(account: string): number | null;
}

const accountsMax = 10_000;

export function createHeardSpeeds(): HeardSpeeds {
  /** Who was heard last is last. */
  const speeds = new Map<string, number>();
  return {
    hear(account, speed) {
      speeds.delete(account);
      speeds.set(account, speed);
      if (speeds.size > accountsMax) speeds.delete(speeds.keys().next().value as string);
    },
    of: (account) => speeds.get(account) ?? null,
  };
}
