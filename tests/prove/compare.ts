// Judges the answers: a case is equal when every backend that took part gave the same digest for
// every row, and the committed one where there is one. No tolerance, no majority.
import { table } from '#cli/progress.ts';
import type { Answer, ProofCase } from './case.ts';
import { makeAnswer } from './compute.ts';
import type { Seat } from './seat.ts';

interface CaseVerdict {
  name: string;
  rows: number;
  /** The digest that every backend owes. */
  digest: string;
  /** Whether it was committed to the repository before. */
  committed: boolean;
  /** By backend: its digest, or `error: why`. */
  digests: Record<string, string>;
  /** Names of the backends that differ, each with what is wrong. */
  differing: { name: string; what: string }[];
}

export interface Proof {
  machine: string;
  seed: number;
  backends: { name: string; adapter: string; skipped: string | null }[];
  cases: CaseVerdict[];
  equal: boolean;
  summary: string;
}

function findDifference(answer: Seat['answers'][number] | undefined, owed: Answer): string | null {
  if (!answer) return 'no answer';
  if ('error' in answer) return answer.error;
  if (answer.unit === owed.unit) return null;
  const rows = owed.rows.flatMap((digest, row) => (digest === answer.rows[row] ? [] : [row]));
  return `rows ${rows.join(', ')} of ${owed.rows.length}`;
}

function judgeCase(one: ProofCase, index: number, seats: readonly Seat[]): CaseVerdict {
  const oracle = seats[0].answers[index];
  const rows = one.known ?? (oracle && 'rows' in oracle ? oracle.rows : one.rows.map(() => ''));
  const owed = rows[0] === '' ? { rows, unit: 'none' } : makeAnswer(rows);
  const digests: Record<string, string> = {};
  const differing: CaseVerdict['differing'] = [];
  for (const { name, answers } of seats) {
    const answer = answers[index];
    digests[name] = answer && 'unit' in answer ? answer.unit : `error: ${answer?.error ?? 'none'}`;
    const what = findDifference(answer, owed);
    if (what) differing.push({ name, what });
  }
  const committed = one.known !== undefined;
  return { name: one.name, rows: rows.length, digest: owed.unit, committed, digests, differing };
}

/** @param seats the oracle first; skipped ones are named and not judged */
export function judge(
  cases: readonly ProofCase[],
  seats: readonly Seat[],
  about: { machine: string; seed: number },
): Proof {
  const present = seats.filter(({ skipped }) => skipped === null);
  const verdicts = cases.map((one, index) => judgeCase(one, index, present));
  const wrong = verdicts.filter(({ differing }) => differing.length > 0);
  const culprits = new Set(wrong.flatMap(({ differing }) => differing.map(({ name }) => name)));
  const skipped = seats.length - present.length;
  const equal = wrong.length === 0 && cases.length > 0 && present.length > 1;
  const counts = `${cases.length - wrong.length} cases equal on ${present.length} backends`;
  const rest = [
    ...(wrong.length > 0 ? [`${wrong.length} differ: ${[...culprits].join('; ')}`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  return {
    ...about,
    backends: seats.map(({ name, adapter, skipped }) => ({ name, adapter, skipped })),
    cases: verdicts,
    equal,
    summary: [counts, ...rest].join(', '),
  };
}

const letter = (index: number) => String.fromCharCode(65 + index);
const digestShown = 8;

function showCell({ digest, digests }: CaseVerdict, name: string): string {
  const given = digests[name];
  if (given.startsWith('error')) return 'error !';
  return given === digest ? given.slice(0, digestShown) : `${given.slice(0, digestShown)} !`;
}

/** A fault that every case shares is said once, with the first case. */
function describeFaults(cases: readonly CaseVerdict[], backend: string): string[] {
  const casesOf = new Map<string, string[]>();
  for (const { name, differing } of cases) {
    const fault = differing.find((one) => one.name === backend);
    if (fault) casesOf.set(fault.what, [...(casesOf.get(fault.what) ?? []), name]);
  }
  return [...casesOf].map(([what, names]) => {
    const more = names.length > 1 ? `, and ${names.length - 1} more` : '';
    return `! ${backend}: ${what} (${names[0]}${more})`;
  });
}

/** The proof as text: who took part, a row per case, what differs, and one line to quote. */
export function printProof({ machine, seed, backends, cases, summary }: Proof): string {
  const present = backends.filter(({ skipped }) => skipped === null);
  const key = present.map(({ name, adapter }, index) => `${letter(index)}  ${name}: ${adapter}`);
  const away = backends.filter(({ skipped }) => skipped !== null);
  const head = ['case', 'rows', ...present.map((_, index) => letter(index)), ''];
  const lines = cases.map((verdict) => [
    verdict.committed ? `${verdict.name} (committed)` : verdict.name,
    String(verdict.rows),
    ...present.map(({ name }) => showCell(verdict, name)),
    verdict.differing.length === 0 ? 'equal' : 'DIFFERS',
  ]);
  const faults = present.flatMap(({ name }) => describeFaults(cases, name));
  return [
    `The same bytes everywhere: ${machine}, seed ${seed}`,
    '',
    ...key,
    ...away.map(({ name, skipped }) => `-  ${name}: skipped. ${skipped}`),
    '',
    table([head, ...lines]),
    '',
    ...(faults.length > 0 ? [...faults, ''] : []),
    summary,
    '',
  ].join('\n');
}
