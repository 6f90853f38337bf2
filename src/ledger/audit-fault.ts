// What an audit found wrong, and where: collected up to a number, counted beyond.

export interface AuditFault {
  /** Such as log/receipt-changed, ledger/posting-altered. */
  code: string;
  /** Null where it is of no one leaf. */
  leaf: number | null;
  message: string;
}

export interface Faults {
  list: AuditFault[];
  /** Those beyond the list included. */
  count: number;
  add(code: string, leaf: number | null, message: string): void;
}

/** Named in full; a log that is wrong in every leaf needs no list of them all. */
const faultsListedMax = 100;

export function createFaults(): Faults {
  const faults: Faults = {
    list: [],
    count: 0,
    add(code, leaf, message) {
      faults.count++;
      if (faults.list.length < faultsListedMax) faults.list.push({ code, leaf, message });
    },
  };
  return faults;
}
