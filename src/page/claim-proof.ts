// What an account may claim, and the proof of it, from the epoch's file of its prefix: one GET, of a file
// that never changes. The contract checks it; a wrong one is only refused there.
import { claimFault } from './claim-fault.ts';
import { fieldsOf } from './read-fields.ts';

export interface Leaf {
  epoch: number;
  /** Token units that the account may have claimed in all. */
  cumulative: bigint;
  proof: string[];
}

/** As docs/settlement.md names the files. */
const prefixDigits = 3;
/** A tree of a thousand million leaves is no deeper. */
const depthMax = 32;

/** @returns null where the account has nothing in the epoch. @throws settlement/proof-file-wrong, settlement/files-away */
export async function fetchLeaf(epoch: number, account: string): Promise<Leaf | null> {
  const prefix = account.slice(2, 2 + prefixDigits).toLowerCase();
  const response = await fetch(`/v1/epochs/${epoch}/credits/${prefix}.json`).catch(
    (cause: unknown) => {
      throw claimFault('files-away', cause);
    },
  );
  if (response.status === 404) return null;
  if (!response.ok) throw claimFault('files-away');
  const leaf = readLeaf(await response.json().catch(() => null), account.toLowerCase());
  return leaf && { epoch, ...leaf };
}

/** @param file as it came, from anybody */
export function readLeaf(file: unknown, account: string): Omit<Leaf, 'epoch'> | null {
  const { values, nodes } = fieldsOf(file) ?? {};
  const known = fieldsOf(nodes);
  if (!Array.isArray(values) || !known) throw wrong();
  for (const one of values) {
    const { value, treeIndex } = fieldsOf(one) ?? {};
    if (!Array.isArray(value) || String(value[0]).toLowerCase() !== account) continue;
    const [, cumulative] = value as unknown[];
    const isIndex = Number.isSafeInteger(treeIndex) && Number(treeIndex) >= 0;
    if (!isIndex || !/^\d{1,39}$/.test(String(cumulative))) throw wrong();
    return { cumulative: BigInt(String(cumulative)), proof: walk(known, Number(treeIndex)) };
  }
  return null;
}

/** Node i is over 2i + 1 and 2i + 2: siblings from the leaf up, to the root, which is 0. */
function walk(nodes: Record<string, unknown>, treeIndex: number): string[] {
  const proof: string[] = [];
  for (let at = treeIndex; at > 0; at = Math.floor((at - 1) / 2)) {
    const node = nodes[at % 2 === 1 ? at + 1 : at - 1];
    if (typeof node !== 'string' || !/^0x[0-9a-f]{64}$/.test(node) || proof.length === depthMax) {
      throw wrong();
    }
    proof.push(node);
  }
  return proof;
}

function wrong() {
  return claimFault('proof-file-wrong');
}
