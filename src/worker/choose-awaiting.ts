// Of which finished units one call asks the verdict. Each that is still held is read and told again,
// so only some: the oldest, since verdicts mostly come in the order of age, and as many of the others
// in turn, so that none is forgotten behind units that wait long for a partner.

const oldestMax = 8;
const inTurnMax = 8;

/** @param leases oldest first @param turn rises by one a call */
export function chooseAwaiting<Lease>(leases: readonly Lease[], turn: number): Lease[] {
  const rest = leases.slice(oldestMax);
  const from = rest.length === 0 ? 0 : (turn * inTurnMax) % rest.length;
  const inTurn = [...rest.slice(from), ...rest.slice(0, from)].slice(0, inTurnMax);
  return [...leases.slice(0, oldestMax), ...inTurn];
}
