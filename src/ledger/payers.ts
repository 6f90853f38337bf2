// Who pays for a result, as a ledger account. What is paid from an order or out of a contributor's own
// credit is backed by a deposit on a chain, and so claimable there; the rest is the operator's word.

/** A requester's spending order, by its EIP-712 struct hash. */
export function orderAccount(hash: string): string {
  return `order:${hash.toLowerCase()}:spent`;
}

/** What a contributor spends of its own backed credit. @param contributor account address */
export function creditAccount(contributor: string): string {
  return `contributor:${contributor.toLowerCase()}:spent`;
}

/** What the coordinator pays beyond what a batch has set aside. */
export const coveredAccount = 'coordinator:covered';

export type Payer =
  | { kind: 'project'; project: string }
  | { kind: 'order'; hash: `0x${string}` }
  | { kind: 'credit'; account: `0x${string}` }
  | { kind: 'coordinator' };

/** The other way: null for what is no payer. */
export function readPayer(account: string): Payer | null {
  const order = /^order:(0x[0-9a-f]{64}):spent$/.exec(account);
  if (order) return { kind: 'order', hash: order[1] as `0x${string}` };
  const credit = /^contributor:(0x[0-9a-f]{40}):spent$/.exec(account);
  if (credit) return { kind: 'credit', account: credit[1] as `0x${string}` };
  const project = /^project:(.+):spent$/s.exec(account);
  if (project) return { kind: 'project', project: project[1] };
  return /^coordinator:(recalled|covered)$/.test(account) ? { kind: 'coordinator' } : null;
}

/** Whether what is paid from it can be claimed on a chain. */
export function isBacked(account: string): boolean {
  const kind = readPayer(account)?.kind;
  return kind === 'order' || kind === 'credit';
}
