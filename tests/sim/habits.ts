// What a simulated contributor does with its leases: honest ones compute, the others have a plan.
// Friends of one ring share everything they know, at once.
import type { Draw } from '#validator/policy.ts';
import { makeLie, right } from './digests.ts';

export interface Plan {
  /** Rows a second, from and to. */
  speed: readonly [number, number];
  /** Share of the units after which it falls silent for a while, its leases lost. */
  vanishes?: number;
  /** Share of the leases that it lets run out, in silence and on purpose. */
  lapses?: number;
  /** Computes nothing: takes so many leases at a time and hands them back, never the same one twice. */
  refuses?: number;
  /** Share of rows that come out wrong, each in its own way, unmeant. */
  sick?: number;
  lie?: LiePlan;
  /** With a false digest for one row of so many of its audits. */
  accuses?: number;
  /** As auditor of a friend's lie: says that it is right, says the truth, hands the lease back. */
  friends?: 'vouch' | 'betray' | 'pass';
  /** Hands back audits without a friend's lie in them, so many times in a row. */
  grabs?: number;
  /** Chooses among these projects, and again from time to time; null: whatever is open. */
  chooses?: readonly (string | null)[];
  /** Identities, one after another, each from an address of its own. */
  identities?: number;
}

interface LiePlan {
  /** Units answered under this identity before the first lie. */
  after: number;
  /** Share of the units, after that, that it lies on. */
  share: number;
  /** Wrong rows of such a unit; null for all. */
  rows: number | null;
  /** In all, whatever the identity; none for no end. */
  liesMax?: number;
  /** Only where a friend has the same unit in hand, so that both tell the same lie. */
  paired?: boolean;
  /** Leaves after so many units, and lies on the last of them only. */
  leaves?: { units: number; last: number };
}

/** What the friends of one ring know. */
export interface Ring {
  name: string;
  /** Their lies, by unit. */
  lies: Map<number, string>;
  /** Members that have a unit in hand. */
  inHand: Map<number, number>;
}

export interface Liar {
  plan: Plan;
  ring: Ring;
  draw: Draw;
  name: string;
  /** Units answered under this identity. */
  answered: number;
  lies: number;
}

export function openRing(name: string): Ring {
  return { name, lies: new Map(), inHand: new Map() };
}

/** @returns the digest that it gives for a unit of a batch */
export function answerUnit(liar: Liar, unit: number, rows: number): string {
  const { plan, ring, draw, name } = liar;
  if (plan.sick) {
    const wrong = range(rows).filter((row) => draw('sick', name, unit, row) < (plan.sick ?? 0));
    return makeLie(`sick ${name} ${unit}`, wrong);
  }
  const known = ring.lies.get(unit);
  if (plan.lie?.paired && known !== undefined) return known;
  if (!plan.lie || !wantsToLie(liar, plan.lie, unit)) return right;
  liar.lies++;
  const places = plan.lie.rows === null ? null : pickRows(liar, unit, rows, plan.lie.rows);
  const lie = makeLie(plan.lie.paired ? ring.name : `${ring.name} ${name}`, places);
  ring.lies.set(unit, lie);
  return lie;
}

function wantsToLie({ ring, draw, name, answered, lies }: Liar, lie: LiePlan, unit: number) {
  if (answered < lie.after || lies >= (lie.liesMax ?? Number.POSITIVE_INFINITY)) return false;
  if (lie.leaves && answered < lie.leaves.units - lie.leaves.last) return false;
  if (lie.paired && (ring.inHand.get(unit) ?? 0) < 2) return false;
  return draw('lie', name, unit) < lie.share;
}

function pickRows({ draw, name }: Liar, unit: number, rows: number, count: number): number[] {
  const picked = new Set<number>();
  for (let i = 0; picked.size < Math.min(count, rows); i++) {
    picked.add(Math.floor(draw('wrong', name, unit, i) * rows));
  }
  return [...picked].sort((a, b) => a - b);
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);
